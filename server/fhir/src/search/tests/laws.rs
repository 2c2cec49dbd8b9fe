//! Laws: no query makes the parser panic, index and criterion agree, links read back the same.

use super::super::expression::Program;
use super::super::query::Query;
use super::{check, index, query, request};
use proptest::prelude::*;

const NAMES: &[&str] = &[
    "name",
    "gender",
    "birthdate",
    "organization",
    "general-practitioner",
    "identifier",
    "_id",
    "_lastUpdated",
    "_sort",
    "_include",
    "_revinclude",
    "_has:Observation:subject:code",
    "link.name",
    "_elements",
    "_type",
    "_profile",
];

proptest! {
    #[test]
    fn no_query_makes_the_parser_panic(text in "\\PC{0,80}") {
        let _ = query("Patient", &text);
    }

    #[test]
    fn no_value_makes_a_parameter_panic(name in prop::sample::select(NAMES), modifier in "(:[a-zA-Z-]{1,10})?", value in "[-0-9TZ:.+%a-fA-F|,\\\\é]{0,30}") {
        let _ = query("Patient", &format!("{name}{modifier}={value}"));
        let _ = query("Observation", &format!("value-quantity={value}"));
        let _ = query("Observation", &format!("date={value}"));
    }

    #[test]
    fn no_expression_makes_the_compiler_panic(text in "[a-zA-Z.()|' =!\\[\\]0-9é]{0,60}") {
        let _ = Program::compile(&text, "X");
    }

    #[test]
    fn links_read_back_the_same(name in "[a-zA-Zéß,|$ &=+%]{1,20}", code in "[a-z|,]{1,9}") {
        let pairs = vec![("name".to_owned(), name), ("identifier".to_owned(), code)];
        if let Ok(read) = Query::from_pairs(&request(Some("Patient")), pairs) {
            prop_assert_eq!(query("Patient", &read.self_link()).unwrap(), read);
        }
    }

    #[test]
    fn what_was_stored_is_found_by_itself(family in "\\PC{1,90}", value in "[!-~]{1,20}") {
        let text = |s: &str| theriac_core::json::Node::string(s).to_string();
        let patient = format!(r#"{{"resourceType":"Patient","name":[{{"family":{}}}],"identifier":[{{"system":"urn:s","value":{}}}]}}"#, text(&family), text(&value));
        let escaped = |s: &str| s.replace('\\', "\\\\").replace(',', "\\,").replace('|', "\\|").replace('$', "\\$");
        let (_, index) = index(&patient);
        let mut pairs = vec![("identifier".to_owned(), format!("urn:s|{}", escaped(&value)))];
        if !super::super::fold::folded(&family).is_empty() {
            for name in ["family", "family:exact", "family:contains"] {
                pairs.push((name.to_owned(), escaped(&family)));
            }
        }
        let read = Query::from_pairs(&request(Some("Patient")), pairs).unwrap();
        prop_assert!(super::super::matches(&index, &read.criteria));
    }

    /// R4 search.html#prefix: `ne` is what `eq` is not, `ge` is `gt` or `eq`, `le` is `lt` or `eq`.
    #[test]
    fn prefixes_agree_with_one_another(day in 1u32..29, month in 1u32..13, other in 1u32..29, short in any::<bool>()) {
        let patient = format!(r#"{{"resourceType":"Patient","birthDate":"2000-{month:02}-{day:02}"}}"#);
        let date = if short { "2000-06".to_owned() } else { format!("2000-06-{other:02}") };
        let (_, index) = index(&patient);
        let holds = |prefix: &str| super::super::matches(&index, &query("Patient", &format!("birthdate={prefix}{date}")).unwrap().criteria);
        prop_assert_eq!(holds("ne"), !holds("eq"));
        prop_assert_eq!(holds("ge"), holds("gt") || holds("eq"));
        prop_assert_eq!(holds("le"), holds("lt") || holds("eq"));
        prop_assert!(!holds("sa") || holds("gt"));
        prop_assert!(!holds("eb") || holds("lt"));
    }
}

#[test]
fn values_of_the_wrong_shape_leave_no_trace() {
    check(
        r#"{"resourceType":"Patient","id":5,"birthDate":{"a":[1]},"gender":["female",{"x":1}],"name":"Eve","generalPractitioner":"x","identifier":[null,7,[[{"value":"v"}]]]}"#,
        &[("birthdate=gt1900", false), ("gender=female", true), ("identifier=v", true), ("name=eve", true)],
    );
}
