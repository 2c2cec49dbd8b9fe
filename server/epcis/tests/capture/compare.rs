//! What the database answers is what the predicate means.

use crate::house::{House, document, encoded};
use crate::{BOTTLE, bottle, object, with};
use serde_json::{Value, json};
use theriac_epcis::reindex;

fn sensed(n: u32, degrees: f64, uom: &str) -> Value {
    let report = json!([{ "type": "Temperature", "value": degrees, "uom": uom }]);
    let element = json!([{ "sensorMetadata": { "time": crate::house::minute(n) }, "sensorReport": report }]);
    let event = with(object(n, "OBSERVE", "sensor_reporting", &[&bottle(n)]), "eventID", format!("urn:e:{n}"));
    with(with(event, "sensorElementList", element), "cbvmda:rank", json!(10 - i64::from(n)))
}

async fn house() -> House {
    let house = House::new().await;
    let kilos = json!([{ "epcClass": "urn:epc:class:lgtin:4012345.012345.L1", "quantity": 2, "uom": "KGM" }]);
    let events = [
        sensed(1, 5.0, "CEL"),
        sensed(2, 41.0, "FAH"),
        sensed(3, 280.0, "KEL"),
        with(with(object(4, "OBSERVE", "shipping", &[BOTTLE]), "quantityList", kilos), "eventID", "urn:e:4"),
    ];
    assert_eq!(house.capture(document(&events), "rollback").await["success"], true);
    house
}

const CASES: &[(&str, &[u32])] = &[
    ("EQ_value_CEL=5", &[1, 2]),
    ("EQ_value_KEL=278.15|280", &[1, 2, 3]),
    ("GT_value_CEL=5", &[3]),
    ("GE_value_CEL=5&LT_value_CEL=6", &[1, 2]),
    ("LE_value_FAH=41", &[1, 2]),
    ("GE_quantity_GRM=2000", &[4]),
    ("GE_quantity=1&LT_quantity=3", &[4]),
    ("EQ_quantity=2000", &[]),
    ("GE_time=2026-11-20T08:02:00Z", &[2, 3]),
    ("GE_cbvmda:rank=8&EQ_type=Temperature", &[1, 2]),
    ("EQ_cbvmda:rank=7|9", &[1, 3]),
    ("EXISTS_cbvmda:rank=true&EQ_bizStep=sensor_reporting&GE_value_KEL=279", &[3]),
    ("orderBy=cbvmda:rank&orderDirection=ASC&EXISTS_cbvmda:rank=true", &[3, 2, 1]),
    ("orderBy=cbvmda:rank&eventCountLimit=2", &[1, 2]),
];

async fn check(house: &House) {
    for (query, expected) in CASES {
        let expected: Vec<String> = expected.iter().map(|n| format!("urn:e:{n}")).collect();
        for size in [1, 30] {
            let (mut seen, mut address) = (Vec::new(), Some(format!("/events?{query}&perPage={size}")));
            while let Some(at) = address {
                let reply = house.get(&at).await;
                seen.extend(reply.ids());
                address = reply.next();
            }
            assert_eq!(seen, expected, "{query} by {size}");
        }
    }
}

#[tokio::test]
async fn numbers_are_compared_in_one_unit() {
    check(&house().await).await;
}

#[tokio::test]
async fn an_index_made_anew_finds_the_same() {
    let house = house().await;
    let made = reindex::bring_up(&house.context).await.unwrap();
    assert_eq!(made, 4);
    check(&house).await;
    assert_eq!(house.get("/bizSteps?perPage=100").await.json()["member"].as_array().unwrap().len(), 41);
    assert_eq!(reindex::bring_up(&house.context).await.unwrap(), 0, "once is enough");
}

#[tokio::test]
async fn too_many_values_are_too_complex() {
    let house = House::new().await;
    let ids: Vec<String> = (0..5_001).map(|n| n.to_string()).collect();
    let long = format!("/events?EQ_eventID={}", encoded(&ids.join("|")));
    assert_eq!(house.get(&long).await.json()["type"], "epcisException:URITooLongException");
}
