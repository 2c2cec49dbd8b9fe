//! The cold chain: readings of a pallet are those of its packs while they are on it; excursions raise alerts, once.

use crate::house::{House, document, minute};
use crate::{BOTTLE, BOTTLE_LINK, CASE, bottle, object, pack, with};
use serde_json::{Value, json};
use theriac_platform::http::{Method, Request, Router};

fn read(at: u32, epc: &str, celsius: f64) -> Value {
    let element = json!({ "sensorMetadata": { "time": minute(at) },
        "sensorReport": [{ "type": "Temperature", "value": celsius, "uom": "CEL" }] });
    with(object(at, "OBSERVE", "sensor_reporting", &[epc]), "sensorElementList", json!([element]))
}

async fn captured(house: &House, events: &[Value]) {
    let job = house.capture(document(events), "rollback").await;
    assert_eq!(job["success"], true, "{job}");
}

async fn alerts(house: &House) -> Vec<Value> {
    let router = Router::new(theriac_alerts::routes());
    let path = format!("/{}/alerts", house.context.tenant.name);
    let reply = House::send_to(&router, &house.context, Request::new(Method::Get, path, "")).await;
    reply.json()["alerts"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_pack_meets_what_its_case_meets_while_it_is_in_it() {
    let house = House::new().await;
    house.choose("epcis.temperature", "default=2..8").await;
    captured(
        &house,
        &[
            object(0, "ADD", "commissioning", &[BOTTLE, &bottle(2)]),
            read(1, CASE, 30.0),
            pack(5, "ADD", CASE, &[BOTTLE]),
            read(10, CASE, 5.0),
            read(20, CASE, 11.0),
            read(30, CASE, 7.0),
            pack(35, "DELETE", CASE, &[BOTTLE]),
            read(40, CASE, 40.0),
        ],
    )
    .await;
    let told = house.get(&format!("/items/{BOTTLE}/temperature")).await.json();
    assert_eq!(
        (&told["readings"], &told["highest"], &told["range"]),
        (&json!(3), &json!(11.0), &json!({ "low": 2.0, "high": 8.0 }))
    );
    assert_eq!((&told["secondsOutOfRange"], &told["excursions"][0]["start"]), (&json!(600.0), &json!(minute(20))));
    let mean = told["meanKineticTemperature"].as_f64().unwrap();
    assert!(mean > 7.67 && mean < 11.0, "above the plain mean of 5, 11 and 7: {mean}");
    let none = house.get(&format!("/items/{}/temperature", bottle(2))).await.json();
    assert_eq!((&none["readings"], &none["excursions"]), (&json!(0), &json!([])));
    assert_eq!(house.get(&format!("/items/{}/temperature", bottle(9))).await.status, 404);
}

#[tokio::test]
async fn an_excursion_is_one_alert_however_often_it_is_looked_at() {
    let house = House::new().await;
    captured(&house, &[object(0, "ADD", "commissioning", &[BOTTLE]), read(10, BOTTLE, 5.0), read(20, BOTTLE, 12.0)])
        .await;
    house.watch(&[BOTTLE_LINK]).await;
    assert!(alerts(&house).await.is_empty(), "no range, no excursion");
    house.choose("epcis.temperature", "04012345111118=2..8").await;
    house.watch(&[BOTTLE_LINK]).await;
    house.watch(&[BOTTLE_LINK]).await;
    let raised = alerts(&house).await;
    assert_eq!(raised.len(), 1, "{raised:?}");
    assert_eq!((&raised[0]["rule"], &raised[0]["subject"]), (&json!("temperature-out-of-range"), &json!(BOTTLE_LINK)));
    assert_eq!(raised[0]["evidence"]["excursion"]["highest"], 12.0);
    captured(&house, &[read(30, BOTTLE, 6.0), read(40, BOTTLE, 1.0)]).await;
    house.watch(&[BOTTLE_LINK]).await;
    assert_eq!(alerts(&house).await.len(), 2, "a second one after it was in range");
}

#[tokio::test]
async fn a_pallet_is_watched_by_the_ranges_of_what_is_on_it() {
    let house = House::new().await;
    house.choose("epcis.temperature", "04012345111118=2..8").await;
    captured(
        &house,
        &[object(0, "ADD", "commissioning", &[BOTTLE]), pack(1, "ADD", CASE, &[BOTTLE]), read(2, CASE, 9.5)],
    )
    .await;
    let case = theriac_epcis::identifier::canonical(CASE).into_owned();
    house.watch(&[&case]).await;
    let raised = alerts(&house).await;
    assert_eq!((raised.len(), &raised[0]["subject"]), (1, &json!(case)));
}
