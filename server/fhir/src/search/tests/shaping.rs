//! Parameters that shape the answer, and the self link.

use super::super::query::{SortBy, Summary, Total};
use super::super::{Query, hash};
use super::{query, request};
use crate::search::parameter::Kind;
use theriac_core::clock::Instant;

#[test]
fn reads_the_parameters_of_the_answer() {
    let text = "_count=20&_summary=count&_total=accurate&_elements=id,Patient.name&_at=1970-01-01T01:00:00%2B01:00";
    let found = query("Patient", text).unwrap();
    assert_eq!((found.count, found.summary, found.total), (Some(20), Summary::Count, Some(Total::Accurate)));
    assert_eq!((found.elements.join(" "), found.at), ("id name".to_owned(), Some(Instant(0))));
    assert!(found.criteria.is_empty());
    for text in [
        "_count=-1",
        "_summary=some",
        "_total=all",
        "_elements=a.b",
        "_elements=",
        "_at=2020",
        "_cursor=abc",
        "_sort=",
        "_sort=gender:asc",
        "_sort=nonsense",
    ] {
        assert_eq!(query("Patient", text).unwrap_err().issues[0].path, text.split_once('=').unwrap().0, "{text}");
    }
}

#[test]
fn sort_keys_resolve_to_their_kind() {
    let found = query("Patient", "_sort=-birthdate,family,_lastUpdated,-_id").unwrap().sort;
    let param = |code: &str, kind| SortBy::Param {
        code: code.to_owned(),
        params: vec![hash::parameter_number("Patient", code)],
        kind,
    };
    assert_eq!(found[0].by, param("birthdate", Kind::Date));
    assert!(found[0].descending && !found[1].descending && found[3].descending);
    assert_eq!(found[1].by, param("family", Kind::String));
    assert_eq!((&found[2].by, &found[3].by), (&SortBy::LastUpdated, &SortBy::Id));
    let seeds = |code: &str, forms: &[hash::Form]| {
        let seeds = hash::Seeds::new("Patient", code);
        SortBy::Value { code: code.to_owned(), seeds: forms.iter().map(|form| seeds.of(*form)).collect() }
    };
    let found = query("Patient", "_sort=gender,-organization").unwrap().sort;
    assert_eq!(found[0].by, seeds("gender", &[hash::Form::Code]));
    assert_eq!(found[1].by, seeds("organization", &[hash::Form::Reference, hash::Form::Uri]));
}

#[test]
fn an_order_by_distance_needs_the_place_it_is_measured_from() {
    let found = query("Location", "_sort=near&near=0|0|1|km,0|180|1|km").unwrap();
    let SortBy::Near { points } = &found.sort[0].by else { panic!("{:?}", found.sort) };
    assert_eq!((points.len(), points[0]), (2, [1.0, 0.0, 0.0]));
    assert_eq!(query("Location", "_sort=near").unwrap_err().issues[0].path, "_sort");
    assert_eq!(query("Location", "_sort=near&near:not=0|0|1|km").unwrap_err().issues[0].path, "_sort");
}

#[test]
fn includes_resolve_to_edges() {
    let found = query(
        "Observation",
        "_include=Observation:subject:Patient&_include:iterate=Patient:*&_revinclude=Provenance:target",
    )
    .unwrap();
    let edge = &found.includes[0].edges[0];
    assert_eq!((edge.source.as_str(), edge.targets.as_slice()), ("Observation", &["Patient".to_owned()][..]));
    assert_eq!(edge.seed, hash::Seeds::new("Observation", "subject").of(hash::Form::Reference));
    let all: Vec<_> = found.includes[1].edges.iter().map(|e| e.param.as_str()).collect();
    assert_eq!(all, ["general-practitioner", "link", "organization"]);
    assert!(found.includes[1].iterate);
    assert_eq!(found.revincludes[0].edges[0].source, "Provenance");
    let sources = query("Practitioner", "_revinclude=*").unwrap().revincludes.remove(0).edges;
    assert!(sources.iter().any(|e| e.source == "Patient" && e.param == "general-practitioner"));
    assert!(sources.iter().all(|e| e.targets.contains(&"Practitioner".to_owned())));
    for (text, part) in [
        ("_include=subject", "takes Type:parameter"),
        ("_include=Observation:code", "not a reference"),
        ("_include=Observation:subject:Medication", "points to"),
        ("_include=Observation:subjekt", "nearest first"),
        ("_include:recurse=Observation:subject", "takes :iterate"),
        ("_revinclude=Patient:organization", "does not point to Observation"),
    ] {
        let error = query("Observation", text).unwrap_err();
        assert!(error.message.contains(part), "{text}: {error}");
    }
}

#[test]
fn the_self_link_says_what_was_used_in_one_order() {
    let one = query("Patient", "_count=5&name=b&_sort=family&_include=Patient:organization&name=a%2Cc").unwrap();
    let two = query("Patient", "name=a,c&_sort=family&name=b&_include=Patient:organization&_count=5").unwrap();
    assert_eq!(one.self_link(), "name=a,c&name=b&_include=Patient:organization&_sort=family&_count=5");
    assert_eq!(one.self_link(), two.self_link());
    assert_eq!(query("Patient", &one.self_link()).unwrap().self_link(), one.self_link());
}

#[test]
fn form_body_and_query_are_one() {
    let found = Query::parse(&request(Some("Patient")), "gender=male", Some("name=a&_count=3")).unwrap();
    assert_eq!((found.criteria.len(), found.count), (2, Some(3)));
}
