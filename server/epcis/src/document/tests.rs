//! The frame around events.

use super::*;

fn path_of(text: &str) -> (String, String) {
    let error = Document::parse(text.as_bytes()).map(|_| ()).unwrap_err();
    (error.issues[0].path.clone(), error.issues[0].message.clone())
}

fn frame(members: &str) -> String {
    format!(r#"{{"@context":[],"type":"EPCISDocument","creationDate":"2026-11-20T08:00:00Z",{members}}}"#)
}

#[test]
fn faults_of_the_frame_are_named_with_their_path() {
    let body = r#""epcisBody":{"eventList":[]}"#;
    for (text, path, why) in [
        ("[]".to_owned(), "$", "an array"),
        ("{}".to_owned(), "$.type", "needed"),
        (frame(body), "$.schemaVersion", "needed"),
        (frame(&format!(r#""schemaVersion":"1.2",{body}"#)), "$.schemaVersion", "use 2.0"),
        (frame(&format!(r#""schemaVersion":"two",{body}"#)), "$.schemaVersion", "no version"),
        (frame(r#""schemaVersion":"2.0""#), "$.epcisBody", "needed"),
        (frame(r#""schemaVersion":"2.0","epcisBody":{}"#), "$.epcisBody.eventList", "missing"),
        (frame(r#""schemaVersion":"2.0","epcisBody":{"eventList":{}}"#), "$.epcisBody.eventList", "an array of events"),
        (frame(&format!(r#""schemaVersion":"2.0","surprise":1,{body}"#)), "$.surprise", "no `surprise`"),
        (r#"{"type":"ObjectEvent"}"#.to_owned(), "$['@context']", "stands alone"),
    ] {
        let (found, message) = path_of(&text);
        assert_eq!(found, path, "{text}");
        assert!(message.contains(why), "{message}");
    }
    assert_eq!(path_of("{\n\"type\":}").0, "line 2, column 8");
}

#[test]
fn a_bad_event_does_not_hide_the_others() {
    let good = r#"{"type":"ObjectEvent","eventTime":"2026-11-20T08:00:00Z","eventTimeZoneOffset":"+00:00","action":"ADD","epcList":[]}"#;
    let text = frame(&format!(r#""schemaVersion":"2.0","epcisBody":{{"eventList":[{good},7,{good}]}}"#));
    let document = Document::parse(text.as_bytes()).unwrap();
    let fits: Vec<bool> = document.events().map(|e| e.is_ok()).collect();
    assert_eq!(fits, [true, false, true]);
    assert_eq!(document.check().unwrap_err().issues[0].path, "$.epcisBody.eventList[1]");
}

#[test]
fn master_data_and_ignored_fields_are_handed_through() {
    let text = frame(
        r#""schemaVersion":"2.0","gs1:ignoreFields":["gs1:a"],"epcisBody":{"eventList":[]},
           "epcisHeader":{"epcisMasterData":{"vocabularyList":[{"type":"urn:x"}]}}"#,
    );
    let document = Document::parse(text.as_bytes()).unwrap();
    assert_eq!(document.vocabulary_list()[0].text("type"), Some("urn:x"));
    assert_eq!(document.ignored_fields(), ["gs1:a"]);
    assert!(document.is_empty());
}
