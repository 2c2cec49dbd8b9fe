//! Vocabularies in, SimpleMasterDataQuery out.

use crate::house::{House, encoded};
use serde_json::{Value, json};
use theriac_access::Role;

const PLANT: &str = "urn:epc:id:sgln:4012345.00005.0";

fn master(elements: &str) -> String {
    format!(
        "<m:EPCISMasterDataDocument xmlns:m='urn:epcglobal:epcis-masterdata:xsd:2' xmlns:ex='http://e/' schemaVersion='2.0' \
         creationDate='2026-11-20T08:00:00Z'><EPCISBody><VocabularyList>\
         <Vocabulary type='urn:epcglobal:epcis:vtype:BusinessLocation'><VocabularyElementList>{elements}\
         </VocabularyElementList></Vocabulary></VocabularyList></EPCISBody></m:EPCISMasterDataDocument>"
    )
}

fn element(id: &str, city: &str, children: &[&str]) -> String {
    let children: String = children.iter().map(|child| format!("<id>{child}</id>")).collect();
    format!(
        "<VocabularyElement id='{id}'><attribute id='urn:epcglobal:cbv:mda#city'>{city}</attribute>\
         <attribute id='http://e/address'><ex:street>Main</ex:street></attribute><children>{children}</children></VocabularyElement>"
    )
}

async fn plant() -> House {
    let house = House::new().await;
    let (hall, shelf) = ("urn:epc:id:sgln:4012345.00005.1", "urn:epc:id:sgln:4012345.00005.2");
    let all = [
        element(PLANT, "Bonn", &[hall]),
        element(hall, "Bonn", &[shelf]),
        element("urn:epc:id:sgln:4012345.00006.0", "Ulm", &[]),
    ];
    let job = house.capture_xml(master(&all.concat()), "rollback").await;
    assert_eq!(job["success"], true, "{job}");
    house
}

fn ids(document: &Value) -> Vec<String> {
    let vocabularies = &document["epcisBody"]["queryResults"]["resultsBody"]["vocabularyList"];
    let lists =
        vocabularies.as_array().unwrap().iter().flat_map(|v| v["vocabularyElementList"].as_array().unwrap().clone());
    lists.map(|element| element["id"].as_str().unwrap().to_owned()).collect()
}

async fn asked(house: &House, query: &str) -> Vec<String> {
    let reply = house.get(&format!("/vocabularies?{query}")).await;
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    ids(&reply.json())
}

#[tokio::test]
async fn elements_are_found_by_name_place_and_attribute() {
    let house = plant().await;
    assert_eq!(asked(&house, "").await.len(), 3);
    assert_eq!(asked(&house, &format!("EQ_name={}", encoded("https://id.gs1.org/414/4012345000054"))).await, [PLANT]);
    assert_eq!(asked(&house, &format!("WD_name={}", encoded(PLANT))).await.len(), 2, "the shelf is not described");
    assert_eq!(asked(&house, &format!("HASATTR={}", encoded("urn:epcglobal:cbv:mda:city"))).await.len(), 3);
    assert_eq!(asked(&house, &format!("{}=Ulm", encoded("EQATTR_urn:epcglobal:cbv:mda#city"))).await.len(), 1);
    assert_eq!(asked(&house, "vocabularyName=urn%3Aepcglobal%3Aepcis%3Avtype%3AReadPoint").await.len(), 0);
    let bare = house.get("/vocabularies?includeAttributes=false&includeChildren=false").await.json();
    assert!(!bare.to_string().contains("attributes") && !bare.to_string().contains("children"));
    for (query, status) in [("maxElementCount=2", 413), ("EQ_nam=x", 400), ("includeChildren=1", 400)] {
        assert_eq!(house.get(&format!("/vocabularies?{query}")).await.status, status, "{query}");
    }
    let first = house.get("/vocabularies?perPage=2").await;
    assert_eq!(ids(&house.get(&first.next().unwrap()).await.json()).len(), 1);
    let xml = house.get_with("/vocabularies", &[("accept", "application/xml")]).await;
    let text = String::from_utf8(xml.body).unwrap();
    assert!(
        text.contains(
            "<attribute id=\"http://e/address\"><ex:street xmlns:ex=\"http://e/\">Main</ex:street></attribute>"
        ),
        "{text}"
    );
}

#[tokio::test]
async fn the_newest_word_counts_and_the_same_word_is_no_version() {
    let house = plant().await;
    for city in ["Bonn", "Köln"] {
        assert_eq!(house.capture_xml(master(&element(PLANT, city, &[])), "rollback").await["success"], true);
    }
    assert_eq!(asked(&house, &format!("{}=K%C3%B6ln", encoded("EQATTR_urn:epcglobal:cbv:mda#city"))).await, [PLANT]);
    assert_eq!(asked(&house, &format!("WD_name={}", encoded(PLANT))).await, [PLANT]);
    let job = house.capture_xml(master("<VocabularyElement id='no uri'/>"), "rollback").await;
    assert!(job["errors"][0]["instance"].as_str().unwrap().ends_with("vocabularyElementList[0].id"), "{job}");
}

#[tokio::test]
async fn a_partner_writes_and_sees_its_own_places_only() {
    let house = plant().await;
    let partner = house.as_role(Role::Partner, &["4012345000061"]);
    assert_eq!(ids(&house.get_as(&partner, "/vocabularies").await.json()), ["urn:epc:id:sgln:4012345.00006.0"]);
    let both = [element(PLANT, "Rom", &[]), element("urn:epc:id:sgln:4012345.00006.0", "Rom", &[])].concat();
    let headers = [("content-type", "application/xml")];
    let reply = house.post_as(&partner, "/capture", master(&both), &headers).await;
    let id = reply.header("location").rsplit('/').next().unwrap().to_owned();
    house.work(std::slice::from_ref(&id)).await.unwrap();
    assert_eq!(house.get(&format!("/capture/{id}")).await.json()["success"], json!(true));
    let rome = asked(&house, &format!("{}=Rom", encoded("EQATTR_urn:epcglobal:cbv:mda#city"))).await;
    assert_eq!(rome, ["urn:epc:id:sgln:4012345.00006.0"]);
}
