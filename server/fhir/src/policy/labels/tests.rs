//! Labels at work, over the routes, on both engines.

use super::Mark;
use crate::policy;
use crate::service::Fhir;
use crate::store::search::tests::House;
use std::sync::Arc;
use theriac_access::{Grant, Role, Scopes};
use theriac_platform::http::{Answer, Found, Method, Request, Router};
use theriac_platform::{Context, Cursors};

fn labelled(id: &str, security: &str) -> String {
    format!(
        r#"{{"resourceType":"Observation","id":"{id}","meta":{{"security":[{security}]}},"status":"final","code":{{"text":"t"}},"subject":{{"reference":"Patient/a"}}}}"#
    )
}

const V: &str = r#"{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"V"}"#;
const R: &str = r#"{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}"#;

async fn send(context: &Context, method: Method, path: &str, body: &str) -> (u16, String) {
    let router = Router::new(crate::routes(&Fhir::new(Cursors::new(b"secret"))));
    let mut request = Request::new(method, format!("/mercy/fhir/{path}"), "");
    request.headers.push("content-type", "application/fhir+json");
    request.body = body.to_owned().into();
    let Found::Route(route, params) = router.find(method, &request.path) else { panic!("{path}") };
    request.params = params;
    let Answer::Reply(handler) = &route.answer else { panic!("{path}") };
    match handler(context.clone(), request).await {
        Ok(answer) => (answer.status, String::from_utf8_lossy(answer.body.bytes().map_or(&[][..], |b| b)).into_owned()),
        Err(error) => (error.status(), error.message),
    }
}

#[tokio::test]
async fn nobody_reads_or_writes_above_their_clearance_nor_takes_labels_away() {
    for mut house in House::each().await {
        let texts = [r#"{"resourceType":"Patient","id":"a"}"#.to_owned(), labelled("v", V), labelled("r", R)];
        house.put(&texts).await;
        let clinician = house.clinician(&["a"]);
        assert_eq!(send(&clinician, Method::Get, "Observation/v", "").await.0, 404);
        let (status, body) = send(&clinician, Method::Get, "Observation", "").await;
        assert!(status == 200 && body.contains(r#""id":"r""#) && !body.contains(r#""id":"v""#), "{body}");
        let mark = format!(r#"{{"resourceType":"Bundle","meta":{{"security":[{R}]}},"#);
        assert!(body.starts_with(&mark), "the Bundle is as confidential as what it carries: {body}");
        let (status, says) = send(&clinician, Method::Post, "Observation", &labelled("x", V)).await;
        assert!(status == 403 && says.contains("cleared"), "{says}");
        let bare = labelled("r", R).replace(R, r#"{"system":"s","code":"x"}"#);
        let (status, says) = send(&clinician, Method::Put, "Observation/r", &bare).await;
        assert!(status == 403 && says.contains("label R"), "{says}");
        assert_eq!(send(&clinician, Method::Put, "Observation/r", &labelled("r", R)).await.0, 200);
        let less = format!(
            r#"{{"resourceType":"Parameters","parameter":[{{"name":"meta","valueMeta":{{"security":[{R}]}}}}]}}"#
        );
        assert_eq!(send(&clinician, Method::Post, "Observation/r/$meta-delete", &less).await.0, 403);
        let bundle = format!(
            r#"{{"resourceType":"Bundle","type":"transaction","entry":[{{"resource":{bare},"request":{{"method":"PUT","url":"Observation/r"}}}}]}}"#
        );
        assert_eq!(send(&clinician, Method::Post, "", &bundle).await.0, 403);
        assert_eq!(send(&house.context, Method::Put, "Observation/r", &bare).await.0, 200, "an administrator may");
        assert_eq!(send(&house.context, Method::Get, "Observation/v", "").await.0, 200);
    }
}

#[tokio::test]
async fn a_client_is_cleared_by_its_own_row_too() {
    for mut house in House::each().await {
        house.put(&[labelled("r", R), labelled("n", r#"{"system":"s","code":"x"}"#)]).await;
        let mut grant = Grant::new(Role::Service, "robot", house.context.tenant.name.as_ref());
        grant.scopes = Scopes::parse("system/*.rs").unwrap();
        grant.client = Some("app".into());
        let caller = Context { grant: Arc::new(grant), ..house.context.clone() };
        policy::refresh(&caller).await.unwrap();
        assert!(super::limit("clinician=R", &caller).is_none());
        let limit = super::limit("client/app=N", &caller).unwrap();
        let draft = |text: &str| house.draft(text, 1, house.latest()).index;
        assert!(!limit.holds(&draft(&labelled("r", R))) && limit.holds(&draft(&labelled("n", ""))));
        assert!(super::limit("service=V+PSY", &caller).unwrap().holds(&draft(&labelled("r", R))));
    }
}

#[test]
fn the_mark_is_the_highest_level_and_nothing_without_labels() {
    let mut mark = Mark::default();
    mark.rise(br#"{"resourceType":"Patient"}"#);
    assert_eq!(mark.meta(), "");
    for label in [R, V, R] {
        mark.rise(labelled("x", label).as_bytes());
    }
    assert!(mark.meta().contains(r#""code":"V""#));
}
