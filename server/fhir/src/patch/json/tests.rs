//! Each rule of RFC 6902 once, as it goes well and as it fails.

use super::*;

const DOCUMENT: &str = r#"{"a":{"b":1.10},"list":["x","y"],"m~n":0,"p/q":1}"#;

fn patched(document: &str, patch: &str) -> Result<String> {
    let document = json::parse(document.as_bytes()).unwrap().into_owned();
    JsonPatch::read(patch.as_bytes())?.apply(document).map(|node| node.to_string())
}

#[test]
fn every_operation_does_what_its_section_says() {
    for (document, patch, expected) in [
        ("{}", r#"[{"op":"add","path":"/a","value":1}]"#, r#"{"a":1}"#),
        (r#"{"a":1}"#, r#"[{"op":"add","path":"/a","value":null}]"#, r#"{"a":null}"#),
        ("[1,3]", r#"[{"op":"add","path":"/1","value":2}]"#, "[1,2,3]"),
        ("[1]", r#"[{"op":"add","path":"/1","value":2},{"op":"add","path":"/-","value":3}]"#, "[1,2,3]"),
        ("{}", r#"[{"op":"add","path":"","value":[1]}]"#, "[1]"),
        (r#"{"a":1,"b":2}"#, r#"[{"op":"remove","path":"/a"}]"#, r#"{"b":2}"#),
        ("[1,2]", r#"[{"op":"remove","path":"/0"}]"#, "[2]"),
        (r#"{"a":1,"b":2}"#, r#"[{"op":"replace","path":"/a","value":3.50}]"#, r#"{"a":3.50,"b":2}"#),
        ("[0,1,2]", r#"[{"op":"move","from":"/0","path":"/2"}]"#, "[1,2,0]"),
        (r#"{"a":1}"#, r#"[{"op":"move","from":"/a","path":"/b"}]"#, r#"{"b":1}"#),
        (r#"{"a":{"b":1}}"#, r#"[{"op":"move","from":"/a/b","path":"/a"}]"#, r#"{"a":1}"#),
        ("[[1]]", r#"[{"op":"copy","from":"/0","path":"/0/-"}]"#, "[[1,[1]]]"),
        (r#"{"~1":1}"#, r#"[{"op":"replace","path":"/~01","value":2}]"#, r#"{"~1":2}"#),
        (r#"{"":1}"#, r#"[{"op":"replace","path":"/","value":2}]"#, r#"{"":2}"#),
        ("[]", "[]", "[]"),
    ] {
        assert_eq!(patched(document, patch).unwrap(), expected, "{patch}");
    }
}

#[test]
fn a_test_lets_the_rest_through_or_stops_all() {
    let patch =
        |value: &str| format!(r#"[{{"op":"test","path":"/a/b","value":{value}}},{{"op":"remove","path":"/a"}}]"#);
    assert_eq!(patched(DOCUMENT, &patch("1.1")).unwrap(), r#"{"list":["x","y"],"m~n":0,"p/q":1}"#);
    let error = patched(DOCUMENT, &patch("2")).unwrap_err();
    assert_eq!((error.status(), error.issues[0].path.as_str()), (422, "operation 1"));
}

#[test]
fn what_does_not_fit_the_document_is_422_and_names_the_operation() {
    for operation in [
        r#"{"op":"add","path":"/none/b","value":1}"#,
        r#"{"op":"add","path":"/list/3","value":1}"#,
        r#"{"op":"add","path":"/list/x","value":1}"#,
        r#"{"op":"add","path":"/list/01","value":1}"#,
        r#"{"op":"add","path":"/m~0n/x","value":1}"#,
        r#"{"op":"remove","path":"/none"}"#,
        r#"{"op":"remove","path":"/list/2"}"#,
        r#"{"op":"remove","path":"/list/-"}"#,
        r#"{"op":"remove","path":""}"#,
        r#"{"op":"replace","path":"/none","value":1}"#,
        r#"{"op":"move","from":"/none","path":"/x"}"#,
        r#"{"op":"move","from":"/a","path":"/a/b"}"#,
        r#"{"op":"copy","from":"/none","path":"/x"}"#,
        r#"{"op":"test","path":"/none","value":null}"#,
    ] {
        let error = patched(DOCUMENT, &format!("[{operation}]")).unwrap_err();
        assert_eq!((error.status(), error.issues[0].path.as_str()), (422, "operation 1"), "{operation}: {error}");
    }
}

#[test]
fn what_is_no_patch_is_400() {
    for patch in [
        "{}",
        "[1]",
        r#"[{"path":"/a"}]"#,
        r#"[{"op":"merge","path":"/a"}]"#,
        r#"[{"op":"add","value":1}]"#,
        r#"[{"op":"add","path":"/a"}]"#,
        r#"[{"op":"add","path":"a","value":1}]"#,
        r#"[{"op":"add","path":"/~2","value":1}]"#,
        r#"[{"op":"move","path":"/a"}]"#,
        r#"[{"op":"remove","path":1}]"#,
    ] {
        assert_eq!(patched(DOCUMENT, patch).unwrap_err().status(), 400, "{patch}");
    }
}

#[test]
fn copies_cannot_grow_without_end() {
    let double = r#"{"op":"copy","from":"","path":"/x"},"#.repeat(200);
    let patch = format!("[{}]", double.trim_end_matches(','));
    assert_eq!(patched(DOCUMENT, &patch).unwrap_err().status(), 422);
    let wide = r#"{"op":"copy","from":"/list","path":"/list/-"},"#.repeat(40);
    let patch = format!("[{}]", wide.trim_end_matches(','));
    assert_eq!(patched(DOCUMENT, &patch).unwrap_err().status(), 422);
}

#[test]
fn what_is_emptied_is_taken_out_of_a_resource() {
    let mut node = json::parse(br#"{"a":[],"b":{"c":[{}]},"d":[null,{"e":[1]}],"f":""}"#).unwrap();
    crate::patch::without_empty(&mut node);
    assert_eq!(node.to_string(), r#"{"d":[null,{"e":[1]}],"f":""}"#);
}
