//! Documents in one form in, in the other form out.

mod bad;
mod laws;
mod published;

use super::*;
use theriac_core::json::{self, Node};

/// What the XML says, in JSON.
fn to_json(text: &str) -> String {
    match read(text.as_bytes()) {
        Ok(node) => node.to_string(),
        Err(error) => panic!("{error}\n{text}"),
    }
}

fn to_xml(text: &str) -> String {
    let node = json::parse(text.as_bytes()).unwrap();
    String::from_utf8(write(&node, Style::Compact).unwrap()).unwrap()
}

/// Both ways, byte for byte.
fn same(xml: &str, json: &str) {
    let xml = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{xml}");
    assert_eq!(to_json(&xml), json);
    assert_eq!(to_xml(json), xml);
}

#[test]
fn values_are_attributes_and_lists_are_repetition() {
    same(
        r#"<Patient xmlns="http://hl7.org/fhir"><id value="1"/><active value="true"/><name><given value="A"/><given value="&lt;B&quot;&#10;"/></name><multipleBirthInteger value="2"/></Patient>"#,
        r#"{"resourceType":"Patient","id":"1","active":true,"name":[{"given":["A","<B\"\n"]}],"multipleBirthInteger":2}"#,
    );
}

#[test]
fn decimals_keep_their_digits() {
    same(
        r#"<Observation xmlns="http://hl7.org/fhir"><valueQuantity><value value="1.500"/></valueQuantity></Observation>"#,
        r#"{"resourceType":"Observation","valueQuantity":{"value":1.500}}"#,
    );
}

#[test]
fn ids_and_extensions_of_primitives_go_beside_the_value() {
    same(
        r#"<Patient xmlns="http://hl7.org/fhir"><birthDate value="1970" id="b"><extension url="u"><valueString value="v"/></extension></birthDate></Patient>"#,
        r#"{"resourceType":"Patient","birthDate":"1970","_birthDate":{"id":"b","extension":[{"url":"u","valueString":"v"}]}}"#,
    );
    same(
        r#"<Patient xmlns="http://hl7.org/fhir"><birthDate><extension url="u"><valueCode value="x"/></extension></birthDate></Patient>"#,
        r#"{"resourceType":"Patient","_birthDate":{"extension":[{"url":"u","valueCode":"x"}]}}"#,
    );
    same(
        r#"<Patient xmlns="http://hl7.org/fhir"><name id="n"><given value="A"/><given id="g"><extension url="u"><valueCode value="x"/></extension></given><given value="C"/></name></Patient>"#,
        r#"{"resourceType":"Patient","name":[{"id":"n","given":["A",null,"C"],"_given":[null,{"id":"g","extension":[{"url":"u","valueCode":"x"}]},null]}]}"#,
    );
}

#[test]
fn resources_inside_resources_have_an_element_of_their_own() {
    same(
        r##"<List xmlns="http://hl7.org/fhir"><contained><Patient><id value="p"/><active value="true"/></Patient></contained><contained><Basic><id value="b"/></Basic></contained><subject><reference value="#p"/></subject></List>"##,
        r##"{"resourceType":"List","contained":[{"resourceType":"Patient","id":"p","active":true},{"resourceType":"Basic","id":"b"}],"subject":{"reference":"#p"}}"##,
    );
    same(
        r#"<Bundle xmlns="http://hl7.org/fhir"><type value="batch"/><entry><resource><Parameters><parameter><name value="p"/><resource><Patient><id value="1"/></Patient></resource></parameter></Parameters></resource></entry></Bundle>"#,
        r#"{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Parameters","parameter":[{"name":"p","resource":{"resourceType":"Patient","id":"1"}}]}}]}"#,
    );
}

#[test]
fn a_narrative_stays_as_it_is() {
    same(
        r#"<Patient xmlns="http://hl7.org/fhir"><text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml"><p class='a' >x &#233;<br /></p></div></text></Patient>"#,
        r#"{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p class='a' >x &#233;<br /></p></div>"}}"#,
    );
}

#[test]
fn elements_come_in_the_order_of_the_schema_whatever_the_order_of_members() {
    assert!(
        to_xml(r#"{"gender":"male","extension":[{"valueCode":"c","url":"u"}],"id":"1","resourceType":"Patient","meta":{"profile":["p"]}}"#)
            .ends_with(r#"<Patient xmlns="http://hl7.org/fhir"><id value="1"/><meta><profile value="p"/></meta><extension url="u"><valueCode value="c"/></extension><gender value="male"/></Patient>"#)
    );
}

#[test]
fn comments_instructions_and_prefixes_leave_no_trace() {
    let text = "\u{feff}<?xml version=\"1.0\"?>\n<!-- a --><?b c?>\n<f:Patient xmlns:f=\"http://hl7.org/fhir\"><!-- d -->\n  <f:active value='true'></f:active>\n</f:Patient>\n<!-- e -->";
    assert_eq!(to_json(text), r#"{"resourceType":"Patient","active":true}"#);
}

#[test]
fn indented_xml_says_the_same() {
    let text = r#"{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">a<b>c</b></div>"},"contained":[{"resourceType":"Basic"}],"name":[{"family":"F"}],"birthDate":"2000","_birthDate":{"id":"x"}}"#;
    let node = json::parse(text.as_bytes()).unwrap();
    let pretty = String::from_utf8(write(&node, Style::Indented).unwrap()).unwrap();
    assert!(pretty.contains("\n  <name>\n    <family value=\"F\"/>\n  </name>\n"), "{pretty}");
    assert_eq!(to_json(&pretty), text);
}

#[test]
fn what_xml_has_no_place_for_is_refused_by_name() {
    for (text, expected) in [
        (r#"{"resourceType":"Patient","nmae":1}"#, "Patient.nmae"),
        (r#"{"resourceType":"Nothing"}"#, "Nothing"),
        (r#"{"resourceType":"Patient","gender":"\ufffe"}"#, "U+FFFE"),
        (r#"{"resourceType":"Patient","extension":[{"url":"u","_url":{"id":"x"}}]}"#, "Patient.extension[0].url"),
        (r#"{"resourceType":"Patient","name":[{"_period":{}}]}"#, "_period"),
        (r#"{"resourceType":"Patient","text":{"div":"<div><p></div>"}}"#, "Patient.text.div"),
        (r#"{"resourceType":"Patient","name":["x"]}"#, "Patient.name[0]"),
        (r#"{"resourceType":"Patient","gender":{}}"#, "Patient.gender"),
        ("[]", "no resource"),
    ] {
        let error = write(&json::parse(text.as_bytes()).unwrap(), Style::Compact).unwrap_err();
        assert_eq!(error.status(), 406);
        assert!(error.to_string().contains(expected), "{text}: {error}");
    }
}

fn pair(node: &Node<'_>) -> Result<Node<'static>, theriac_core::Error> {
    let xml = write(node, Style::Compact)?;
    read(&xml).map(Node::into_owned)
}
