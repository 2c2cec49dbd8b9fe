//! The rules of the patch page, and the laws that hold between a difference and its patch.

use super::*;
use theriac_core::json;

fn node(text: &str) -> Node<'static> {
    json::parse(text.as_bytes()).unwrap().into_owned()
}

fn patched(resource: &str, operations: &[&str]) -> Result<String> {
    let parts: Vec<String> =
        operations.iter().map(|parts| format!(r#"{{"name":"operation","part":[{parts}]}}"#)).collect();
    let parameters = format!(r#"{{"resourceType":"Parameters","parameter":[{}]}}"#, parts.join(","));
    FhirPathPatch::of(&node(&parameters))?.apply(node(resource)).map(|node| node.to_string())
}

/// The parts of an operation, from pairs `name=JSON of the value[x] member`.
fn op(kind: &str, path: &str, more: &[&str]) -> String {
    let mut parts = vec![
        format!(r#"{{"name":"type","valueCode":"{kind}"}}"#),
        format!(r#"{{"name":"path","valueString":"{path}"}}"#),
    ];
    parts.extend(more.iter().map(|part| {
        let (name, rest) = part.split_once('=').unwrap();
        format!(r#"{{"name":"{name}",{rest}}}"#)
    }));
    parts.join(",")
}

const PATIENT: &str = r#"{"resourceType":"Patient","id":"1","name":[{"family":"A","given":["x","y"],"_given":[null,{"id":"g"}]},{"family":"B"}],"birthDate":"1970-01-01","_birthDate":{"extension":[{"url":"u","valueString":"v"}]},"deceasedBoolean":false}"#;

#[test]
fn every_operation_does_what_the_page_says() {
    for (operation, from, to) in [
        (
            op("add", "Patient", &["name=\"valueString\":\"gender\"", "value=\"valueCode\":\"male\""]),
            r#""birthDate""#,
            r#""gender":"male","birthDate""#,
        ),
        (
            op("add", "Patient.name[1]", &["name=\"valueString\":\"given\"", "value=\"valueString\":\"z\""]),
            r#"{"family":"B"}"#,
            r#"{"family":"B","given":["z"]}"#,
        ),
        (
            op(
                "add",
                "Patient",
                &[
                    "name=\"valueString\":\"contact\"",
                    "value=\"part\":[{\"name\":\"gender\",\"valueCode\":\"male\"},{\"name\":\"name\",\"valueHumanName\":{\"text\":\"t\"}}]",
                ],
            ),
            r#","birthDate":"1970-01-01","_birthDate":{"extension":[{"url":"u","valueString":"v"}]},"deceasedBoolean":false}"#,
            r#","birthDate":"1970-01-01","_birthDate":{"extension":[{"url":"u","valueString":"v"}]},"deceasedBoolean":false,"contact":[{"name":{"text":"t"},"gender":"male"}]}"#,
        ),
        (
            op(
                "add",
                "Patient.birthDate",
                &[
                    "name=\"valueString\":\"extension\"",
                    "value=\"part\":[{\"name\":\"url\",\"valueUri\":\"w\"},{\"name\":\"value\",\"valueCode\":\"c\"}]",
                ],
            ),
            r#"{"url":"u","valueString":"v"}"#,
            r#"{"url":"u","valueString":"v"},{"url":"w","valueCode":"c"}"#,
        ),
        (
            op("insert", "Patient.name[0].given", &["index=\"valueInteger\":1", "value=\"valueString\":\"z\""]),
            r#""given":["x","y"],"_given":[null,{"id":"g"}]"#,
            r#""given":["x","z","y"],"_given":[null,null,{"id":"g"}]"#,
        ),
        (
            op("delete", "Patient.name[0].given[0]", &[]),
            r#""given":["x","y"],"_given":[null,{"id":"g"}]"#,
            r#""given":["y"],"_given":[{"id":"g"}]"#,
        ),
        (
            op("delete", "Patient.birthDate", &[]),
            r#""birthDate":"1970-01-01","_birthDate":{"extension":[{"url":"u","valueString":"v"}]},"#,
            "",
        ),
        (
            op("delete", "Patient.birthDate.extension('u')", &[]),
            r#","_birthDate":{"extension":[{"url":"u","valueString":"v"}]}"#,
            r#","_birthDate":{}"#,
        ),
        (op("delete", "Patient.photo", &[]), "", ""),
        (
            op("replace", "name.last().family", &["value=\"valueString\":\"C\""]),
            r#"{"family":"B"}"#,
            r#"{"family":"C"}"#,
        ),
        (
            op("replace", "Patient.deceased", &["value=\"valueDateTime\":\"2020\""]),
            r#""deceasedBoolean":false"#,
            r#""deceasedDateTime":"2020""#,
        ),
        (op("replace", "Patient.deceased.ofType(boolean)", &["value=\"valueBoolean\":true"]), "false", "true"),
        (
            op("move", "Patient.name", &["source=\"valueInteger\":1", "destination=\"valueInteger\":0"]),
            r#"[{"family":"A","given":["x","y"],"_given":[null,{"id":"g"}]},{"family":"B"}]"#,
            r#"[{"family":"B"},{"family":"A","given":["x","y"],"_given":[null,{"id":"g"}]}]"#,
        ),
    ] {
        assert_eq!(patched(PATIENT, &[&operation]).unwrap(), PATIENT.replacen(from, to, 1), "{operation}");
    }
}

#[test]
fn what_does_not_fit_the_resource_is_422() {
    let value = "value=\"valueString\":\"x\"";
    for operation in [
        op("add", "Patient.contact", &["name=\"valueString\":\"gender\"", value]),
        op("add", "Patient.name", &["name=\"valueString\":\"text\"", value]),
        op("add", "Patient", &["name=\"valueString\":\"birthDate\"", value]),
        op("add", "Patient", &["name=\"valueString\":\"nonsense\"", value]),
        op("add", "Observation", &["name=\"valueString\":\"status\"", value]),
        op("insert", "Patient.name", &["index=\"valueInteger\":3", value]),
        op("insert", "Patient.birthDate", &["index=\"valueInteger\":0", value]),
        op("delete", "Patient.name", &[]),
        op("delete", "Patient", &[]),
        op("delete", "Patient.nonsense", &[]),
        op("replace", "Patient.gender", &[value]),
        op("replace", "Patient.name", &[value]),
        op("replace", "Patient.deceased", &["value=\"valueCode\":\"x\""]),
        op("move", "Patient.name", &["source=\"valueInteger\":2", "destination=\"valueInteger\":0"]),
        op("move", "Patient.birthDate", &["source=\"valueInteger\":0", "destination=\"valueInteger\":0"]),
    ] {
        let error = patched(PATIENT, &[&operation]).unwrap_err();
        assert_eq!((error.status(), error.issues[0].path.as_str()), (422, "operation 1"), "{operation}: {error}");
    }
}

#[test]
fn what_is_no_patch_is_400() {
    for operation in [
        r#"{"name":"type","valueCode":"add"}"#.to_owned(),
        op("merge", "Patient", &[]),
        op("add", "Patient", &["name=\"valueString\":\"gender\""]),
        op("insert", "Patient.name", &["value=\"valueString\":\"x\""]),
        op("move", "Patient.name", &["source=\"valueInteger\":-1", "destination=\"valueInteger\":0"]),
        op("delete", "Patient.name[", &[]),
        op("delete", "Patient..name", &[]),
        op("delete", "Patient.name.trace('x')", &[]),
        op("delete", "Patient.name.where(use = 'x'", &[]),
    ] {
        assert_eq!(patched(PATIENT, &[&operation]).unwrap_err().status(), 400, "{operation}");
    }
    assert_eq!(FhirPathPatch::of(&node(r#"{"resourceType":"Patient"}"#)).unwrap_err().status(), 400);
}

/// Every pair of these states, both ways.
const STATES: &[&str] = &[
    PATIENT,
    r#"{"resourceType":"Patient","id":"1"}"#,
    r#"{"resourceType":"Patient","id":"1","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"},"name":[{"family":"B"},{"family":"A","given":["y"]},{"text":"T"}],"deceasedDateTime":"2020","contact":[{"gender":"male"}]}"#,
    r#"{"resourceType":"Patient","id":"1","contained":[{"resourceType":"Organization","id":"o","name":"n"}],"name":[{"id":"a","family":"A"},{"id":"b","family":"B"}],"contact":[{"name":{"given":["q"]}},{"gender":"female"}],"managingOrganization":{"reference":"o"}}"#,
    r#"{"resourceType":"Patient","id":"1","contained":[{"resourceType":"Organization","id":"o","name":"m"}],"name":[{"id":"b","family":"A"},{"id":"a","family":"B"}],"birthDate":"1970-01-01","multipleBirthInteger":2}"#,
];

#[test]
fn the_difference_of_two_states_makes_the_second_of_the_first() {
    for old in STATES {
        for new in STATES {
            let (old, new) = (node(old), node(new));
            let difference = diff::diff(&old, &new).unwrap();
            let patch = FhirPathPatch::of(&difference).unwrap_or_else(|e| panic!("{difference}: {e}"));
            let mut made = patch.apply(old.clone()).unwrap_or_else(|e| panic!("{difference}: {e}"));
            crate::patch::without_empty(&mut made);
            assert_eq!(sorted(&made), sorted(&new), "{difference}");
            assert_eq!(difference.get("parameter").is_none(), old == new);
        }
    }
}

/// Members in the order of their names: JSON does not say which comes first.
fn sorted(node: &Node<'_>) -> String {
    let value: serde_json::Value = serde_json::from_str(&node.to_string()).unwrap();
    fn sort(value: serde_json::Value) -> serde_json::Value {
        match value {
            serde_json::Value::Object(object) => {
                let mut members: Vec<_> = object.into_iter().map(|(n, v)| (n, sort(v))).collect();
                members.sort_by(|a, b| a.0.cmp(&b.0));
                members.into_iter().collect()
            }
            serde_json::Value::Array(items) => items.into_iter().map(sort).collect(),
            other => other,
        }
    }
    sort(value).to_string()
}

#[test]
fn a_reordered_list_is_moved_from_its_beginning_on() {
    let list = |order: &[u8]| {
        let items: Vec<String> = order.iter().map(|n| format!(r#"{{"value":"{n}"}}"#)).collect();
        node(&format!(r#"{{"resourceType":"Patient","identifier":[{}]}}"#, items.join(",")))
    };
    for (order, moves) in [
        (&[1, 4, 2, 3][..], &[(3, 1)][..]),
        (&[2, 3, 1, 4], &[(1, 0), (2, 1)]),
        (&[4, 3, 2, 1], &[(3, 0), (3, 1), (3, 2)]),
    ] {
        let difference = diff::diff(&list(&[1, 2, 3, 4]), &list(order)).unwrap();
        let expected: Vec<String> = moves
            .iter()
            .map(|(source, destination)| {
                let parts = op(
                    "move",
                    "Patient.identifier",
                    &[
                        &format!("source=\"valueInteger\":{source}"),
                        &format!("destination=\"valueInteger\":{destination}"),
                    ],
                );
                format!(r#"{{"name":"operation","part":[{parts}]}}"#)
            })
            .collect();
        assert_eq!(difference.get("parameter").unwrap().to_string(), format!("[{}]", expected.join(",")));
    }
}
