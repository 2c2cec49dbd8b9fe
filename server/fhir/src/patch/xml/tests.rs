//! The operations of RFC 5261 on a small document, and on a resource.

use super::*;

const DOCUMENT: &str =
    r#"<doc xmlns="http://hl7.org/fhir" a="1"><foo t="1">one</foo><!-- c --><foo t="2"><bar value="x"/></foo></doc>"#;

fn patched(operations: &str) -> Result<String> {
    let patch = format!(r#"<diff xmlns="http://hl7.org/fhir">{operations}</diff>"#);
    let bytes = XmlPatch::read(patch.as_bytes())?.apply_to(DOCUMENT.as_bytes())?;
    Ok(String::from_utf8(bytes).unwrap())
}

#[test]
fn every_operation_does_what_its_section_says() {
    for (operation, from, to) in [
        (r#"<add sel="f:doc"><new/></add>"#, "</doc>", "<new/></doc>"),
        (r#"<add sel="f:doc" pos="prepend"> <new/> </add>"#, r#"<foo t="1""#, r#"<new/><foo t="1""#),
        (r#"<add sel="doc/foo[@t='2']" pos="before"><new/></add>"#, r#"<foo t="2""#, r#"<new/><foo t="2""#),
        (r#"<add sel="f:doc/f:foo[1]" pos="after"><!--n--></add>"#, "</foo><!--", "</foo><!--n--><!--"),
        (r#"<add sel="/f:doc/f:foo[f:bar/@value='x']" type="@n">v&lt;</add>"#, r#"t="2""#, r#"t="2" n="v&lt;""#),
        (r#"<add sel="f:doc/f:foo[1]/text()" pos="before">zero </add>"#, ">one", ">zero one"),
        (
            r#"<add sel="f:doc"><div xmlns="http://www.w3.org/1999/xhtml">t</div></add>"#,
            "</doc>",
            r#"<div xmlns="http://www.w3.org/1999/xhtml">t</div></doc>"#,
        ),
        (r#"<replace sel="f:doc/@a">2</replace>"#, r#"a="1""#, r#"a="2""#),
        (r#"<replace sel="f:doc/f:foo[.='one']"><b/></replace>"#, r#"<foo t="1">one</foo>"#, "<b/>"),
        (r#"<replace sel="f:doc/f:foo[1]/text()[1]">two</replace>"#, ">one<", ">two<"),
        (r#"<replace sel="f:doc/comment()"><!--d--></replace>"#, "<!-- c -->", "<!--d-->"),
        (r#"<remove sel="f:doc/f:foo[2]/*"/>"#, r#"<foo t="2"><bar value="x"/></foo>"#, r#"<foo t="2"/>"#),
        (r#"<remove sel="f:doc/comment()[1]"/>"#, "<!-- c -->", ""),
        (r#"<remove sel="f:doc/f:foo[f:bar]/@t"/>"#, r#"<foo t="2">"#, "<foo>"),
    ] {
        assert_eq!(
            patched(operation).unwrap_or_else(|e| panic!("{operation}: {e}")),
            DOCUMENT.replacen(from, to, 1),
            "{operation}"
        );
    }
}

#[test]
fn what_does_not_fit_the_document_is_422() {
    for operation in [
        r#"<remove sel="f:doc/f:none"/>"#,
        r#"<remove sel="f:doc/f:foo"/>"#,
        r#"<remove sel="f:doc"/>"#,
        r#"<remove sel="h:doc/f:foo[1]"/>"#,
        r#"<remove sel="f:doc/@none"/>"#,
        r#"<add sel="f:doc/@a"><b/></add>"#,
        r#"<add sel="f:doc" type="@a">x</add>"#,
        r#"<add sel="f:doc" pos="before"><b/></add>"#,
        r#"<replace sel="f:doc/f:foo[1]">text</replace>"#,
    ] {
        assert_eq!(patched(operation).unwrap_err().status(), 422, "{operation}");
    }
}

#[test]
fn what_is_no_patch_is_400() {
    for operation in [
        "",
        "<merge sel='f:doc'/>",
        "<add><b/></add>",
        "<add sel='f:doc' pos='inside'><b/></add>",
        "<add sel='f:doc' type='namespace::p'>u</add>",
        "<remove sel='id(\"x\")'/>",
        "<remove sel='f:doc/f:foo[0]'/>",
        "<remove sel='f:doc/f:foo[@t=1]'/>",
        "<remove sel='f:doc/f:foo[@t=&apos;1'/>",
        "<remove sel='x:doc'/>",
        "<remove sel='@a'/>",
        "<remove",
    ] {
        assert_eq!(patched(operation).unwrap_err().status(), 400, "{operation}");
    }
}

#[test]
fn a_resource_is_patched_in_its_xml_form() {
    let resource =
        br#"{"resourceType":"Patient","id":"1","name":[{"use":"official","family":"A"}],"multipleBirthInteger":2}"#;
    let patch = br#"<diff xmlns="http://hl7.org/fhir">
        <replace sel="f:Patient/f:name[f:use/@value='official']/f:family/@value">B</replace>
        <add sel="f:Patient/f:name" pos="after"><birthDate value="1970-01-01"/></add></diff>"#;
    let node = theriac_core::json::parse(resource).unwrap();
    let patched = XmlPatch::read(patch).unwrap().apply(&node).unwrap();
    assert_eq!(
        patched.to_string(),
        r#"{"resourceType":"Patient","id":"1","name":[{"use":"official","family":"B"}],"birthDate":"1970-01-01","multipleBirthInteger":2}"#
    );
}
