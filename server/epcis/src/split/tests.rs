//! Cutting, in pieces of any size.

use super::*;
use proptest::prelude::*;

type Parts = (Vec<(String, usize, usize)>, String);

fn cut(form: Form, text: &str, piece: usize) -> Result<Parts> {
    let mut splitter = Splitter::new(form);
    let mut cuts = Vec::new();
    for piece in text.as_bytes().chunks(piece.max(1)) {
        splitter.push(piece, &mut |cut| {
            cuts.push((String::from_utf8_lossy(cut.bytes).into_owned(), cut.line, cut.column));
            Ok(())
        })?;
    }
    Ok((cuts, String::from_utf8(splitter.finish()).unwrap()))
}

const JSON: &str = "{\"a\":{\"eventList\":[1]},\"epcisBody\":\n {\"x\\\"\":[[{}]], \"eventList\" : [ {\"a\":\"]},\\\"\"} ,\n  \
                    {\"eventList\":[{}]}, 7 ,\"}\" ] },\"@context\":[]}";

const XML: &str = "<?xml version='1.0'?><!-- <EventList> --><e:EPCISDocument a='>/'>\n<EPCISBody><EventList b=\"/>\">\n\
                   <ObjectEvent><![CDATA[</ObjectEvent>]]></ObjectEvent><!--</EventList>-->\n <x:A/><extension><B></B>\
                   </extension></EventList></EPCISBody><EventList><no/></EventList></e:EPCISDocument>";

#[test]
fn events_are_cut_out_of_json_wherever_pieces_end() {
    for piece in 1..JSON.len() {
        let (cuts, frame) = cut(Form::Json, JSON, piece).unwrap();
        let texts: Vec<&str> = cuts.iter().map(|(text, ..)| text.as_str()).collect();
        assert_eq!(texts, [r#"{"a":"]},\""}"#, r#"{"eventList":[{}]}"#, "7 ", "\"}\" "], "{piece}");
        assert_eq!((cuts[0].1, cuts[0].2, cuts[1].1, cuts[1].2), (2, 33, 3, 3));
        assert_eq!(
            frame,
            "{\"a\":{\"eventList\":[1]},\"epcisBody\":\n {\"x\\\"\":[[{}]], \"eventList\" : [] },\"@context\":[]}"
        );
    }
    let query = r#"{"epcisBody":{"queryResults":{"resultsBody":{"eventList":[{}]}}}}"#;
    assert_eq!(cut(Form::Json, query, 3).unwrap().0.len(), 1);
}

#[test]
fn events_are_cut_out_of_xml_wherever_pieces_end() {
    for piece in 1..XML.len() {
        let (cuts, frame) = cut(Form::Xml, XML, piece).unwrap();
        let texts: Vec<&str> = cuts.iter().map(|(text, ..)| text.as_str()).collect();
        let first = "<ObjectEvent><![CDATA[</ObjectEvent>]]></ObjectEvent>";
        assert_eq!(texts, [first, "<x:A/>", "<extension><B></B></extension>"], "{piece}");
        assert_eq!((cuts[0].1, cuts[0].2, cuts[1].1, cuts[1].2), (3, 1, 4, 2));
        assert!(frame.contains("<EventList b=\"/>\">\n<!--</EventList>-->\n </EventList></EPCISBody><EventList><no/>"));
    }
}

#[test]
fn a_list_of_events_has_commas_between_them() {
    for (list, column) in [("[{} {}]", 31), ("[{},]", 31), ("[,{}]", 28), ("[{},,{}]", 31), ("[{}:{}]", 30)] {
        let error = cut(Form::Json, &format!(r#"{{"epcisBody":{{"eventList":{list}}}}}"#), 7).unwrap_err();
        assert_eq!(error.issues[0].path, format!("line 1, column {column}"), "{list}");
    }
}

#[test]
fn places_are_told_in_the_whole_document() {
    let at = Cut { bytes: b"", line: 3, column: 5 };
    for (path, moved) in
        [("line 1, column 2", "line 3, column 6"), ("line 2, column 2", "line 4, column 2"), ("$.a", "$.a")]
    {
        assert_eq!(placed(Error::malformed("x").at(path), &at).issues[0].path, moved);
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic_and_nothing_is_lost(text in "[<>/!?\\-\\[\\]A:'\" {},]{0,40}", piece in 1usize..8) {
        for (form, head) in [(Form::Json, r#"{"epcisBody":{"eventList":["#), (Form::Xml, "<d><EPCISBody><EventList>")] {
            let whole = format!("{head}{text}");
            if let Ok((cuts, frame)) = cut(form, &whole, piece) {
                let kept: usize = cuts.iter().map(|(text, ..)| text.len()).sum::<usize>() + frame.len();
                prop_assert!(kept <= whole.len());
                prop_assert!(form == Form::Json || kept == whole.len());
            }
        }
    }
}
