//! `GET /investigations/{id}/form3911`: a draft of Form FDA 3911 (Drug Notification) from what is known, by the items of
//! the form, and what somebody has still to fill in. It is submitted by people, through FDA's own platform.
//! <https://www.fda.gov/drugs/drug-supply-chain-security-act-dscsa/notify-fda-illegitimate-products>

use super::KIND;
use super::step::CLASSIFICATIONS;
use crate::record::{self, Record};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use theriac_core::Result;
use theriac_epcis::identifier::{Identifier, class_of};
use theriac_epcis::item::{self, Item};
use theriac_epcis::master::attributes::{self, Attributes};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

/// Items whose lots and expiries are told.
const LOOKED_AT: usize = 1_000;

/// What the report is in which state.
const REPORTS: &[(&str, &str)] = &[
    ("illegitimate", "Initial Notification"),
    ("notified", "Follow-Up Notification"),
    ("terminating", "Request for Termination"),
    ("terminated", "Request for Termination"),
];

/// Items of the form that master data of the product fills, and the CBV's name of the attribute.
const PRODUCT: &[(&str, &str)] = &[
    ("nameOfProduct", "regulatedProductName"),
    ("strengthOfDrug", "strengthDescription"),
    ("dosageForm", "dosageFormType"),
    ("ndcNumber", "additionalTradeItemIdentification"),
];

pub(crate) async fn form(context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let record = record::find(&context, &KIND, request.param("id")).await?;
    let epcs: Vec<String> = texts(&record.document["epcs"]).take(LOOKED_AT).collect();
    let items = item::states(&context, &epcs, None).await?;
    let classes =
        texts(&record.document["epcs"]).chain(texts(&record.document["lots"])).filter_map(|epc| trade_item(&epc));
    let classes: Vec<String> = classes.collect::<BTreeSet<_>>().into_iter().collect();
    let known = attributes::of_ids(&context, &classes).await?;
    let product = classes.first().and_then(|class| known.get(class)).cloned().unwrap_or_default();
    Response::json(200, &draft(&record, &items, &product))
}

fn texts(list: &Value) -> impl Iterator<Item = String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned)
}

/// The trade item of a serial, a lot, or itself.
fn trade_item(epc: &str) -> Option<String> {
    class_of(epc).or_else(|| Identifier::parse(epc).ok().map(|identifier| identifier.link()))
}

fn draft(record: &Record, items: &[Item], product: &Attributes) -> Value {
    let document = &record.document;
    let set = |values: Vec<Option<String>>| json!(values.into_iter().flatten().collect::<BTreeSet<_>>());
    let serial = |epc: String| Identifier::parse(&epc).ok().and_then(|identifier| identifier.qualifier);
    let lot = |lot: String| Identifier::parse(&lot).ok().filter(|i| i.key.scheme == "lgtin").and_then(|i| i.qualifier);
    let named =
        |table: &[(&str, &'static str)], key: &str| table.iter().find(|(k, _)| *k == key).map(|(_, name)| *name);
    let mut form = Map::new();
    let mut put = |name: &str, value: Value| {
        form.insert(name.to_owned(), value);
    };
    put("typeOfReport", json!(named(REPORTS, record.state)));
    put("incidentNumber", document["incidentNumber"].clone());
    put("dateOfInitialNotification", day(&document["fdaSubmittedAt"]));
    put("dateCompanyDeterminedProductWasIllegitimate", day(&document["determinedAt"]));
    put(
        "classificationOfNotification",
        json!(document["classification"].as_str().and_then(|c| named(CLASSIFICATIONS, c))),
    );
    for (name, attribute) in PRODUCT {
        put(name, json!(product.get(*attribute)));
    }
    put("quantityOfDrug", json!(texts(&document["epcs"]).count()));
    put("serialNumbers", set(texts(&document["epcs"]).map(serial).collect()));
    let lots = items.iter().map(|item| item.lot.get().cloned()).chain(texts(&document["lots"]).map(lot));
    put("lotNumbers", set(lots.collect()));
    put("expirationDates", set(items.iter().map(|item| item.expiry.get().cloned()).collect()));
    put("descriptionOfEvent", document["description"].clone());
    let termination = document["log"].as_array().into_iter().flatten().rev().find(|said| said["to"] == "terminating");
    put("reasonNotificationIsNoLongerNecessary", termination.map_or(Value::Null, |said| said["reason"].clone()));
    // Whom FDA answers is a person, and not kept here.
    for name in ["primaryIngredients", "drugUse", "companyNameAndAddress", "companyCategory", "contact"] {
        put(name, Value::Null);
    }
    let missing: Vec<String> = form.iter().filter(|(_, value)| value.is_null()).map(|(name, _)| name.clone()).collect();
    json!({ "form": "FDA 3911", "items": form, "missing": missing })
}

/// `11/20/2026`, as the form wants it.
fn day(time: &Value) -> Value {
    let time = time.as_str().and_then(theriac_core::Instant::parse);
    json!(time.map(|time| time.datetime().format("%m/%d/%Y").to_string()))
}
