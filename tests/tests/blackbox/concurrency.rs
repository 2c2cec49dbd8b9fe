//! Many at the same moment: one wins, and the others are told the truth.

use futures_util::future::join_all;
use reqwest::Method;
use std::collections::BTreeSet;
use theriac_sdk::{Answer, Client};
use theriac_tests::World;
use theriac_tests::sample::patient;

const FHIR: (&str, &str) = ("content-type", "application/fhir+json");

/// The same request from that many clients with connections of their own.
async fn at_once(
    world: &World,
    count: usize,
    method: Method,
    path: &str,
    header: (&str, &str),
    body: &str,
) -> Vec<Answer> {
    let own = |_| Client::new(world.url(), &world.tenant, world.administrator.token()).unwrap();
    let clients: Vec<Client> = (0..count).map(own).collect();
    let headers = [FHIR, header];
    let sent = clients.iter().map(|client| client.request(method.clone(), path, &headers, body.to_owned()));
    join_all(sent).await.into_iter().map(Result::unwrap).collect()
}

fn count(answers: &[Answer], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

#[tokio::test]
async fn the_same_conditional_create_from_64_clients_makes_one_resource() {
    let world = World::new("mercy").await;
    let condition = ("if-none-exist", "identifier=urn:example:mrn|mrn-one");
    let body = patient("one", "Lovelace").to_string();
    let answers = at_once(&world, 64, Method::POST, "fhir/Patient", condition, &body).await;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!((count(&answers, 201), count(&answers, 200)), (1, 63), "{statuses:?}");
    let found = world.administrator.fhir().search("Patient", &[]).await.unwrap();
    let places: BTreeSet<_> = answers.iter().map(|answer| answer.header("location")).collect();
    assert_eq!((places.len(), &found["total"]), (1, &1.into()), "all are told the same place: {places:?}");
}

#[tokio::test]
async fn of_32_updates_of_the_same_version_exactly_one_wins() {
    let world = World::new("mercy").await;
    let mut version = world.administrator.fhir().update(&patient("p", "Lovelace")).await.unwrap().version;
    for round in 0..3 {
        let condition = format!("W/\"{version}\"");
        let body = patient("p", &format!("round{round}")).to_string();
        let answers = at_once(&world, 32, Method::PUT, "fhir/Patient/p", ("if-match", &condition), &body).await;
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!((count(&answers, 200), count(&answers, 412) + count(&answers, 409)), (1, 31), "{statuses:?}");
        let won = answers.iter().find(|answer| answer.status == 200).unwrap();
        version = won.version().unwrap().to_owned();
    }
    let history = world.administrator.fhir().history("Patient", "p").await.unwrap();
    assert_eq!(history["entry"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn updates_without_a_condition_are_all_kept_or_all_told_of() {
    let world = World::new("mercy").await;
    world.administrator.fhir().update(&patient("p", "Lovelace")).await.unwrap();
    let body = patient("p", "Byron").to_string();
    let answers = at_once(&world, 16, Method::PUT, "fhir/Patient/p", ("x-none", ""), &body).await;
    let stored = count(&answers, 200);
    assert_eq!(stored + count(&answers, 409), 16, "each is stored, or refused as a conflict");
    let versions: BTreeSet<&str> = answers.iter().filter(|a| a.status == 200).filter_map(Answer::version).collect();
    let history = world.administrator.fhir().history("Patient", "p").await.unwrap();
    assert_eq!((versions.len(), history["entry"].as_array().unwrap().len()), (stored, stored + 1));
}
