//! Both versions in and out.

use super::*;
use crate::document::Document;
use crate::event::Event;
use crate::translate::CbvXmlFormat;
use theriac_core::json::Node;

fn read_frame(text: &str) -> Frame {
    frame(text.as_bytes(), false).unwrap()
}

fn event_of(text: &str, scope: &[(&str, &str)]) -> theriac_core::Result<Node<'static>> {
    event(text.as_bytes(), scope.iter().copied(), &namespaces(scope.iter().copied()), false)
}

const OBJECT: &str = "<ObjectEvent><eventTime>2026-11-20T08:00:00Z</eventTime>\
    <eventTimeZoneOffset>+01:00</eventTimeZoneOffset><epcList><epc>urn:epc:id:sgtin:4012345.011111.98</epc></epcList>\
    <action>ADD</action><bizStep>urn:epcglobal:cbv:bizstep:commissioning</bizStep>\
    <readPoint><id>urn:epc:id:sgln:4012345.00005.0</id><ex:gate>7</ex:gate></readPoint>\
    <quantityList><quantityElement><epcClass>urn:epc:class:lgtin:4012345.011111.L</epcClass><quantity>+2.50</quantity>\
    <uom>KGM</uom></quantityElement></quantityList>\
    <sensorElementList><sensorElement><sensorMetadata time=\"2026-11-20T07:00:00Z\"/>\
    <sensorReport type=\"gs1:Temperature\" value=\"26.0\" booleanValue=\"1\" ex:more=\"x\" uom=\"CEL\"/></sensorElement>\
    </sensorElementList><ilmd><ex:lot a=\"1\">L1</ex:lot></ilmd><ex:a>1</ex:a><ex:a>2</ex:a>\
    <b xmlns=\"urn:b\"><inner>3</inner></b></ObjectEvent>";

const SCOPE: &[(&str, &str)] = &[("ex", "http://e/"), ("gs1", "https://gs1.org/voc/")];

#[test]
fn an_event_becomes_what_the_json_binding_would_have_sent() {
    let node = event_of(OBJECT, SCOPE).unwrap();
    assert_eq!(
        node.to_string(),
        r##"{"@context":{"ns1":"urn:b"},"type":"ObjectEvent","eventTime":"2026-11-20T08:00:00Z","eventTimeZoneOffset":"+01:00","epcList":["urn:epc:id:sgtin:4012345.011111.98"],"action":"ADD","bizStep":"urn:epcglobal:cbv:bizstep:commissioning","readPoint":{"id":"urn:epc:id:sgln:4012345.00005.0","ex:gate":"7"},"quantityList":[{"epcClass":"urn:epc:class:lgtin:4012345.011111.L","quantity":2.50,"uom":"KGM"}],"sensorElementList":[{"sensorMetadata":{"time":"2026-11-20T07:00:00Z"},"sensorReport":[{"type":"gs1:Temperature","value":26.0,"booleanValue":true,"ex:more":"x","uom":"CEL"}]}],"ilmd":{"ex:lot":{"@a":"1","#text":"L1"}},"ex:a":["1","2"],"ns1:b":{"ns1:inner":"3"}}"##
    );
    Event::read(&node, "$", &namespaces(SCOPE.iter().copied())).unwrap();
}

#[test]
fn what_is_written_reads_the_same() {
    let spaces = namespaces(SCOPE.iter().copied());
    let node = event_of(OBJECT, SCOPE).unwrap();
    let stored = Event::read(&node, "$", &spaces).unwrap().stored("urn:uuid:1", theriac_core::Instant(0));
    let stored = theriac_core::json::parse(&stored).unwrap();
    for (version, namespace) in [(Version::V2_0, EPCIS[1]), (Version::V1_2, EPCIS[0])] {
        let mut writer = Writer::new(version, CbvXmlFormat::NoPreference);
        writer.event(stored.as_object().unwrap()).unwrap();
        let text = String::from_utf8(writer.finish()).unwrap();
        let again = event_of(&text, &[("gs1", "https://gs1.org/voc/"), ("epcis", namespace)]).unwrap();
        let (one, other) = (Event::read(&stored, "$", &spaces).unwrap(), Event::read(&again, "$", &spaces).unwrap());
        let hashes = [&one, &other].map(|e| crate::event_id::pre_hash(e, &[]));
        assert_eq!(hashes[0], hashes[1], "{text}");
        assert_eq!(other.event_id(), Some("urn:uuid:1"));
    }
}

#[test]
fn what_1_2_nests_is_taken_out_and_put_back() {
    let old = "<extension><TransformationEvent><eventTime>2026-11-20T08:00:00Z</eventTime>\
        <eventTimeZoneOffset>+01:00</eventTimeZoneOffset><baseExtension><eventID>urn:uuid:1</eventID></baseExtension>\
        <inputEPCList><epc>urn:epc:id:sgtin:4012345.011111.98</epc></inputEPCList>\
        <outputEPCList><epc>urn:epc:id:sgtin:4012345.011111.99</epc></outputEPCList>\
        <extension><myField>x</myField></extension></TransformationEvent></extension>";
    let node = event_of(old, &[]).unwrap();
    assert_eq!((node.text("eventID"), node.text("vendor:myField")), (Some("urn:uuid:1"), Some("x")));
    let mut writer = Writer::new(Version::V1_2, CbvXmlFormat::NoPreference);
    writer.event(node.as_object().unwrap()).unwrap();
    let text = String::from_utf8(writer.finish()).unwrap();
    assert!(text.contains("<baseExtension><eventID>urn:uuid:1</eventID></baseExtension>"), "{text}");
    assert!(text.contains("<myField>x</myField>"), "{text}");
    assert_eq!(event_of(&text, &[]).unwrap().text("eventID"), Some("urn:uuid:1"));
    let quantity = "<QuantityEvent><eventTime>2026-11-20T08:00:00Z</eventTime>\
        <eventTimeZoneOffset>+01:00</eventTimeZoneOffset><epcClass>urn:epc:class:lgtin:4012345.011111.L</epcClass>\
        <quantity>5</quantity></QuantityEvent>";
    let node = event_of(quantity, &[]).unwrap();
    assert!(
        node.to_string()
            .contains(r#""quantityList":[{"epcClass":"urn:epc:class:lgtin:4012345.011111.L","quantity":5}]"#)
    );
}

#[test]
fn faults_name_what_is_wrong_and_where() {
    let in_object = |inner: &str| format!("<ObjectEvent>\n{inner}</ObjectEvent>");
    for (text, place, word) in [
        (
            in_object("<action>ADD</action><eventTime>x</eventTime>"),
            "line 2, column 21",
            "<eventTime> stands after <action>",
        ),
        (in_object("<madeUp>x</madeUp>"), "line 2, column 1", "madeUp"),
        (in_object("<epcList><ep>x</ep></epcList>"), "line 2, column 10", "<epc>"),
        (in_object("<epcList>x</epcList>"), "line 2, column 1", "no text"),
        (in_object("<action>ADD</action><action>ADD</action>"), "line 2, column 21", "twice"),
        (in_object("<ex:a xmlns:ex='urn:x'/><action>ADD</action>"), "line 2, column 25", "stands after <a>"),
        (in_object("<action><b/></action>"), "line 2, column 1", "no elements"),
        ("<NoEvent/>".to_owned(), "line 1, column 1", "type: <NoEvent>"),
        (in_object("<a>"), "line 2, column 4", "not XML"),
    ] {
        let error = event_of(&text, &[]).unwrap_err();
        assert_eq!(error.issues[0].path, place, "{text}: {}", error.message);
        assert!(error.message.contains(word), "{text}: {}", error.message);
    }
    assert!(
        event(in_object("<action>ADD</action><eventTime>x</eventTime>").as_bytes(), [], &Namespaces::default(), true)
            .is_ok()
    );
}

#[test]
fn a_frame_says_kind_header_and_prefixes() {
    let frame = read_frame(
        "<?xml version='1.0' encoding='UTF-8'?><!DOCTYPE project>\
        <epcis:EPCISDocument xmlns:epcis='urn:epcglobal:epcis:xsd:1' xmlns:ex='http://e/' schemaVersion='1.2' \
         xmlns:h='http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader' creationDate='2026-11-20T08:00:00Z'>\
        <EPCISHeader><h:StandardBusinessDocumentHeader><h:Sender><h:Identifier Authority='GS1'>urn:epc:id:sgln:4012345.00005.0\
        </h:Identifier></h:Sender></h:StandardBusinessDocumentHeader><extension><EPCISMasterData><VocabularyList>\
        <Vocabulary type='urn:epcglobal:epcis:vtype:Location'><VocabularyElementList>\
        <VocabularyElement id='urn:epc:id:sgln:4012345.00005.0'><attribute id='urn:epcglobal:cbv:mda#name'>Plant</attribute>\
        <children><id>urn:epc:id:sgln:4012345.00005.1</id></children></VocabularyElement></VocabularyElementList></Vocabulary>\
        </VocabularyList></EPCISMasterData></extension><ex:note>n</ex:note></EPCISHeader>\
        <ex:ignoreFields><ex:a/><ex:b/></ex:ignoreFields><EPCISBody><EventList/></EPCISBody></epcis:EPCISDocument>",
    );
    let document = Document::read(frame.node.clone()).unwrap();
    assert_eq!(document.ignored_fields(), ["ex:a", "ex:b"]);
    assert_eq!(document.member("sender").and_then(Node::as_str), Some("urn:epc:id:sgln:4012345.00005.0"));
    assert_eq!(document.namespaces.get("ex"), Some("http://e/"));
    assert_eq!(
        document.vocabulary_list()[0].to_string(),
        r#"{"type":"urn:epcglobal:epcis:vtype:Location","vocabularyElementList":[{"id":"urn:epc:id:sgln:4012345.00005.0","attributes":[{"id":"urn:epcglobal:cbv:mda#name","attribute":"Plant"}],"children":["urn:epc:id:sgln:4012345.00005.1"]}]}"#
    );
    assert!(frame.scope.contains(&("epcis".to_owned(), EPCIS[0].to_owned())));
    let query = "<q:EPCISQueryDocument xmlns:q='urn:epcglobal:epcis-query:xsd:2' schemaVersion='2.0'><EPCISBody>\
        <q:QueryResults><queryName>SimpleEventQuery</queryName><resultsBody><EventList></EventList></resultsBody>\
        </q:QueryResults></EPCISBody></q:EPCISQueryDocument>";
    assert_eq!(Document::read(read_frame(query).node).unwrap().kind, crate::document::DocumentKind::Query);
    let bare =
        OBJECT.replacen("<ObjectEvent>", "<ObjectEvent xmlns:ex='http://e/' xmlns:gs1='https://gs1.org/voc/'>", 1);
    let bare = Document::read(read_frame(&bare).node).unwrap();
    assert_eq!(bare.events().map(|e| e.unwrap().type_name().to_owned()).collect::<Vec<_>>(), ["ObjectEvent"]);
}

#[test]
fn what_is_no_document_is_refused() {
    for (text, word) in [
        ("<a/>", "neither <EPCISDocument>"),
        ("<EPCISDocument xmlns='urn:x'/>", "neither"),
        ("<e:EPCISDocument xmlns:e='urn:epcglobal:epcis:xsd:2' schemaVersion='3.0'/>", "schemaVersion"),
        (
            "<e:EPCISDocument xmlns:e='urn:epcglobal:epcis:xsd:2' schemaVersion='2.0'><EPCISBody>x</EPCISBody></e:EPCISDocument>",
            "text stands here",
        ),
        (
            "<e:EPCISDocument xmlns:e='urn:epcglobal:epcis:xsd:2' schemaVersion='2.0'><Nonsense/></e:EPCISDocument>",
            "not known",
        ),
        (
            "<q:EPCISQueryDocument xmlns:q='urn:epcglobal:epcis-query:xsd:2' schemaVersion='2.0'><EPCISBody><q:Poll/></EPCISBody></q:EPCISQueryDocument>",
            "<Poll>",
        ),
        ("<!DOCTYPE a [<!ENTITY x 'y'>]><a/>", "<!DOCTYPE) is not taken"),
    ] {
        let error = frame(text.as_bytes(), false).unwrap_err();
        assert!(error.message.contains(word), "{text}: {}", error.message);
    }
}
