//! `/transactions/{eventID}`: transaction information and transaction statement of a shipment (21 U.S.C. 360eee(26) and
//! (27)), made of the event, its items and master data, and what is missing in it.
//!
//! Every shipment in which the tenant sells or buys is judged when it comes in ([`watch`]), by a table of rules
//! ([`rule`]); what is found is kept, and looked at anew when somebody asks. Buyer and seller read their own ones.

mod information;
mod rule;
mod watch;

pub(crate) use rule::rules;
pub(crate) use watch::Shipments;

use crate::record::{self, Kind, Record, body, present};
use crate::store::record as store;
use crate::{as_tenant, investigation, returns};
use information::{Finding, information};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use theriac_access::Rows;
use theriac_alerts::{NewAlert, raise};
use theriac_core::{Code, Error, Result};
use theriac_epcis::identifier::class_of;
use theriac_epcis::item::{self, Item, Transfer};
use theriac_epcis::master::attributes;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};
use theriac_platform::setting;
use theriac_platform::{Context, Settings};

pub(crate) static KIND: Kind =
    Kind { segment: "transactions", topic: "dscsa.transaction", states: &["complete", "incomplete"] };

/// What an affirmed statement says.
const LEGAL_NOTICE: &str =
    "The seller has complied with each applicable subsection of FD&C Act, section 581(27)(A) to (G).";

/// The tenant's own part in a transfer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Seller,
    Buyer,
}

async fn part(context: &Context, transfer: &Transfer) -> Result<Option<Part>> {
    let settings = Settings::read(&context.db, context.now()).await?;
    let own = setting::list(settings.value("dscsa.gln")).next();
    let is = |party: &Option<String>| own.is_some() && party.as_deref() == own;
    Ok(if is(&transfer.seller) { Some(Part::Seller) } else { is(&transfer.buyer).then_some(Part::Buyer) })
}

/// The transfer, if the caller sees all of the trade or is one of the two.
async fn find(context: &Context, id: &str) -> Result<Transfer> {
    let missing = || Error::not_found(KIND.segment, id);
    let transfer = item::transfer(context, id).await?.ok_or_else(missing)?;
    let own = |party: &Option<String>| party.as_ref().is_some_and(|gln| context.grant.glns.contains(gln));
    let takes_part = context.grant.rows() == Rows::All || own(&transfer.seller) || own(&transfer.buyer);
    if takes_part && transfer.buyer.is_some() { Ok(transfer) } else { Err(missing()) }
}

/// A transfer with what is to be said of it.
struct Judged {
    information: Value,
    statement: Value,
    findings: Vec<Finding>,
}

async fn judge(context: &Context, transfer: &Transfer, received: &Value) -> Result<Judged> {
    let (information, mut findings) = told(context, transfer).await?;
    let statement = match part(context, transfer).await? {
        Some(Part::Seller) => {
            findings.extend(sold(context, &transfer.items).await?);
            let affirmed = findings.iter().all(|finding| !rule::forbids_statement(finding.code));
            present(json!({ "affirmTransactionStatement": affirmed, "legalNotice": affirmed.then_some(LEGAL_NOTICE),
                "seller": transfer.seller }))
        }
        Some(Part::Buyer) if received["affirmTransactionStatement"] != true => {
            findings.push(Finding { code: "ts-missing", subject: transfer.event_id.clone() });
            received.clone()
        }
        _ => received.clone(),
    };
    Ok(Judged { information, statement, findings })
}

/// One item and the transactions it went through, as far as the caller sees them.
pub(crate) async fn of_item(context: &Context, epc: &str) -> Result<Value> {
    let Some(item) = item::state(context, epc, None).await? else {
        return Ok(json!({ "epc": epc, "transactions": [] }));
    };
    let mut transactions = Vec::new();
    for transfer in item::transfers_of(context, epc).await? {
        let transfer = Transfer { items: vec![item.clone()], ..transfer };
        let judged = told(context, &transfer).await?.0;
        transactions.push(json!({ "eventID": transfer.event_id, "bizStep": transfer.step,
            "transactionInformation": judged }));
    }
    Ok(json!({ "epc": epc, "state": item.state().as_str(), "transactions": transactions }))
}

/// Transaction information, and what is missing in it.
async fn told(context: &Context, transfer: &Transfer) -> Result<(Value, Vec<Finding>)> {
    let tenant = as_tenant(context);
    let classes: BTreeSet<String> = transfer.items.iter().filter_map(|item| class_of(&item.epc)).collect();
    let products = attributes::of_ids(&tenant, &classes.into_iter().collect::<Vec<_>>()).await?;
    let glns = [&transfer.seller, &transfer.buyer].into_iter().flatten().cloned().collect();
    let parties = attributes::of_glns(&tenant, glns).await?;
    Ok(information(transfer, &products, &parties))
}

/// What may not be sold, and was.
async fn sold(context: &Context, items: &[Item]) -> Result<Vec<Finding>> {
    let epcs: Vec<String> = items.iter().map(|item| item.epc.clone()).collect();
    let mut findings = Vec::new();
    let wider = items.iter().flat_map(|item| [item.lot_class(), class_of(&item.epc)]).flatten();
    let subjects: BTreeSet<String> = epcs.iter().cloned().chain(wider).collect();
    for record in store::about(&context.db, &investigation::KIND, subjects.into_iter().collect()).await? {
        if investigation::is_open(&record) {
            findings.push(Finding { code: "ts-suspect-sold", subject: record.subject() });
        }
    }
    let mut newest: HashMap<String, Record> = HashMap::new();
    for record in store::about(&context.db, &returns::KIND, epcs).await? {
        newest.insert(record.document["epc"].as_str().unwrap_or_default().to_owned(), record);
    }
    let unverified = newest.into_values().filter(|record| record.state != "saleable");
    findings.extend(unverified.map(|record| Finding { code: "return-not-verified", subject: record.subject() }));
    Ok(findings)
}

/// `GET /transactions/{eventID}`: information and statement as of now
pub(crate) async fn read(context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let transfer = find(&context, request.param("eventID")).await?;
    let received = received(&context, &transfer.event_id).await?;
    let judged = judge(&context, &transfer, &received).await?;
    let findings = match context.grant.rows() {
        Rows::All => Some(judged.findings.iter().map(Finding::shown).collect::<Vec<_>>()),
        // Our own doubts are not a partner's to read.
        _ => None,
    };
    Response::json(
        200,
        &present(json!({ "eventID": transfer.event_id, "transactionInformation": judged.information,
            "transactionStatement": judged.statement, "findings": findings })),
    )
}

async fn received(context: &Context, event_id: &str) -> Result<Value> {
    let record = store::find(&context.db, &KIND, event_id).await?;
    Ok(record.map_or(Value::Null, |record| record.document["received"].clone()))
}

/// `POST /transactions/{eventID}/check`: judged anew, after master data came in
pub(crate) async fn check(context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    crate::only_who_sees_all(&context, KIND.segment, request.param("eventID"))?;
    let transfer = find(&context, request.param("eventID")).await?;
    let mut unit = Unit::new();
    let record = put(&context, &transfer, None, &mut unit).await?;
    context.db.commit(unit).await?;
    Response::json(200, &record.shown())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Statement {
    affirm_transaction_statement: bool,
    #[serde(default)]
    legal_notice: Option<String>,
}

/// `POST /transactions/{eventID}/statement`: the seller's, as `dscsaTransactionStatement` of the US guideline has it
pub(crate) async fn state(context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let said: Statement = body(&request)?;
    let transfer = find(&context, request.param("eventID")).await?;
    let by_seller = transfer.seller.as_ref().is_some_and(|gln| context.grant.glns.contains(gln));
    if context.grant.rows() != Rows::All && !by_seller {
        return Err(Error::new(Code::Forbidden, "a transaction statement is the seller's to make"));
    }
    if said.legal_notice.as_ref().is_some_and(|notice| notice.len() > 2_000) {
        return Err(Error::invalid("a legal notice has at most 2000 bytes").at("legalNotice"));
    }
    let received = present(json!({ "affirmTransactionStatement": said.affirm_transaction_statement,
        "legalNotice": said.legal_notice, "seller": transfer.seller, "receivedAt": context.now().rfc3339() }));
    let mut unit = Unit::new();
    // What was sold is read as the tenant sees it.
    let whole = item::transfer(&as_tenant(&context), &transfer.event_id).await?.unwrap_or(transfer);
    put(&context, &whole, Some(received.clone()), &mut unit).await?;
    context.db.commit(unit).await?;
    Response::json(200, &received)
}

/// Puts the record of the transfer into the unit, judged anew, with an alert where something was sold that may not be.
async fn put(context: &Context, transfer: &Transfer, received: Option<Value>, unit: &mut Unit) -> Result<Record> {
    let before = store::find(&context.db, &KIND, &transfer.event_id).await?;
    let known = before.as_ref().map_or(Value::Null, |before| before.document["received"].clone());
    let received = received.unwrap_or(known);
    let judged = judge(context, transfer, &received).await?;
    let findings: Vec<Value> = judged.findings.iter().map(Finding::shown).collect();
    let document = present(json!({ "eventID": transfer.event_id, "eventTime": transfer.time.rfc3339(),
        "seller": transfer.seller, "buyer": transfer.buyer, "items": transfer.items.len(), "received": received,
        "findings": findings }));
    let state = if findings.is_empty() { "complete" } else { "incomplete" };
    let mut record = match before {
        Some(before) => Record { version: before.version + 1, state, document, ..before },
        None => Record::new(context, &KIND, transfer.event_id.clone(), state, document),
    };
    record.subjects =
        if record.version == 1 { transfer.items.iter().map(|item| item.epc.clone()).collect() } else { Vec::new() };
    let told = present(json!({ "seller": transfer.seller, "buyer": transfer.buyer, "items": transfer.items.len(),
        "findings": findings }));
    record.put(context, "judge", told, unit)?;
    let forbidden = judged.findings.iter().filter(|finding| rule::forbids_statement(finding.code));
    let alert = |finding: &Finding| NewAlert {
        source: "dscsa",
        rule: finding.code.to_owned(),
        subject: record.subject(),
        site: None,
        episode: format!("dscsa/{}/{}/{}", finding.code, record.id, finding.subject),
        evidence: finding.shown(),
    };
    raise(unit, context, forbidden.map(alert).collect()).await?;
    Ok(record)
}

/// `GET /transactions`
pub(crate) async fn list(context: Context, request: Request) -> Result<Response> {
    record::list(&KIND, context, request).await
}
