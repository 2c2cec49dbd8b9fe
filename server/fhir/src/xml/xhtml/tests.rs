//! Narratives in, narratives or faults out.

use super::*;
use theriac_core::xml::Limits as Whole;

const NS: &str = "xmlns=\"http://www.w3.org/1999/xhtml\"";

#[test]
fn what_formats_text_is_a_narrative() {
    for text in [
        "<div xmlns=\"http://www.w3.org/1999/xhtml\">x<br/><a href=\"#1\" id='n'>&nbsp;&#160;&amp;</a></div>",
        "<div><!-- c --><table class=\"grid\"><tr><td colspan=\"2\" style=\"color: red\">1 &lt; 2</td></tr></table></div>",
        "\n<div>Zoë <b>é</b></div>\n",
        "<div/>",
    ] {
        assert_eq!(check(text), Ok(()), "{text}");
    }
}

#[test]
fn what_is_no_narrative_is_refused_with_its_place() {
    for (text, expected) in [
        ("<p>x</p>", "line 1, column 1: a narrative is one <div>"),
        ("<div><p>x</div>", "line 1, column 10: not XML"),
        ("<div>x<br></div>", "line 1, column 11: not XML"),
        ("<div></div><div></div>", "line 1, column 12: the document ended"),
        ("<div>\n<script>x</script></div>", "line 2, column 1: the narrative may not hold <script>"),
        ("<div><form/></div>", "<form>"),
        ("<div><p onclick='x'/></div>", "line 1, column 9: the narrative may not hold the attribute 'onclick'"),
        ("<div><a href=' Java\tScript:x'/></div>", "runs a script"),
        ("<div>&bogus;</div>", "line 1, column 6: the narrative names '&bogus;'"),
        ("<div>& </div>", "not XML"),
        ("<div a='&nbsp;'/>", "'&nbsp' is none"),
        ("<div xmlns='http://hl7.org/fhir'/>", "outside XHTML's namespace"),
        ("<div><h:p xmlns:h='urn:x'/></div>", "outside XHTML's namespace"),
        ("<div><p xmlns='http://www.w3.org/1999/xhtml'/></div>", "outside XHTML's namespace"),
        ("<div xmlns='http://www.w3.org/1999/xhtml'><p xmlns=''/></div>", "outside XHTML's namespace"),
        ("text", "text stands outside"),
    ] {
        let said = check(text).unwrap_err();
        assert!(said.contains(expected), "{text}: {said}");
    }
}

#[test]
fn in_xml_a_narrative_has_its_namespace_and_no_entities() {
    let whole = format!("<div {NS}><p a='1'/><!-- kept --></div>").replace(" a='1'", "");
    assert_eq!(render(&whole).unwrap(), whole);
    assert_eq!(render("<div>a<br/>b</div>").unwrap(), format!("<div {NS}>a<br/>b</div>"));
    let named = format!("<div {NS} title=\"&lt;\">&nbsp;&copy;&lt;<p></p></div>");
    assert_eq!(render(&named).unwrap(), format!("<div {NS} title=\"&lt;\">\u{a0}©&lt;<p></p></div>"));
    let prefixed = format!("<div {NS} xmlns:h=\"http://www.w3.org/1999/xhtml\"><h:p/></div>");
    assert_eq!(render(&prefixed).unwrap(), format!("<div {NS}><p></p></div>"));
    assert!(render("<div><p></div>").is_err());
}

fn taken(document: &str) -> String {
    let mut reader = Reader::document(document.as_bytes(), Whole::default()).unwrap();
    loop {
        match reader.event().unwrap() {
            Event::Start(start) if start.name == "div" => return take(&mut reader, &start).unwrap().into_owned(),
            Event::Eof => panic!("no div"),
            _ => {}
        }
    }
}

#[test]
fn out_of_xml_a_narrative_comes_as_it_was_written() {
    let div = format!("<div {NS}  >\n <p\n class='a'>x &#233; <!-- c --><![CDATA[<]]><br /></p></div >");
    assert_eq!(taken(&format!("<text xmlns='http://hl7.org/fhir'>{div} </text>")), div);
    let prefixed = "<text xmlns:h='http://www.w3.org/1999/xhtml'><h:div h:x=''><h:p class='\"'>&lt;<![CDATA[&]]></h:p><h:br/></h:div></text>";
    let expected = format!("<div {NS}><p class=\"&quot;\">&lt;&amp;</p><br/></div>");
    assert_eq!(taken(&prefixed.replace(" h:x=''", "")), expected);
}
