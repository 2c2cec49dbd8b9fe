//! Documents in, jobs out.

use crate::house::{House, document};
use crate::{BOTTLE, object, with};
use serde_json::json;

#[tokio::test]
async fn refuses_at_the_door_what_is_no_document_and_says_where() {
    let house = House::new().await;
    for (body, path) in [
        (&b"{\"type\": \"EPCISDocument\",}"[..], "line 1"),
        (b"[]", "$"),
        (b"{}", "$.type"),
        (
            br#"{"type":"EPCISDocument","@context":["x"],"schemaVersion":"2.0","creationDate":"2026-11-20T08:00:00Z"}"#,
            "epcisBody",
        ),
    ] {
        let reply = house.post("/capture", body).await;
        let problem = reply.json();
        assert_eq!((reply.status, &problem["type"]), (400, &json!("epcisException:ValidationException")));
        assert!(problem.to_string().contains(path), "{problem} does not name {path}");
    }
    assert_eq!(house.get("/capture").await.json(), json!([]));
}

#[tokio::test]
async fn refuses_other_media_types_and_behaviours_by_name() {
    let house = House::new().await;
    let body = document(&[object(1, "ADD", "commissioning", &[BOTTLE])]);
    let reply = house.post_as(&house.context, "/capture", body.clone(), &[("content-type", "text/csv")]).await;
    assert_eq!((reply.status, &reply.json()["type"]), (415, &json!("epcisException:UnsupportedMediaTypeException")));
    let headers = [("gs1-capture-error-behaviour", "all")];
    let reply = house.post_as(&house.context, "/capture", body, &headers).await;
    assert_eq!(reply.status, 400);
    assert!(reply.json()["detail"].as_str().unwrap().contains("`all`"));
}

#[tokio::test]
async fn a_job_runs_until_the_worker_took_it() {
    let house = House::new().await;
    let id = house.submit(document(&[object(1, "ADD", "commissioning", &[BOTTLE])]), "rollback").await;
    let job = house.get(&format!("/capture/{id}")).await.json();
    assert_eq!((&job["running"], &job["success"], &job["finishedAt"]), (&json!(true), &json!(true), &json!(null)));
    house.work(std::slice::from_ref(&id)).await.unwrap();
    let job = house.get(&format!("/capture/{id}")).await.json();
    assert_eq!((&job["running"], &job["success"], &job["errors"]), (&json!(false), &json!(true), &json!([])));
    assert_eq!(job["captureID"], json!(id));
    assert!(job["finishedAt"].is_string());
    assert_eq!(house.get("/capture/0000000000000001").await.status, 404);
    assert_eq!(house.get("/capture/x").await.status, 404);
}

#[tokio::test]
async fn rollback_keeps_out_all_and_proceed_only_what_is_wrong() {
    let house = House::new().await;
    let good = with(object(1, "ADD", "commissioning", &[BOTTLE]), "eventID", "urn:uuid:good");
    let bad = object(2, "ADD", "flying", &[BOTTLE]);
    let body = document(&[good, bad]);
    let job = house.capture(body.clone(), "rollback").await;
    assert_eq!((&job["success"], &job["captureErrorBehaviour"]), (&json!(false), &json!("rollback")));
    let error = &job["errors"][0];
    assert_eq!(error["type"], "epcisException:ValidationException");
    assert_eq!(error["instance"], "$.epcisBody.eventList[1].bizStep");
    assert!(house.get("/events").await.ids().is_empty());
    let job = house.capture(body, "proceed").await;
    assert_eq!((&job["success"], job["errors"].as_array().unwrap().len()), (&json!(false), 1));
    assert_eq!(house.get("/events").await.ids(), ["urn:uuid:good"]);
}

#[tokio::test]
async fn the_same_event_again_is_passed_over_and_another_of_its_id_is_refused() {
    let house = House::new().await;
    let event = with(object(1, "ADD", "commissioning", &[BOTTLE]), "eventID", "urn:uuid:1");
    // The same thing said in other words: Digital Link for URN, Web URI for the bare word.
    let again = with(
        with(event.clone(), "epcList", json!([crate::BOTTLE_LINK])),
        "bizStep",
        "https://ref.gs1.org/cbv/BizStep-commissioning",
    );
    let other = with(event.clone(), "bizStep", "encoding");
    assert_eq!(house.capture(document(&[event.clone(), event.clone()]), "rollback").await["success"], true);
    assert_eq!(house.capture(document(&[again]), "rollback").await["success"], true);
    let job = house.capture(document(&[other]), "rollback").await;
    assert_eq!(job["errors"][0]["type"], "epcisException:ResourceAlreadyExistsException");
    assert_eq!(house.get("/events").await.ids(), ["urn:uuid:1"]);
    assert_eq!(house.get(&format!("/items/{BOTTLE}")).await.json()["revision"], 1);
}

#[tokio::test]
async fn an_event_without_id_gets_its_hash_and_is_stored_once() {
    let house = House::new().await;
    let event = object(1, "ADD", "commissioning", &[BOTTLE]);
    let jobs = [
        house.submit(document(std::slice::from_ref(&event)), "rollback").await,
        house.submit(document(&[event]), "rollback").await,
    ];
    house.work(&jobs).await.unwrap();
    let ids = house.get("/events").await.ids();
    assert_eq!(ids.len(), 1);
    assert!(ids[0].starts_with("ni:///sha-256;") && ids[0].ends_with("?ver=CBV2.0"));
    // Taken again, as after a crash, a finished job does nothing.
    house.work(&jobs).await.unwrap();
    assert_eq!(house.get("/events").await.ids().len(), 1);
}

#[tokio::test]
async fn jobs_are_listed_a_page_at_a_time_the_newest_first() {
    let house = House::new().await;
    let mut jobs = Vec::new();
    for n in 0..5 {
        jobs.push(house.submit(document(&[object(n, "ADD", "commissioning", &[BOTTLE])]), "rollback").await);
    }
    jobs.reverse();
    let (mut seen, mut address) = (Vec::new(), Some("/capture?perPage=2".to_owned()));
    while let Some(at) = address {
        let reply = house.get(&at).await;
        seen.extend(reply.json().as_array().unwrap().iter().map(|j| j["captureID"].as_str().unwrap().to_owned()));
        address = reply.next();
    }
    assert_eq!(seen, jobs);
}

#[tokio::test]
async fn one_event_is_stored_at_once_and_only_once() {
    let house = House::new().await;
    let event = with(
        object(1, "ADD", "commissioning", &[BOTTLE]),
        "@context",
        json!(["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"]),
    );
    let reply = house.post("/events", event.to_string()).await;
    assert_eq!(reply.status, 201, "{}", String::from_utf8_lossy(&reply.body));
    let address = reply.header("location").strip_prefix("http://test").unwrap().to_owned();
    let found = house.get(&address).await.ids();
    assert!(found[0].starts_with("ni:///sha-256;"));
    assert_eq!(house.post("/events", event.to_string()).await.status, 409);
    assert_eq!(house.post("/events", with(event, "action", "EAT").to_string()).await.status, 400);
    assert_eq!(house.get("/events/urn%3Auuid%3Anone").await.status, 404);
}

#[tokio::test]
async fn what_no_table_can_hold_is_refused_with_its_path() {
    let house = House::new().await;
    for id in ["urn:x:\u{0}", &format!("urn:x:{}", "y".repeat(5_000))] {
        let job = house
            .capture(document(&[with(object(1, "ADD", "commissioning", &[BOTTLE]), "eventID", id)]), "rollback")
            .await;
        assert_eq!((&job["success"], &job["running"]), (&json!(false), &json!(false)));
        assert_eq!(job["errors"][0]["instance"], "$.epcisBody.eventList[0].eventID");
    }
}

#[tokio::test]
async fn many_jobs_of_one_take_are_all_done() {
    let house = House::new().await;
    let mut jobs = Vec::new();
    for n in 0..20 {
        let events: Vec<_> = (0..5).map(|m| object(n, "OBSERVE", "inspecting", &[&crate::bottle(m)])).collect();
        jobs.push(house.submit(document(&events), "rollback").await);
    }
    // Said to be so large that the take is cut into a unit for every other job.
    house.work_on(&jobs, 2_500).await.unwrap();
    assert_eq!(house.get("/events?perPage=1000").await.ids().len(), 100);
    let all = house.get("/capture").await.json();
    assert!(all.as_array().unwrap().iter().all(|job| job["running"] == false && job["success"] == true));
    assert_eq!(house.get(&format!("/items/{}", crate::bottle(3))).await.json()["revision"], 20);
}

#[tokio::test]
async fn a_failed_job_leaves_nothing_behind_for_the_next_of_the_same_take() {
    let house = House::new().await;
    let event = with(object(1, "ADD", "commissioning", &[BOTTLE]), "eventID", "urn:uuid:1");
    let failing = document(&[event.clone(), object(2, "ADD", "flying", &[BOTTLE])]);
    let jobs = [house.submit(failing, "rollback").await, house.submit(document(&[event]), "rollback").await];
    house.work(&jobs).await.unwrap();
    for (job, success) in jobs.iter().zip([false, true]) {
        assert_eq!(house.get(&format!("/capture/{job}")).await.json()["success"], success);
    }
    assert_eq!(house.get("/events").await.ids(), ["urn:uuid:1"]);
    assert_eq!(house.get(&format!("/items/{BOTTLE}")).await.json()["revision"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_one_item_that_come_at_once_are_all_folded() {
    let house = std::sync::Arc::new(House::new().await);
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..6 {
        let house = house.clone();
        let event = with(object(n, "OBSERVE", "inspecting", &[BOTTLE]), "@context", json!([]));
        tasks.spawn(async move { house.post("/events", event.to_string()).await.status });
    }
    let statuses = tasks.join_all().await;
    assert_eq!(statuses, [201; 6]);
    assert_eq!(house.get(&format!("/items/{BOTTLE}")).await.json()["revision"], 6);
}

#[tokio::test]
async fn a_worker_that_lost_the_race_stores_nothing_twice() {
    let house = House::new().await;
    let job = [house.submit(document(&[object(1, "ADD", "commissioning", &[BOTTLE])]), "rollback").await];
    let (first, second) = tokio::join!(house.work(&job), house.work(&job));
    // One of them may have found the job done; none may have done it twice.
    assert!(first.is_ok() || second.is_ok());
    for lost in [first, second].into_iter().filter_map(Result::err) {
        assert_eq!(lost.status(), 409);
    }
    assert_eq!(house.get("/events").await.ids().len(), 1);
    assert_eq!(house.get(&format!("/items/{BOTTLE}")).await.json()["revision"], 1);
}
