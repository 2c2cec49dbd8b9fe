//! `GET /recall?lot=`: every serial of a lot, where it stands, who has it and to whom it is under way; in pages.

use crate::only_who_sees_all;
use serde_json::{Value, json};
use theriac_core::{Error, Result};
use theriac_epcis::identifier::{Identifier, Kind};
use theriac_epcis::item::{self, Item};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

const USUAL: i64 = 1_000;
const MOST: i64 = 10_000;

pub(crate) async fn read(context: Context, request: Request) -> Result<Response> {
    let pairs = request.query_known(&["lot", "from", "count"])?;
    let value = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    let lot = lot(value("lot"))?;
    let count = value("count").map_or(Ok(USUAL), count)?;
    only_who_sees_all(&context, "lot", &lot)?;
    let (items, next) = item::in_lot(&context, &lot, value("from").unwrap_or(""), count).await?;
    let mut body = json!({ "lot": lot, "items": items.iter().map(told).collect::<Vec<_>>() });
    if let Some(next) = next {
        body["next"] = next.into();
    }
    Response::json(200, &body)
}

fn lot(text: Option<&str>) -> Result<String> {
    let wrong =
        || Error::invalid("'lot' is the lot's LGTIN, urn:epc:class:lgtin:..., or its GS1 Digital Link").at("lot");
    let identifier = text.and_then(|text| Identifier::parse(text.trim()).ok()).ok_or_else(wrong)?;
    let is_lot = identifier.kind() == Kind::Class && identifier.qualifier.is_some();
    is_lot.then(|| identifier.link()).ok_or_else(wrong)
}

fn count(text: &str) -> Result<i64> {
    let wrong = || Error::invalid(format!("'count' is a whole number from 1 to {MOST}")).at("count");
    text.parse().ok().filter(|n| (1..=MOST).contains(n)).ok_or_else(wrong)
}

/// An item that is gone has no holder any more, but whoever had it last.
fn told(item: &Item) -> Value {
    let mut told = json!({ "epc": item.epc, "state": item.state().as_str(), "inCirculation": !item.state().is_end() });
    let holder = item.holder();
    for (name, text) in [
        ("holder", holder.as_ref()),
        ("shippedTo", item.consignee.get()),
        ("parent", item.parent.get()),
        ("expiry", item.expiry.get()),
    ] {
        if let Some(text) = text {
            told[name] = text.as_str().into();
        }
    }
    told
}
