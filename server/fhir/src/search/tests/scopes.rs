//! `_list`, `_type`, `_query`, `_summary`: R4 search.html 3.1.1.4.22, 3.1.1.4.24, 3.1.1.7, 3.1.1.5.8.

use super::super::{Query, Request, matches};
use super::{index, query, request, search};

#[test]
fn a_list_names_what_it_refers_to() {
    let all = [
        r#"{"resourceType":"Patient","id":"a","gender":"female"}"#,
        r#"{"resourceType":"Patient","id":"b","gender":"male"}"#,
        r#"{"resourceType":"List","id":"42","entry":[{"item":{"reference":"Patient/a"}},{"item":{"reference":"Patient/b"}}]}"#,
        r#"{"resourceType":"List","id":"43","entry":[{"item":{"reference":"Patient/b"}}]}"#,
    ];
    for (text, wanted) in [
        ("_list=42", &[0, 1][..]),
        ("_list=List/42&gender=female", &[0]),
        ("_list=43", &[1]),
        ("_list=44,43", &[1]),
        ("_list=44", &[]),
    ] {
        assert_eq!(search(&all, "Patient", text), wanted, "{text}");
    }
    for (text, part) in [("_list=$current-allergies", "are not kept here"), ("_list=a/b", "the id of a List")] {
        assert!(query("Patient", text).unwrap_err().message.contains(part), "{text}");
    }
}

/// "any search parameters shared across the entire set of specified resources may be used"
#[test]
fn what_all_named_types_share_may_be_asked() {
    let read = |text: &str| Query::parse(&request(None), text, None);
    let found = read("_type=Patient,Practitioner&family=ash&_tag=x").unwrap();
    let (_, patient) = index(r#"{"resourceType":"Patient","name":[{"family":"Ash"}],"meta":{"tag":[{"code":"x"}]}}"#);
    let (_, nurse) =
        index(r#"{"resourceType":"Practitioner","name":[{"family":"Ash"}],"meta":{"tag":[{"code":"x"}]}}"#);
    let (_, other) =
        index(r#"{"resourceType":"Practitioner","name":[{"family":"Oak"}],"meta":{"tag":[{"code":"x"}]}}"#);
    let hits = [&patient, &nurse, &other].map(|index| matches(index, &found.criteria));
    assert_eq!(hits, [true, true, false]);
    assert_eq!(read("_type=Patient,Practitioner&_filter=family+eq+ash").unwrap().criteria.len(), 1);
    assert!(
        read("_type=Patient,Observation&family=ash")
            .unwrap_err()
            .message
            .contains("Observation has no search parameter family")
    );
}

#[test]
fn a_named_query_that_is_not_defined_is_refused_even_to_the_lenient() {
    let lenient = Request { lenient: true, ..request(Some("Patient")) };
    let error = Query::parse(&lenient, "_query=current-high-risk", None).unwrap_err();
    assert_eq!((error.status(), error.issues[0].path.as_str()), (400, "_query"));
    assert!(error.message.contains("no named query"), "{error}");
}

#[test]
fn a_lenient_caller_gets_no_filter_without_its_unknown_names() {
    let lenient = Request { lenient: true, ..request(Some("Patient")) };
    assert!(Query::parse(&lenient, "_filter=nonsense+eq+x", None).is_err());
}

#[test]
fn texts_alone_come_without_includes() {
    let error = query("Patient", "_summary=text&_include=Patient:organization").unwrap_err();
    assert_eq!(error.issues[0].path, "_summary");
    assert!(query("Patient", "_summary=true&_include=Patient:organization").is_ok());
}

#[test]
fn what_has_no_meaning_among_contained_resources_is_refused() {
    for text in ["_contained=false", "_contained=both&_sort=-_lastUpdated", "_contained=true&_containedType=contained"]
    {
        assert!(query("Medication", text).is_ok(), "{text}");
    }
    let rows = [
        ("_contained=yes", "_contained"),
        ("_containedType=contained", "_containedType"),
        ("_contained=both&_containedType=contained", "_containedType"),
        ("_contained=true&_sort=status", "_sort"),
        ("_contained=true&_include=Medication:manufacturer", "_include"),
        ("_contained=true&_containedType=contained&_total=accurate", "_total"),
    ];
    for (text, at) in rows {
        let error = query("Medication", text).unwrap_err();
        assert_eq!((error.status(), error.issues[0].path.as_str()), (400, at), "{text}");
    }
    let several = request(None);
    assert_eq!(Query::parse(&several, "_contained=true", None).unwrap_err().issues[0].path, "_contained");
}
