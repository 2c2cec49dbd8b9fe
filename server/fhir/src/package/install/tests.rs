//! Packages on both engines: what comes in, what is refused, what goes.

use super::*;
use crate::canonical::Canonicals;
use crate::package::archive::tests::tgz;
use crate::package::remove;
use crate::store::search::tests::House;

fn package(name: &str, version: &str, needs: &str, title: &str) -> Vec<u8> {
    let manifest =
        format!(r#"{{"name":"{name}","version":"{version}","fhirVersions":["4.0.1"],"dependencies":{{{needs}}}}}"#);
    let set = format!(
        r#"{{"resourceType":"ValueSet","id":"set","url":"http://example.org/set","version":"{version}","status":"active","title":"{title}"}}"#
    );
    let patient = r#"{"resourceType":"Patient","id":"example"}"#;
    tgz(&[
        ("package/package.json", &manifest),
        ("package/.index.json", "{}"),
        ("package/ValueSet-set.json", &set),
        ("package/Patient-example.json", patient),
        ("package/example/ValueSet-other.json", "not read"),
    ])
}

async fn title(context: &Context, canonical: &str) -> Option<String> {
    let canonicals = TenantCanonicals::of(context).await.unwrap();
    canonicals.find("ValueSet", canonical).and_then(|node| node.text("title").map(str::to_owned))
}

#[tokio::test]
async fn a_package_is_in_force_at_once_and_gone_when_removed() {
    for house in House::each().await {
        let context = &house.context;
        let report =
            apply(context, &package("a", "1.0.0", r#""hl7.fhir.r4.core":"4.0.1""#, "one"), false).await.unwrap();
        assert_eq!((report.installed["ValueSet"], report.skipped["Patient"], report.unchanged), (1, 1, false));
        assert_eq!(title(context, "http://example.org/set").await.as_deref(), Some("one"));
        let again =
            apply(context, &package("a", "1.0.0", r#""hl7.fhir.r4.core":"4.0.1""#, "one"), false).await.unwrap();
        assert!(again.unchanged, "the same package again changes nothing");
        let other = apply(context, &package("a", "1.0.0", "", "another"), false).await.unwrap_err();
        assert_eq!((other.status(), title(context, "http://example.org/set").await.as_deref()), (409, Some("one")));
        let gone = remove::apply(context, "a", "1.0.0").await.unwrap();
        assert_eq!((gone.removed, gone.kept.len()), (1, 0));
        assert_eq!(title(context, "http://example.org/set").await, None);
        assert_eq!(remove::apply(context, "a", "1.0.0").await.unwrap_err().status(), 404);
        apply(context, &package("a", "1.0.0", "", "back"), false).await.unwrap();
        assert_eq!(title(context, "http://example.org/set").await.as_deref(), Some("back"), "over the deleted one");
    }
}

#[tokio::test]
async fn versions_stand_beside_each_other() {
    for house in House::each().await {
        let context = &house.context;
        apply(context, &package("a", "1.9.0", "", "nine"), false).await.unwrap();
        apply(context, &package("a", "1.10.0", "", "ten"), false).await.unwrap();
        assert_eq!(title(context, "http://example.org/set").await.as_deref(), Some("ten"));
        assert_eq!(title(context, "http://example.org/set|1.9.0").await.as_deref(), Some("nine"));
        remove::apply(context, "a", "1.10.0").await.unwrap();
        assert_eq!(title(context, "http://example.org/set").await.as_deref(), Some("nine"));
    }
}

#[tokio::test]
async fn dependencies_are_asked_for_both_ways() {
    for house in House::each().await {
        let context = &house.context;
        let needing = package("b", "1", r#""a":"1.0.x""#, "b");
        let error = apply(context, &needing, false).await.unwrap_err();
        assert_eq!((error.status(), error.message.contains("a#1.0.x")), (422, true), "{error}");
        assert_eq!(apply(context, &needing, true).await.unwrap().missing, ["a#1.0.x"]);
        remove::apply(context, "b", "1").await.unwrap();
        apply(context, &package("a", "1.0.3", "", "a"), false).await.unwrap();
        apply(context, &needing, false).await.unwrap();
        let error = remove::apply(context, "a", "1.0.3").await.unwrap_err();
        assert_eq!((error.status(), error.message.contains("b#1")), (409, true), "{error}");
    }
}

#[tokio::test]
async fn a_faulty_definition_refuses_the_whole_package_by_name() {
    for house in House::each().await {
        let manifest = r#"{"name":"a","version":"1","fhirVersions":["4.0.1"]}"#;
        let good = r#"{"resourceType":"ValueSet","id":"good","url":"http://example.org/set","status":"active"}"#;
        let bad = r#"{"resourceType":"ValueSet","id":"bad","statuss":"active"}"#;
        let packed = tgz(&[("package/package.json", manifest), ("package/good.json", good), ("package/bad.json", bad)]);
        let error = apply(&house.context, &packed, false).await.unwrap_err();
        assert_eq!(error.status(), 422, "{error}");
        assert!(error.to_string().contains("package/bad.json") && error.to_string().contains("status"), "{error}");
        assert_eq!(title(&house.context, "http://example.org/set").await, None, "nothing was stored");
    }
}

#[tokio::test]
async fn a_definition_of_a_later_version_is_read_as_r4_and_what_was_changed_is_told() {
    for house in House::each().await {
        let manifest = r#"{"name":"a","version":"1","fhirVersions":["4.0.1"]}"#;
        let later = r#"{"resourceType":"ValueSet","url":"http://example.org/later","status":"active","experimental":"true","scope":{"x":1}}"#;
        let xml = r#"<ValueSet xmlns="http://hl7.org/fhir"><status value="active"/><url value="http://example.org/set"/><title value="t"/></ValueSet>"#;
        let packed = tgz(&[("package/package.json", manifest), ("package/a.json", later), ("package/b.xml", xml)]);
        let report = apply(&house.context, &packed, false).await.unwrap();
        assert_eq!(
            report.adapted,
            [
                "package/a.json: ValueSet.experimental was a text and was read as boolean",
                "package/a.json: ValueSet.scope is no element of R4 and was left out",
                "package/b.xml: ValueSet: its elements were put into their order",
            ]
        );
        assert_eq!(title(&house.context, "http://example.org/set").await.as_deref(), Some("t"));
        let canonicals = TenantCanonicals::of(&house.context).await.unwrap();
        assert!(canonicals.by_id("ValueSet", "later").is_some(), "named after its address");
    }
}

#[test]
fn an_id_beside_another_keeps_its_form() {
    assert_eq!(beside("us-core-patient", "7.0.0"), "us-core-patient-7.0.0");
    let long = beside(&"x".repeat(64), "1.0.0-ballot+build");
    assert!(create::check_id(&long).is_ok(), "{long}");
}
