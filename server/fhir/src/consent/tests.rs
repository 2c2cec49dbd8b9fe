//! Consents as data, and what each leaves of three patients' records, on both engines.

use crate::interaction::read;
use crate::policy;
use crate::store::search::tests::House;
use crate::store::search::{Ask, page};
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use theriac_access::{Grant, Interaction, Role, Scopes};
use theriac_core::{Clock, Instant};
use theriac_platform::Context;
use theriac_platform::context::Trail;

const WARD: &[&str] = &[
    r#"{"resourceType":"Patient","id":"a"}"#,
    r#"{"resourceType":"Patient","id":"b"}"#,
    r#"{"resourceType":"Location","id":"l"}"#,
    r#"{"resourceType":"Observation","id":"lab","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"PSY"}]},"status":"final","code":{"coding":[{"system":"http://loinc.org","code":"1-8"}]},"subject":{"reference":"Patient/a"},"effectiveDateTime":"2020-05-01"}"#,
    r#"{"resourceType":"Observation","id":"old","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"2-6"}]},"subject":{"reference":"Patient/a"},"effectiveDateTime":"1999-05-01"}"#,
    r#"{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/a"},"code":{"coding":[{"system":"http://snomed.info/sct","code":"38341003"}]}}"#,
    r#"{"resourceType":"Observation","id":"b","status":"final","code":{"text":"t"},"subject":{"reference":"Patient/b"}}"#,
];

/// Everything there is, and what patient a's consent decides about.
const ALL: &str = "Condition/c Location/l Observation/b Observation/lab Observation/old Patient/a Patient/b";
const WITHOUT_A: &str = "Location/l Observation/b Patient/b";

fn consent(provision: &str) -> String {
    format!(
        r#"{{"resourceType":"Consent","id":"x","status":"active","scope":{{"coding":[{{"code":"patient-privacy"}}]}},"category":[{{"coding":[{{"code":"59284-0"}}]}}],"patient":{{"reference":"Patient/a"}},"policyRule":{{"coding":[{{"code":"OPTIN"}}]}},"provision":{provision}}}"#
    )
}

/// A provision, the purpose that is stated, and what a service sees then.
#[rustfmt::skip]
const ROWS: &[(&str, Option<&str>, &str)] = &[
    (r#"{}"#, Some("TREAT"), ALL),
    (r#"{"type":"deny"}"#, Some("TREAT"), WITHOUT_A),
    (r#"{"type":"deny","class":[{"code":"Condition"}]}"#, Some("TREAT"), "Location/l Observation/b Observation/lab Observation/old Patient/a Patient/b"),
    (r#"{"type":"deny","code":[{"coding":[{"system":"http://loinc.org","code":"1-8"}]}]}"#, Some("TREAT"), "Condition/c Location/l Observation/b Observation/old Patient/a Patient/b"),
    (r#"{"type":"deny","securityLabel":[{"code":"PSY"}]}"#, Some("TREAT"), "Condition/c Location/l Observation/b Observation/old Patient/a Patient/b"),
    // What has no date may be of the period.
    (r#"{"type":"deny","dataPeriod":{"start":"2020-01-01","end":"2020-12-31"}}"#, Some("TREAT"), "Location/l Observation/b Observation/old Patient/b"),
    (r#"{"type":"deny","data":[{"meaning":"instance","reference":{"reference":"Observation/old"}}]}"#, Some("TREAT"), "Condition/c Location/l Observation/b Observation/lab Patient/a Patient/b"),
    (r#"{"type":"deny","data":[{"meaning":"related","reference":{"reference":"Observation/old"}}]}"#, Some("TREAT"), WITHOUT_A),
    (r#"{"type":"deny","purpose":[{"code":"HRESCH"}]}"#, Some("TREAT"), ALL),
    (r#"{"type":"deny","purpose":[{"code":"HRESCH"}]}"#, Some("CLINTRCH"), WITHOUT_A),
    // Who does not say for what is denied what is denied for something.
    (r#"{"type":"deny","purpose":[{"code":"HRESCH"}]}"#, None, WITHOUT_A),
    (r#"{"type":"deny","action":[{"coding":[{"code":"correct"}]}]}"#, Some("TREAT"), ALL),
    (r#"{"type":"deny","action":[{"coding":[{"code":"disclose"}]}]}"#, Some("TREAT"), WITHOUT_A),
    (r#"{"type":"deny","period":{"end":"2019-12-31"}}"#, Some("TREAT"), ALL),
    (r#"{"type":"deny","period":{"start":"2019-12-31"}}"#, Some("TREAT"), WITHOUT_A),
    (r#"{"type":"deny","actor":[{"role":{"text":"r"},"reference":{"reference":"Practitioner/someone"}}]}"#, Some("TREAT"), ALL),
    (r#"{"type":"deny","actor":[{"role":{"text":"r"},"reference":{"reference":"Device/robot"}}]}"#, Some("TREAT"), WITHOUT_A),
    (r#"{"type":"deny","actor":[{"role":{"text":"r"},"reference":{"identifier":{"system":"urn:theriac:role","value":"service"}}}]}"#, Some("TREAT"), WITHOUT_A),
    // Whether the caller belongs to it is not known.
    (r#"{"type":"deny","actor":[{"role":{"text":"r"},"reference":{"reference":"Organization/o"}}]}"#, Some("TREAT"), WITHOUT_A),
    // Exceptions, and exceptions of exceptions.
    (r#"{"type":"deny","provision":[{"type":"permit","class":[{"code":"Observation"}]}]}"#, Some("TREAT"), "Location/l Observation/b Observation/lab Observation/old Patient/b"),
    (r#"{"type":"permit","provision":[{"type":"deny","class":[{"code":"Observation"}],"provision":[{"type":"permit","code":[{"coding":[{"code":"2-6"}]}]}]}]}"#, Some("TREAT"), "Condition/c Location/l Observation/b Observation/old Patient/a Patient/b"),
    (r#"{"type":"deny","provision":[{"type":"permit","purpose":[{"code":"TREAT"}]}]}"#, Some("ETREAT"), ALL),
    (r#"{"type":"deny","provision":[{"type":"permit","purpose":[{"code":"TREAT"}]}]}"#, None, WITHOUT_A),
];

/// A service that reads everything, in the year 2021.
fn service(house: &House, purpose: Option<&str>) -> Context {
    let mut grant = Grant::new(Role::Service, "robot", house.context.tenant.name.as_ref());
    grant.scopes = Scopes::parse("system/*.rs").unwrap();
    let trail =
        Trail { purpose: purpose.map(str::to_owned), base: house.context.trail.base.clone(), ..Trail::default() };
    let now = Instant::parse("2021-01-01T00:00:00Z").unwrap().0;
    let clock = Clock::Held(Arc::new(AtomicI64::new(now)));
    Context { grant: Arc::new(grant), trail: Arc::new(trail), clock, ..house.context.clone() }
}

/// Everything that is found, Consents left out; reading one by one says the same.
async fn seen(context: &Context) -> String {
    policy::refresh(context).await.unwrap();
    let found = page(context, &Ask { limit: 100, ..Ask::default() }).await.unwrap().found;
    let mut names: Vec<String> = Vec::new();
    for row in found {
        assert!(read::is_visible(context, Interaction::Read, &row.version).unwrap());
        names.push(format!("{}/{}", crate::kind::name(row.version.kind), row.version.id));
    }
    names.retain(|name| !name.starts_with("Consent"));
    names.sort();
    names.join(" ")
}

#[tokio::test]
async fn a_provision_withholds_what_it_says_and_what_cannot_be_decided() {
    for mut house in House::each().await {
        house.put(&WARD.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()).await;
        house.put(&[consent("{}")]).await;
        for (provision, purpose, wanted) in ROWS {
            house.change(&consent(provision)).await.unwrap();
            assert_eq!(seen(&service(&house, *purpose)).await, *wanted, "{:?} {provision} {purpose:?}", house.engine());
        }
        assert_eq!(seen(&house.context).await, ALL, "a custodian keeps the consents and is not bound by them");
    }
}

#[tokio::test]
async fn a_consent_that_is_not_in_force_says_nothing() {
    for mut house in House::each().await {
        house.put(&WARD.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()).await;
        let denies = consent(r#"{"type":"deny"}"#);
        house.put(std::slice::from_ref(&denies)).await;
        let caller = service(&house, None);
        assert_eq!(seen(&caller).await, WITHOUT_A);
        for (from, to) in
            [("\"active\"", "\"inactive\""), ("\"active\"", "\"entered-in-error\""), ("patient-privacy", "adr")]
        {
            house.change(&denies.replace(from, to)).await.unwrap();
            assert_eq!(seen(&caller).await, ALL, "{to}");
        }
        house.change(&denies).await.unwrap();
        assert_eq!(seen(&caller).await, WITHOUT_A);
        assert!(house.remove("Consent", "x").await);
        assert_eq!(seen(&caller).await, ALL);
    }
}

#[tokio::test]
async fn a_denial_goes_before_a_permission_and_binds_those_to_whom_the_patient_is_assigned() {
    for mut house in House::each().await {
        house.put(&WARD.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()).await;
        let denies = consent(r#"{"type":"deny","class":[{"code":"Observation"}]}"#);
        house.put(&[consent(r#"{"type":"permit"}"#), denies.replace("\"id\":\"x\"", "\"id\":\"y\"")]).await;
        let clinician = house.clinician(&["a"]);
        assert_eq!(seen(&clinician).await, "Condition/c Location/l Patient/a");
        let opened = Grant { opened: vec!["Patient/a".into()], ..(*clinician.grant).clone() };
        let opened = Context { grant: Arc::new(opened), ..clinician };
        assert_eq!(seen(&opened).await, "Condition/c Location/l Observation/lab Observation/old Patient/a");
    }
}
