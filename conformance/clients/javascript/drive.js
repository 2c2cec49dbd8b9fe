// fhir-kit-client against the server at THERIAC_FHIR, with the token THERIAC_TOKEN. One line a case on stdout:
// "ok NAME" or "fail NAME: why".
import { Client } from 'fhir-kit-client';
import assert from 'node:assert/strict';

const client = new Client({ baseUrl: process.env.THERIAC_FHIR, bearerToken: process.env.THERIAC_TOKEN });
client.bearerToken = process.env.THERIAC_TOKEN;

const patient = (family) => ({ resourceType: 'Patient', active: true, name: [{ family, given: ['Ada'] }] });
const observation = (id, subject) => ({
  resourceType: 'Observation', id, status: 'final', code: { text: 'heart rate' },
  subject: { reference: subject }, valueQuantity: { value: 70, unit: '/min' },
});
const refused = async (promise, status) => {
  const error = await promise.then(() => assert.fail('was not refused'), (error) => error);
  assert.equal(error.response?.status, status, error.message);
  assert.equal(error.response.data.resourceType, 'OperationOutcome');
  return error.response.data.issue[0];
};
const responseOf = (resource) => Client.httpFor(resource).response;

let created;
const cases = {
  async 'capability statement'() {
    const statement = await client.capabilityStatement();
    assert.equal(statement.fhirVersion, '4.0.1');
  },
  async create() {
    created = await client.create({ resourceType: 'Patient', body: patient('Lovelace') });
    assert.equal(responseOf(created).status, 201);
    assert.match(responseOf(created).headers.get('location'), /\/Patient\/[^/]+\/_history\/1$/);
  },
  async read() {
    const read = await client.read({ resourceType: 'Patient', id: created.id });
    assert.deepEqual(read.name, created.name);
    assert.equal(responseOf(read).headers.get('etag'), 'W/"1"');
  },
  async update() {
    const body = { ...created, name: [{ family: 'King' }] };
    const updated = await client.update({ resourceType: 'Patient', id: created.id, body });
    assert.equal(updated.meta.versionId, '2');
  },
  async 'update of another version'() {
    const options = { headers: { 'If-Match': 'W/"1"' } };
    const stale = client.update({ resourceType: 'Patient', id: created.id, body: created, options });
    await refused(stale, 412);
  },
  async vread() {
    const old = await client.vread({ resourceType: 'Patient', id: created.id, version: '1' });
    assert.equal(old.name[0].family, 'Lovelace');
  },
  async patch() {
    const jsonPatch = [{ op: 'replace', path: '/active', value: false }];
    const patched = await client.patch({ resourceType: 'Patient', id: created.id, jsonPatch });
    assert.equal(patched.active, false);
  },
  async 'patch that does not fit'() {
    const jsonPatch = [{ op: 'test', path: '/active', value: true }];
    await refused(client.patch({ resourceType: 'Patient', id: created.id, jsonPatch }), 422);
  },
  async 'conditional create'() {
    const options = { headers: { 'If-None-Exist': 'family=King' } };
    const found = await client.create({ resourceType: 'Patient', body: patient('King'), options });
    assert.equal(responseOf(found).status, 200);
  },
  async 'conditional update'() {
    const updated = await client.update({
      resourceType: 'Patient', searchParams: { family: 'King' }, body: { ...patient('King'), gender: 'female' },
    });
    assert.deepEqual([updated.id, updated.gender], [created.id, 'female']);
  },
  async transaction() {
    const urn = 'urn:uuid:0b0a7b0e-6a4d-4b0e-9d5c-222222222222';
    const entry = ['a', 'b', 'c', 'd', 'e'].map((id) => ({
      resource: observation(id, urn), request: { method: 'PUT', url: `Observation/${id}` },
    }));
    entry.push({ fullUrl: urn, resource: patient('Byron'), request: { method: 'POST', url: 'Patient' } });
    const done = await client.transaction({ body: { resourceType: 'Bundle', type: 'transaction', entry } });
    assert.equal(done.type, 'transaction-response');
    assert.equal(done.entry.length, 6);
  },
  async batch() {
    const request = (url) => ({ request: { method: 'GET', url } });
    const entry = [request('Observation/a'), request('Observation/none')];
    const done = await client.batch({ body: { resourceType: 'Bundle', type: 'batch', entry } });
    assert.deepEqual(done.entry.map((e) => e.response.status.slice(0, 3)), ['200', '404']);
  },
  async 'search with paging'() {
    const seen = [];
    let bundle = await client.search({ resourceType: 'Observation', searchParams: { _count: 2, _sort: '_id' } });
    const first = bundle;
    for (; bundle?.entry; bundle = await client.nextPage({ bundle })) {
      seen.push(...bundle.entry.map((e) => e.resource.id));
      if (!bundle.link.some((l) => l.relation === 'next')) break;
    }
    assert.deepEqual(seen, ['a', 'b', 'c', 'd', 'e']);
    const second = await client.nextPage({ bundle: first });
    const back = await client.prevPage({ bundle: second });
    assert.deepEqual(back.entry.map((e) => e.resource.id), ['a', 'b']);
  },
  async 'search by post'() {
    const options = { postSearch: true };
    const bundle = await client.search({ resourceType: 'Patient', searchParams: { family: 'Byron' }, options });
    assert.equal(bundle.total, 1);
  },
  async 'search with include'() {
    const searchParams = { _id: 'a', _include: 'Observation:subject' };
    const bundle = await client.search({ resourceType: 'Observation', searchParams });
    assert.deepEqual(bundle.entry.map((e) => e.search.mode).sort(), ['include', 'match']);
  },
  async 'resolve a reference'() {
    const one = await client.read({ resourceType: 'Observation', id: 'a' });
    const subject = await client.resolve({ reference: one.subject.reference });
    assert.equal(subject.name[0].family, 'Byron');
  },
  async 'search by an unknown parameter'() {
    const issue = await refused(client.search({ resourceType: 'Patient', searchParams: { famly: 'x' } }), 400);
    assert.match(issue.diagnostics, /famly/);
  },
  async history() {
    const bundle = await client.history({ resourceType: 'Patient', id: created.id });
    assert.equal(bundle.total, bundle.entry.length);
    assert.equal(bundle.entry.at(-1).resource.meta.versionId, '1');
    assert.ok((await client.history({ resourceType: 'Patient' })).entry.length > bundle.total);
    assert.ok((await client.history()).entry.length > 6);
  },
  async 'a resource that is wrong'() {
    const issue = await refused(client.create({ resourceType: 'Patient', body: { ...patient('X'), gender: 'no' } }), 400);
    assert.deepEqual(issue.expression, ['Patient.gender']);
  },
  async delete() {
    await client.delete({ resourceType: 'Observation', id: 'e' });
    await refused(client.read({ resourceType: 'Observation', id: 'e' }), 410);
    await refused(client.read({ resourceType: 'Observation', id: 'none' }), 404);
  },
};

for (const [name, run] of Object.entries(cases)) {
  try {
    await run();
    console.log(`ok ${name}`);
  } catch (error) {
    const said = error.response ? ` ${JSON.stringify(error.response.data)}` : '';
    console.log(`fail ${name}: ${`${error.message}${said}`.replaceAll('\n', ' ')}`);
  }
}
