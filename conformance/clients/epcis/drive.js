// epcis2.js against the server at THERIAC_URL and THERIAC_TENANT, with the token THERIAC_TOKEN. One line a case on
// stdout: "ok NAME" or "fail NAME: why".
const assert = require('node:assert/strict');
const { EPCISDocument, ObjectEvent, AggregationEvent, BizLocation, ReadPoint, CaptureResponse, capture, setup } =
  require('epcis2.js');

const base = `${process.env.THERIAC_URL}/${process.env.THERIAC_TENANT}/epcis`;
const headers = { authorization: `Bearer ${process.env.THERIAC_TOKEN}` };
setup({
  apiUrl: base,
  headers: { ...headers, 'content-type': 'application/json' },
  EPCISDocumentContext: 'https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld',
  eventTimeZoneOffset: '+00:00',
});

const bottle = 'urn:epc:id:sgtin:4012345.011111.4711';
const made = () => new ObjectEvent()
  .setAction('ADD').setBizStep('commissioning').setDisposition('active').addEPC(bottle)
  .setEventTime('2026-01-01T08:00:00.000Z').setEventTimeZoneOffset('+00:00')
  .setReadPoint(new ReadPoint().setId('urn:epc:id:sgln:4012345.00005.0'))
  .setBizLocation(new BizLocation().setId('urn:epc:id:sgln:4012345.00005.0'));
const packed = () => new AggregationEvent()
  .setAction('ADD').setBizStep('packing').setParentId('urn:epc:id:sscc:4012345.0000000111').addChildEPC(bottle)
  .setEventTime('2026-01-01T09:00:00.000Z').setEventTimeZoneOffset('+00:00');
const document = (...events) => events.reduce(
  (document, event) => document.addEvent(event),
  new EPCISDocument().setCreationDate('2026-01-01T10:00:00.000Z'),
);
const sent = async (document) => {
  const answer = await capture(document, { headers: { ...headers, 'content-type': 'application/json' } });
  assert.equal(answer.status, 202, await answer.text());
  const response = new CaptureResponse(answer);
  await response.pollForTheCaptureToFinish(100, 50, { headers });
  return response;
};
const found = async (question) => {
  const answer = await fetch(`${base}/events?${question}`, { headers });
  return (await answer.json()).epcisBody.queryResults.resultsBody.eventList;
};

const cases = {
  async 'capture and poll'() {
    const response = await sent(document(made(), packed()));
    assert.equal(response.success, true, JSON.stringify(response));
    assert.deepEqual(response.errors, []);
  },
  async 'the events are found'() {
    const events = await found(new URLSearchParams({ MATCH_anyEPC: bottle }));
    assert.deepEqual(events.map((event) => event.type).sort(), ['AggregationEvent', 'ObjectEvent']);
  },
  async 'an event that cannot be is told in the job'() {
    const wrong = made().setEventTime('2026-01-01T08:00:01.000Z');
    wrong.setBizStep('https://ref.gs1.org/cbv/BizStep-transmuting');
    const response = await sent(document(wrong));
    assert.equal(response.success, false);
    assert.ok(JSON.stringify(response.errors).includes('transmuting'));
  },
};

(async () => {
  for (const [name, run] of Object.entries(cases)) {
    try {
      await run();
      console.log(`ok ${name}`);
    } catch (error) {
      console.log(`fail ${name}: ${String(error.message ?? error).replaceAll('\n', ' ').slice(0, 400)}`);
    }
  }
})();
