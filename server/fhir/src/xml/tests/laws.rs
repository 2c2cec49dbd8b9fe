//! What is written reads the same, and no markup makes the reader panic.

use super::*;
use crate::structure;
use proptest::prelude::*;

/// The fixtures of the check of structure, small and of many shapes.
const GOOD: &[&str] = &[
    include_str!("../../structure/fixtures/patient.json"),
    include_str!("../../structure/fixtures/observation.json"),
    include_str!("../../structure/fixtures/medication-request.json"),
    include_str!("../../structure/fixtures/questionnaire.json"),
    include_str!("../../structure/fixtures/transaction.json"),
];

#[test]
fn every_fixture_goes_there_and_back() {
    for text in GOOD {
        let node = json::parse(text.as_bytes()).unwrap();
        let once = pair(&node).unwrap();
        structure::check(&once, None).unwrap_or_else(|e| panic!("{e}\n{text}"));
        assert_eq!(pair(&once).unwrap(), once);
    }
}

proptest! {
    #[test]
    fn a_text_that_passes_the_check_goes_there_and_back(value in any::<String>(), note in "[ -~\t\n\r]{1,40}") {
        let mut node = json::parse(br#"{"resourceType":"Basic","code":{"text":"x"}}"#).unwrap().into_owned();
        for text in [value, note] {
            node.as_object_mut().unwrap().get_mut("code").unwrap().as_object_mut().unwrap().set("text", Node::string(text));
            if structure::check(&node, None).is_err() {
                continue;
            }
            match write(&node, Style::Indented) {
                Ok(xml) => prop_assert_eq!(&read(&xml).unwrap(), &node),
                Err(_) => {
                    // Two characters that JSON has and XML has not.
                    let unwritable = node.to_string().contains(['\u{fffe}', '\u{ffff}']);
                    prop_assert!(unwritable);
                }
            }
        }
    }

    #[test]
    fn a_changed_document_is_read_or_refused(which in 0..GOOD.len(), at in 0usize..4_000, with in "[<>/\"'=&;#a-z \u{0}]{0,4}", cut in 0usize..9) {
        let node = json::parse(GOOD[which].as_bytes()).unwrap();
        let mut xml = String::from_utf8(write(&node, Style::Compact).unwrap()).unwrap();
        let at = (0..=at % xml.len()).rev().find(|at| xml.is_char_boundary(*at)).unwrap();
        let end = (at + cut..=xml.len()).find(|end| xml.is_char_boundary(*end)).unwrap_or(xml.len()).min(xml.len());
        xml.replace_range(at.min(end)..end, &with);
        if let Ok(node) = read(xml.as_bytes()) {
            // JSON takes whatever came out, and so does the writer.
            let text = node.to_vec();
            prop_assert_eq!(&json::parse(&text).unwrap(), &node);
            prop_assert_eq!(pair(&node).unwrap(), node);
        }
    }
}
