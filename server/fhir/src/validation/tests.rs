//! What each level refuses, on both engines.

use super::{admit, tell};
use crate::kind;
use crate::profile::Severity;
use crate::store::search::tests::rig::House;
use theriac_core::json::parse;
use theriac_platform::db::Unit;
use theriac_platform::{Context, Settings};

const PROFILE: &str = r#"{"resourceType":"StructureDefinition","id":"born","url":"http://example.org/born","name":"Born","status":"active","kind":"resource","abstract":false,"type":"Patient","derivation":"constraint","baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient","differential":{"element":[{"id":"Patient.birthDate","path":"Patient.birthDate","min":1}]}}"#;

async fn choose(context: &Context, name: &str, value: &str) {
    let mut unit = Unit::new();
    let before = Settings::read(&context.db, context.now()).await.unwrap();
    before.change(&mut unit, &context.db, context.now(), name, value).unwrap();
    context.db.commit(unit).await.unwrap();
}

/// The status of the refusal and its first place; nothing if it is admitted.
async fn told(context: &Context, rest: &str) -> Option<(u16, String)> {
    let text = format!(r#"{{"resourceType":"Patient"{rest}}}"#);
    let node = parse(text.as_bytes()).unwrap();
    let error = admit(context, &node, kind::find("Patient").unwrap()).await.err()?;
    Some((error.status(), error.issues[0].path.clone()))
}

const LAX: &str = r#","gender":"none""#;
const UNKNOWN: &str = r#","nickname":"x""#;
const DECLARES: &str = r#","meta":{"profile":["http://example.org/born"]}"#;
const DECLARES_UNKNOWN: &str = r#","meta":{"profile":["http://example.org/nobody"]}"#;

#[tokio::test]
async fn a_tenant_gets_what_it_chose() {
    for mut house in House::each().await {
        house.put(&[PROFILE.to_owned()]).await;
        let context = &house.context;
        let refused = |status: u16, path: &str| Some((status, path.to_owned()));
        let gender = refused(400, "Patient.gender");
        let born = refused(422, "Patient.birthDate");

        assert_eq!((told(context, LAX).await, told(context, DECLARES).await), (gender.clone(), None), "base");

        choose(context, "fhir.validation", "off").await;
        assert_eq!((told(context, LAX).await, told(context, DECLARES).await), (None, None), "off");
        assert_eq!(told(context, UNKNOWN).await, refused(400, "Patient.nickname"), "off");

        choose(context, "fhir.validation", "declared").await;
        assert_eq!((told(context, LAX).await, told(context, "").await), (gender, None), "declared");
        assert_eq!(told(context, DECLARES).await, born, "declared");
        assert_eq!(told(context, DECLARES_UNKNOWN).await, refused(422, "Patient"), "declared");
        assert_eq!(told(context, &format!(r#"{DECLARES},"birthDate":"2001""#)).await, None, "declared");

        choose(context, "fhir.validation", "required").await;
        assert_eq!(told(context, "").await, None, "required, of no type");
        choose(context, "fhir.validation.profiles", "Patient=http://example.org/born").await;
        assert_eq!(told(context, "").await, born, "required");
    }
}

#[tokio::test]
async fn a_profile_that_changes_is_seen_by_the_next_check() {
    for mut house in House::each().await {
        choose(&house.context, "fhir.validation", "declared").await;
        assert_eq!(told(&house.context, DECLARES).await.map(|(status, _)| status), Some(422), "nobody knows it yet");
        house.put(&[PROFILE.to_owned()]).await;
        assert_eq!(told(&house.context, DECLARES).await, Some((422, "Patient.birthDate".to_owned())));
        house.delete("StructureDefinition", "born").await;
        assert_eq!(told(&house.context, DECLARES).await, Some((422, "Patient".to_owned())));
    }
}

const STRANGE: &str =
    r#","extension":[{"url":"http://nobody.org/x","valueString":"a"}],"photo":[{"url":"http://example.org/x"}]"#;
const LINKED: &str = r#","link":[{"type":"seealso","other":{"reference":"Patient/other"}}]"#;

#[tokio::test]
async fn a_tenant_may_be_stricter_than_the_standard_and_milder_with_unknown_profiles() {
    for house in House::each().await {
        let context = &house.context;
        choose(context, "fhir.validation", "declared").await;
        assert_eq!(told(context, STRANGE).await, None);
        choose(context, "fhir.validation.examples", "refuse").await;
        assert_eq!(told(context, STRANGE).await, Some((422, "Patient.photo[0].url".to_owned())));
        choose(context, "fhir.validation.examples", "allow").await;
        choose(context, "fhir.validation.unknown-extensions", "error").await;
        assert_eq!(told(context, STRANGE).await, Some((422, "Patient.extension[0]".to_owned())));
        choose(context, "fhir.validation.extension-domains", "http://nobody.org/").await;
        assert_eq!(told(context, STRANGE).await, None);
        assert_eq!(told(context, DECLARES_UNKNOWN).await, Some((422, "Patient".to_owned())));
        choose(context, "fhir.validation.unknown-profiles", "warn").await;
        assert_eq!(told(context, DECLARES_UNKNOWN).await, None);
    }
}

/// The places of the errors that `$validate` would tell.
async fn errors(context: &Context, rest: &str) -> Vec<String> {
    let text = format!(r#"{{"resourceType":"Patient"{rest}}}"#);
    let node = parse(text.as_bytes()).unwrap();
    let (faults, findings) = tell(context, kind::find("Patient").unwrap(), &node, &[]).await.unwrap();
    let findings = findings.iter().filter(|f| f.severity == Severity::Error).map(|f| f.path.clone());
    faults.iter().map(|f| f.path.clone()).chain(findings).collect()
}

#[tokio::test]
async fn references_are_followed_to_what_the_tenant_has_stored() {
    for mut house in House::each().await {
        assert!(errors(&house.context, LINKED).await.is_empty());
        choose(&house.context, "fhir.validation.references", "exists").await;
        assert_eq!(errors(&house.context, LINKED).await, ["Patient.link[0].other"]);
        house.put(&[r#"{"resourceType":"Patient","id":"other"}"#.to_owned()]).await;
        assert!(errors(&house.context, LINKED).await.is_empty());
        house.delete("Patient", "other").await;
        assert_eq!(errors(&house.context, LINKED).await, ["Patient.link[0].other"], "it is gone");
    }
}

#[tokio::test]
async fn contained_resources_may_be_left_unjudged() {
    const CONTAINED: &str = r##","contained":[{"resourceType":"Patient","id":"a","gender":"none"}],"link":[{"type":"seealso","other":{"reference":"#a"}}]"##;
    for house in House::each().await {
        assert_eq!(errors(&house.context, CONTAINED).await, ["Patient.contained[0].gender"]);
        choose(&house.context, "fhir.validation.contained", "ignore").await;
        assert!(errors(&house.context, CONTAINED).await.is_empty());
    }
}
