//! `/packs/{epc}`: a pack as the EU's repositories know it: verified by what is printed on it, decommissioned for a reason,
//! reactivated under conditions. Delegated Regulation (EU) 2016/161, articles 10 to 15.
//!
//! A pack is known when EPCIS knows it; until somebody decommissions it, it is active.

mod state;

use crate::only_who_sees_all;
use crate::printed::same_day;
use crate::store::pack as store;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use state::{Fault, Undo};
use theriac_alerts::{NewAlert, raise};
use theriac_core::hash::sha256;
use theriac_core::{Code, Error, Instant, Result};
use theriac_epcis::item::{self, Item};
use theriac_ledger::Entry;
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

pub(crate) use state::PackState;

/// What is kept of a pack that was ever decommissioned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pack {
    pub epc: String,
    pub state: PackState,
    pub since: String,
    /// Who did it, and where: the same may undo it.
    pub actor: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    #[serde(skip)]
    pub version: i64,
}

async fn find(context: &Context, request: &Request) -> Result<(Item, Option<Pack>)> {
    let epc = request.param("epc");
    only_who_sees_all(context, "pack", epc)?;
    let item = item::state(context, epc, None).await?;
    let item = item.ok_or_else(|| Error::not_found("pack", epc).guarded_by(Fault::UnknownSerial.code()))?;
    let pack = store::find(&context.db, &item.epc).await?;
    Ok((item, pack))
}

fn shown(item: &Item, pack: Option<&Pack>) -> Value {
    let state = pack.map_or(PackState::Active, |pack| pack.state);
    let mut told =
        json!({ "epc": item.epc, "state": state.as_str(), "lot": item.lot.get(), "expiry": item.expiry.get() });
    if let Some(pack) = pack.filter(|pack| pack.state != PackState::Active) {
        told["since"] = pack.since.as_str().into();
        told["actor"] = pack.actor.as_str().into();
        told["location"] = json!(pack.location);
    }
    told
}

/// `GET /packs/{epc}`
pub(crate) async fn read(context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let (item, pack) = find(&context, &request).await?;
    Response::json(200, &shown(&item, pack.as_ref()))
}

/// `GET /packs/{epc}/verify?lot=&expiry=`
pub(crate) async fn verify(context: Context, request: Request) -> Result<Response> {
    let pairs = request.query_known(&["lot", "expiry"])?;
    let printed = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, value)| value.trim());
    let (item, pack) = find(&context, &request).await?;
    let state = pack.as_ref().map_or(PackState::Active, |pack| pack.state);
    let mut faults: Vec<Fault> = Vec::new();
    if printed("lot").is_some_and(|lot| item.lot.get().is_none_or(|known| known != lot)) {
        faults.push(Fault::LotDiffers);
    }
    if printed("expiry").is_some_and(|expiry| !item.expiry.get().is_some_and(|known| same_day(expiry, known))) {
        faults.push(Fault::ExpiryDiffers);
    }
    if state != PackState::Active {
        faults.push(Fault::Inactive);
    }
    let mut told = shown(&item, pack.as_ref());
    told["verified"] = faults.is_empty().into();
    told["codes"] = faults.iter().map(|fault| json!({ "code": fault.code(), "text": fault.text() })).collect();
    Response::json(200, &told)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    state: String,
    /// The GLN of the place.
    #[serde(default)]
    location: Option<String>,
}

impl Order {
    fn state(&self) -> Result<PackState> {
        let wrong = || {
            let names: Vec<&str> = PackState::inactive().map(PackState::as_str).collect();
            Error::invalid(format!("'{}' is no state of an inactive pack; use one of {}", self.state, names.join(", ")))
                .at("state")
        };
        PackState::parse(&self.state).filter(|state| *state != PackState::Active).ok_or_else(wrong)
    }
}

/// `POST /packs/{epc}/decommission` with `{"state","location"}`
pub(crate) async fn decommission(context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let order: Order = request.json()?;
    let wanted = order.state()?;
    let (item, pack) = find(&context, &request).await?;
    let state = pack.as_ref().map_or(PackState::Active, |pack| pack.state);
    if !state::may_follow(state, wanted) {
        return refuse_second(&context, &item, state, wanted).await;
    }
    change(&context, &item, pack.as_ref(), wanted, order.location, "decommission").await
}

/// A second decommissioning may be a second pack with the same serial: a falsified one. It is refused, and told.
async fn refuse_second(context: &Context, item: &Item, state: PackState, wanted: PackState) -> Result<Response> {
    if state.second_alerts() {
        let alert = NewAlert {
            source: "dscsa",
            rule: Fault::Inactive.code().to_owned(),
            subject: item.epc.clone(),
            site: None,
            episode: format!("dscsa/{}/{}/{}", Fault::Inactive.code(), item.epc, context.now().0),
            evidence: json!({ "state": state.as_str(), "wanted": wanted.as_str(), "actor": context.grant.subject }),
        };
        let mut unit = Unit::new();
        raise(&mut unit, context, vec![alert]).await?;
        context.db.commit(unit).await?;
    }
    Err(refusal(Fault::Inactive, &format!("the pack is {}", state.as_str())))
}

fn refusal(fault: Fault, more: &str) -> Error {
    Error::new(Code::Conflict, format!("{}: {}; {more}", fault.code(), fault.text()))
}

/// `POST /packs/{epc}/reactivate` with `{"state","location"}`: the state that is undone
pub(crate) async fn reactivate(context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let order: Order = request.json()?;
    let named = order.state()?;
    let (item, pack) = find(&context, &request).await?;
    let Some(pack) = pack.filter(|pack| pack.state != PackState::Active) else {
        return Err(Error::conflict("the pack is active; there is nothing to undo"));
    };
    let since = Instant::parse(&pack.since).unwrap_or_default();
    let undo = Undo {
        named,
        by_the_same: pack.actor == context.grant.subject && pack.location == order.location,
        age_us: context.now().0.saturating_sub(since.0),
    };
    undo.check(pack.state).map_err(|(fault, why)| refusal(fault, why))?;
    change(&context, &item, Some(&pack), PackState::Active, order.location, "reactivate").await
}

async fn change(
    context: &Context,
    item: &Item,
    before: Option<&Pack>,
    state: PackState,
    location: Option<String>,
    action: &'static str,
) -> Result<Response> {
    let version = before.map_or(0, |pack| pack.version) + 1;
    let (since, actor) = (context.now().rfc3339(), context.grant.subject.clone());
    let pack = Pack { epc: item.epc.clone(), state, since, actor, location, version };
    let document = serde_json::to_string(&pack).map_err(Error::internal)?;
    let entry = Entry {
        topic: "dscsa.pack".to_owned(),
        action,
        subject: format!("packs/{}", pack.epc),
        version,
        hash: Some(sha256(document.as_bytes())),
        labels: Vec::new(),
        data: Some(json!({ "epc": pack.epc, "state": state.as_str(), "since": pack.since })),
    };
    let mut unit = Unit::new();
    store::put(&context.db, &pack, document, &mut unit);
    theriac_ledger::record(&mut unit, context, &[entry])?;
    context.db.commit(unit).await?;
    Response::json(200, &shown(item, Some(&pack)))
}
