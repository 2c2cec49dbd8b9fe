//! What is wrong is told with line, column, element, and what would be right.

use super::*;

#[test]
fn faults_have_their_place_and_an_advice() {
    for (inner, expected) in [
        ("<nmae/>", "line 2, column 1: Patient: 'nmae' is not an element of Patient; did you mean 'name'?"),
        (
            "<deceased value='true'/>",
            "line 2, column 1: Patient: 'deceased' is not an element of Patient; it is a choice",
        ),
        (
            "<gender value='male'/>\n<active value='true'/>",
            "line 3, column 1: Patient: 'active' must stand before 'gender'",
        ),
        ("<active value='true'/><active value='true'/>", "column 23: Patient.active: may stand only once"),
        (
            "<active>true</active>",
            "column 9: Patient.active: text may not stand here; a value stands in the attribute 'value'",
        ),
        ("<active value='1'/>", "column 9: Patient.active: must be true or false"),
        ("<active value=''/>", "column 9: Patient.active: the attribute 'value' must not be empty"),
        ("<active/>", "column 1: Patient.active: has neither a value nor extensions"),
        ("<multipleBirthInteger value='1.0'/>", "Patient.multipleBirthInteger: must be an integer"),
        ("<active url='x' value='true'/>", "Patient.active: the attribute 'url' is not taken here"),
        ("<name value='x'/>", "Patient.name[0]: this is a HumanName, which has elements and no value"),
        ("<name><family value='a'/></name><name/>", "Patient.name[1]: must not be empty"),
        ("<name url='x'/>", "Patient.name[0]: the attribute 'url' is not taken here"),
        ("<name><id value='x'/></name>", "Patient.name[0].id: this is an attribute: id=\"...\""),
        ("<extension><url value='x'/></extension>", "Patient.extension[0].url: this is an attribute"),
        ("<name xmlns=''><family value='a'/></name>", "Patient.name: must be in FHIR's namespace"),
        ("<name xmlns='urn:x'/>", "Patient.name: is in another namespace"),
        ("<contained/>", "Patient.contained[0]: must hold a resource"),
        ("<contained><Basic/><Basic/></contained>", "Patient.contained[0]: holds one resource only"),
        (
            "<contained><patient/></contained>",
            "Patient.contained[0]: this is not a resource type of R4; did you mean 'Patient'?",
        ),
        ("<contained id='x'><Basic/></contained>", "the attribute 'id' is not taken here"),
        ("<text><status value='generated'/><div>x</div></text>", "Patient.text.div: must be XHTML"),
        (
            "<text><status value='generated'/><div xmlns='http://www.w3.org/1999/xhtml'><script/></div></text>",
            "the narrative may not hold <script>",
        ),
        ("<![CDATA[x]]>", "Patient: text may not stand here"),
        ("&#65;", "Patient: text may not stand here"),
        ("<name xsi:type='x'/>", "the attribute's prefix is not declared"),
    ] {
        let text = format!("<Patient xmlns=\"http://hl7.org/fhir\">\n{inner}</Patient>");
        let error = read(text.as_bytes()).expect_err(inner);
        assert_eq!(error.status(), 400);
        assert!(error.to_string().contains(expected), "{inner}: {error}");
    }
}

#[test]
fn a_root_that_is_no_resource_is_told_what_it_should_be() {
    for (text, expected) in [
        ("<Patient/>", "Patient: must be in FHIR's namespace: write xmlns=\"http://hl7.org/fhir\""),
        ("<Patients xmlns='http://hl7.org/fhir'/>", "did you mean 'Patient'?"),
        ("<Resource xmlns='http://hl7.org/fhir'/>", "this is not a resource type of R4"),
        ("<Patient xmlns='http://hl7.org/fhir' id='x'/>", "the attribute 'id' is not taken here"),
        ("<Patient xmlns='http://hl7.org/fhir'/>x", "text stands outside"),
        ("{\"resourceType\":\"Patient\"}", "text stands outside the outermost element"),
        ("<!DOCTYPE Patient><Patient xmlns='http://hl7.org/fhir'/>", "<!DOCTYPE) is not taken"),
    ] {
        let error = read(text.as_bytes()).unwrap_err();
        assert!(error.to_string().contains(expected), "{text}: {error}");
    }
}

#[test]
fn nesting_ends_where_json_ends_it() {
    let deep = |count: usize| {
        let (open, close) = ("<extension url='u'>".repeat(count), "</extension>".repeat(count));
        format!("<Basic xmlns='http://hl7.org/fhir'>{open}<valueCode value='c'/>{close}</Basic>")
    };
    let text = deep(63);
    let node = read(text.as_bytes()).unwrap();
    assert_eq!(json::parse(&node.to_vec()).unwrap(), node);
    assert!(read(deep(64).as_bytes()).unwrap_err().to_string().contains("nested deeper"));
}
