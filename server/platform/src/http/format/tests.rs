//! Requests in, forms or refusals out.

use super::*;

fn asked(query: &str, accept: &str) -> Result<String> {
    let mut request = Request::new(Method::Get, "/mercy/fhir/Patient", query);
    if !accept.is_empty() {
        request.headers.push("accept", accept);
    }
    Format::asked(&request)
        .map(|format| format!("{}{}", format.content_type(), if format.pretty { " pretty" } else { "" }))
}

#[test]
fn the_heaviest_form_that_is_served_wins() {
    for (accept, expected) in [
        ("", "application/fhir+json"),
        ("*/*", "application/fhir+json"),
        ("application/*", "application/fhir+json"),
        ("text/*", "text/json"),
        ("application/fhir+xml", "application/fhir+xml"),
        ("Application/FHIR+XML ; charset=UTF-8", "application/fhir+xml"),
        ("application/json", "application/json"),
        ("text/xml", "text/xml"),
        ("application/fhir+json;q=0.5, application/fhir+xml;q=0.9", "application/fhir+xml"),
        ("application/fhir+xml;q=0.5, application/fhir+json", "application/fhir+json"),
        ("application/fhir+xml, application/fhir+json", "application/fhir+xml"),
        ("application/json, text/plain, */*", "application/json"),
        ("*/*, application/fhir+xml", "application/fhir+xml"),
        ("application/fhir+json;q=0, */*;q=0.1", "application/fhir+xml"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/xml"),
        ("application/fhir+json;fhirVersion=3.0, application/fhir+xml;q=0.1", "application/fhir+xml"),
        ("application/fhir+json;charset=latin1, */*;q=0.1", "application/fhir+json"),
    ] {
        assert_eq!(asked("", accept).unwrap(), format!("{expected}; charset=utf-8"), "{accept}");
    }
}

#[test]
fn the_version_comes_back_where_it_was_named() {
    for (query, accept) in
        [("", "application/fhir+xml; fhirVersion=4.0"), ("_format=application/fhir%2Bxml;fhirVersion=4.0", "")]
    {
        assert_eq!(asked(query, accept).unwrap(), "application/fhir+xml; fhirVersion=4.0; charset=utf-8");
    }
}

#[test]
fn the_parameter_wins_over_the_header() {
    for (query, expected) in [
        ("_format=json", "application/fhir+json; charset=utf-8"),
        ("_format=XML&_pretty=true", "application/fhir+xml; charset=utf-8 pretty"),
        ("_format=application/fhir+xml", "application/fhir+xml; charset=utf-8"),
        ("_format=application%2Fjson", "application/json; charset=utf-8"),
        ("_format=text/xml&_pretty=false", "text/xml; charset=utf-8"),
        ("name=x&_pretty=true", "text/json; charset=utf-8 pretty"),
    ] {
        assert_eq!(asked(query, "text/json").unwrap(), expected, "{query}");
    }
}

#[test]
fn what_is_not_served_is_refused_with_what_is() {
    for (query, accept, place) in [
        ("", "text/html", "Accept"),
        ("", "application/fhir+json;q=0", "Accept"),
        ("", "application/fhir+json; fhirVersion=5.0", "Accept"),
        ("", "application/fhir+json; charset=iso-8859-1", "Accept"),
        ("_format=ttl", "application/fhir+json", "_format"),
        ("_format=", "", "_format"),
        ("_format=application/fhir%2Bjson;fhirVersion=4.3", "", "_format"),
    ] {
        let error = asked(query, accept).unwrap_err();
        assert_eq!((error.status(), error.issues[0].path.as_str()), (406, place), "{query} {accept}");
        assert!(error.message.contains("application/fhir+json, application/fhir+xml, "), "{}", error.message);
    }
    for query in ["_pretty=yes", "_format=json&_format=xml", "_pretty=true&_pretty=true"] {
        assert_eq!(asked(query, "").unwrap_err().status(), 400, "{query}");
    }
}

#[test]
fn a_form_may_hold_the_format() {
    let mut request = Request::new(Method::Post, "/mercy/fhir/Patient/_search", "");
    request.headers.push("content-type", FORM);
    request.body = bytes::Bytes::from_static(b"name=x&_format=xml");
    assert_eq!(Format::asked(&request).unwrap().form, Form::Xml);
}

#[test]
fn an_error_takes_the_form_asked_for_where_there_is_one() {
    let mut request = Request::new(Method::Get, "/mercy/fhir/Patient", "_pretty=x");
    request.headers.push("accept", "application/fhir+xml");
    assert_eq!(Format::of_error(&request).form, Form::Xml);
    assert_eq!(Format::of_error(&Request::new(Method::Get, "/", "_format=turtle")).form, Form::Json);
}

#[test]
fn a_body_is_utf_8_and_r4() {
    for (content_type, expected) in [
        ("application/fhir+xml", Some(Form::Xml)),
        ("application/fhir+json; charset=\"UTF-8\"; fhirVersion=4.0", Some(Form::Json)),
        ("text/xml;x=y", Some(Form::Xml)),
        ("application/json-patch+json", None),
        ("application/x-www-form-urlencoded; charset=latin1", None),
    ] {
        assert_eq!(Format::of_body(content_type).unwrap(), expected, "{content_type}");
    }
    for content_type in ["application/fhir+json; charset=utf-16", "application/fhir+xml; fhirVersion=3.0"] {
        let error = Format::of_body(content_type).unwrap_err();
        assert_eq!((error.status(), error.message.contains("send ")), (415, true), "{content_type}");
    }
}
