//! The partnership's two schemas as types: ExceptionReport and ExceptionResponse. Where they say only `string`, ids are
//! held to be UUIDs, GTINs and GLNs to have their digits; check digits are not judged: a wrong one may be what is reported.

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use theriac_core::{Code, Error, Result};
use uuid::Uuid;

/// A message with the JSON it came in.
pub(super) enum Message {
    Report(Report, Value),
    Response(Response, Value),
}

impl Message {
    pub fn report(value: Value) -> Result<Self> {
        let report: Report = read(&value)?;
        report.check()?;
        Ok(Self::Report(report, value))
    }

    pub fn response(value: Value) -> Result<Self> {
        let response: Response = read(&value)?;
        response.sender_information.check()?;
        Ok(Self::Response(response, value))
    }

    pub fn kind(&self) -> &'static str {
        match self {
            Self::Report(..) => "report",
            Self::Response(..) => "response",
        }
    }

    pub fn value(&self) -> &Value {
        let (Self::Report(_, value) | Self::Response(_, value)) = self;
        value
    }

    pub fn uuid(&self) -> Uuid {
        match self {
            Self::Report(report, _) => report.message_uuid,
            Self::Response(response, _) => response.message_uuid,
        }
    }

    pub fn case(&self) -> Uuid {
        match self {
            Self::Report(report, _) => report.exception_case_uuid,
            Self::Response(response, _) => response.exception_case_uuid,
        }
    }

    pub fn order(&self) -> &str {
        match self {
            Self::Report(report, _) => &report.po_number,
            Self::Response(response, _) => &response.po_number,
        }
    }

    pub fn sender(&self) -> &Sender {
        match self {
            Self::Report(report, _) => &report.sender_information,
            Self::Response(response, _) => &response.sender_information,
        }
    }
}

fn read<T: serde::de::DeserializeOwned>(value: &Value) -> Result<T> {
    T::deserialize(value)
        .map_err(|e| Error::new(Code::Invalid, format!("the message does not have the shape of its schema: {e}")))
}

/// The ids of all exceptions that a report names.
pub(super) fn items(message: &Value) -> Vec<Uuid> {
    Report::deserialize(message).map(|report| report.items()).unwrap_or_default()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Report {
    message_uuid: Uuid,
    exception_case_uuid: Uuid,
    #[serde(rename = "timestamp")]
    _timestamp: i64,
    po_number: String,
    sender_information: Sender,
    #[serde(default)]
    exceptions: Option<Exceptions>,
    #[serde(default, rename = "other_errors")]
    _other_errors: Option<Vec<String>>,
    pub case_resolved: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Response {
    message_uuid: Uuid,
    exception_case_uuid: Uuid,
    #[serde(rename = "timestamp")]
    _timestamp: i64,
    sender_information: Sender,
    po_number: String,
    #[serde(default)]
    response_items: Option<Vec<ResponseItem>>,
    #[serde(default, rename = "additional_notes")]
    _additional_notes: Option<String>,
}

impl Response {
    pub fn items(&self) -> impl Iterator<Item = Uuid> {
        self.response_items.iter().flatten().map(|item| item.exception_item_uuid)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sender {
    #[serde(default)]
    pub vp: Option<String>,
    #[serde(default)]
    pub gln: Option<String>,
    email: String,
    #[serde(default, rename = "phone")]
    _phone: Option<String>,
}

impl Sender {
    fn check(&self) -> Result<()> {
        if let Some(gln) = &self.gln {
            digits(gln, 13, "sender_information.gln")?;
        }
        match self.email.trim().is_empty() {
            true => Err(Error::invalid("who sends it has an address of e-mail").at("sender_information.email")),
            false => Ok(()),
        }
    }
}

fn digits(text: &str, many: usize, place: &'static str) -> Result<()> {
    let good = text.len() == many && text.bytes().all(|b| b.is_ascii_digit());
    if good { Ok(()) } else { Err(Error::invalid(format!("'{text}' does not have {many} digits")).at(place)) }
}

/// What is asked for.
#[derive(Deserialize)]
enum Resolution {
    #[serde(rename = "Send new data")]
    SendNewData,
    #[serde(rename = "Send product")]
    SendProduct,
    #[serde(rename = "Return product")]
    ReturnProduct,
    #[serde(rename = "Send back product")]
    SendBackProduct,
    #[serde(rename = "Credit account")]
    CreditAccount,
    #[serde(rename = "Debit account")]
    DebitAccount,
}

#[derive(Deserialize)]
enum Seen {
    Scan,
    #[serde(rename = "Packing Slip")]
    PackingSlip,
    #[serde(rename = "ASN")]
    Asn,
    Other,
}

#[derive(Deserialize)]
enum Decision {
    Accept,
    Reject,
}

#[derive(Deserialize)]
enum FollowUp {
    Email,
    Phone,
}

/// A member that must be there, though it may be null.
fn there<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exceptions {
    #[serde(default)]
    missing_product_data: Option<Vec<MissingData>>,
    #[serde(default)]
    missing_product: Option<Vec<MissingProduct>>,
    #[serde(default)]
    data_misalignment: Option<Vec<Misaligned>>,
    #[serde(default)]
    overages: Option<Vec<Count>>,
    #[serde(default)]
    underages: Option<Vec<Count>>,
    #[serde(default)]
    master_data_errors: Option<MasterErrors>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MissingData {
    exception_item_uuid: Uuid,
    product_gtin: String,
    #[serde(rename = "observation_source")]
    _seen: Seen,
    #[serde(rename = "resolution_request")]
    _request: Resolution,
    #[serde(default, rename = "product_serial")]
    _serial: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MissingProduct {
    exception_item_uuid: Uuid,
    #[serde(rename = "file_id")]
    _file: String,
    product_gtin: String,
    #[serde(rename = "product_serial")]
    _serial: String,
    #[serde(rename = "resolution_request")]
    _request: Resolution,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Misaligned {
    exception_item_uuid: Uuid,
    received_product_gtin: String,
    #[serde(rename = "received_product_lot")]
    _received_lot: String,
    #[serde(rename = "received_product_expiry")]
    _received_expiry: String,
    #[serde(rename = "received_product_serial", deserialize_with = "there")]
    _received_serial: Option<String>,
    product_data_gtin: String,
    #[serde(rename = "product_data_lot")]
    _data_lot: String,
    #[serde(rename = "product_data_expiry")]
    _data_expiry: String,
    #[serde(rename = "product_data_serial", deserialize_with = "there")]
    _data_serial: Option<String>,
    #[serde(rename = "resolution_request")]
    _request: Resolution,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Count {
    exception_item_uuid: Uuid,
    gtin: String,
    quantity_ordered: i64,
    quantity_received: i64,
    #[serde(rename = "resolution_request")]
    _request: Resolution,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MasterErrors {
    #[serde(default)]
    gln_errors: Option<Vec<GlnError>>,
    #[serde(default)]
    gtin_errors: Option<Vec<GtinError>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GlnError {
    exception_item_uuid: Uuid,
    #[serde(rename = "invalid_gln")]
    _invalid: String,
    #[serde(default)]
    proposed_gln: Option<String>,
    #[serde(default, rename = "resolution_request")]
    _request: Option<Resolution>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GtinError {
    exception_item_uuid: Uuid,
    #[serde(rename = "invalid_gtin")]
    _invalid: String,
    #[serde(default)]
    proposed_gtin: Option<String>,
    #[serde(default, rename = "resolution_request")]
    _request: Option<Resolution>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResponseItem {
    exception_item_uuid: Uuid,
    #[serde(rename = "resolution_response")]
    _decision: Decision,
    #[serde(default, rename = "comments")]
    _comments: Option<String>,
    #[serde(default, rename = "alternative_resolution")]
    _alternative: Option<Alternative>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Alternative {
    #[serde(rename = "alternative_resolution", deserialize_with = "there")]
    _resolution: Option<Resolution>,
    #[serde(rename = "follow_up", deserialize_with = "there")]
    _follow_up: Option<FollowUp>,
    #[serde(default, rename = "follow_up_details")]
    _details: Option<String>,
}

impl Report {
    /// Each exception: its id, the GTINs it names, and whether its numbers make it one.
    fn each(&self) -> Vec<(Uuid, Vec<&str>)> {
        let Some(found) = &self.exceptions else { return Vec::new() };
        let mut each: Vec<(Uuid, Vec<&str>)> = Vec::new();
        each.extend(
            found.missing_product_data.iter().flatten().map(|e| (e.exception_item_uuid, vec![&*e.product_gtin])),
        );
        each.extend(found.missing_product.iter().flatten().map(|e| (e.exception_item_uuid, vec![&*e.product_gtin])));
        each.extend(
            found
                .data_misalignment
                .iter()
                .flatten()
                .map(|e| (e.exception_item_uuid, vec![&*e.received_product_gtin, &*e.product_data_gtin])),
        );
        let counts = found.overages.iter().chain(&found.underages).flatten();
        each.extend(counts.map(|e| (e.exception_item_uuid, vec![&*e.gtin])));
        if let Some(master) = &found.master_data_errors {
            each.extend(master.gln_errors.iter().flatten().map(|e| (e.exception_item_uuid, Vec::new())));
            let proposed = |e: &GtinError| (e.exception_item_uuid, Vec::new());
            each.extend(master.gtin_errors.iter().flatten().map(proposed));
        }
        each
    }

    fn items(&self) -> Vec<Uuid> {
        self.each().into_iter().map(|(item, _)| item).collect()
    }

    fn check(&self) -> Result<()> {
        self.sender_information.check()?;
        for gtin in self.each().iter().flat_map(|(_, gtins)| gtins) {
            digits(gtin, 14, "exceptions")?;
        }
        let Some(found) = &self.exceptions else { return Ok(()) };
        let over = |e: &Count| e.quantity_received > e.quantity_ordered && e.quantity_ordered >= 0;
        let under = |e: &Count| e.quantity_received < e.quantity_ordered && e.quantity_received >= 0;
        if !found.overages.iter().flatten().all(over) {
            return Err(Error::invalid("an overage is more received than ordered").at("exceptions.overages"));
        }
        if !found.underages.iter().flatten().all(under) {
            return Err(Error::invalid("an underage is less received than ordered").at("exceptions.underages"));
        }
        let Some(master) = &found.master_data_errors else { return Ok(()) };
        for gln in master.gln_errors.iter().flatten().filter_map(|e| e.proposed_gln.as_ref()) {
            digits(gln, 13, "exceptions.master_data_errors.gln_errors")?;
        }
        for gtin in master.gtin_errors.iter().flatten().filter_map(|e| e.proposed_gtin.as_ref()) {
            digits(gtin, 14, "exceptions.master_data_errors.gtin_errors")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ITEM: &str = "ed86b24e-987e-4eb3-8b05-5d335c4da093";

    fn report(exceptions: Value) -> Value {
        json!({ "message_uuid": ITEM, "exception_case_uuid": ITEM, "timestamp": 1_795_248_000, "po_number": "P1",
            "sender_information": { "email": "quality@buyer.example" }, "exceptions": exceptions, "case_resolved": false })
    }

    #[test]
    fn every_kind_of_exception_is_read_with_its_id() {
        let asked = "Send new data";
        let all = json!({
            "missing_product_data": [{ "exception_item_uuid": ITEM, "product_gtin": "04012345111118",
                "observation_source": "Packing Slip", "resolution_request": asked }],
            "missing_product": [{ "exception_item_uuid": ITEM, "file_id": "f", "product_gtin": "04012345111118",
                "product_serial": "1", "resolution_request": "Credit account" }],
            "data_misalignment": [{ "exception_item_uuid": ITEM, "received_product_gtin": "04012345111118",
                "received_product_lot": "L1", "received_product_expiry": "280131", "received_product_serial": null,
                "product_data_gtin": "04012345111118", "product_data_lot": "L2", "product_data_expiry": "280131",
                "product_data_serial": "1", "resolution_request": asked }],
            "overages": [{ "exception_item_uuid": ITEM, "gtin": "04012345111118", "quantity_ordered": 1,
                "quantity_received": 2, "resolution_request": "Return product" }],
            "underages": [{ "exception_item_uuid": ITEM, "gtin": "04012345111118", "quantity_ordered": 2,
                "quantity_received": 1, "resolution_request": "Send product" }],
            "master_data_errors": { "gln_errors": [{ "exception_item_uuid": ITEM, "invalid_gln": "x",
                "proposed_gln": "4000001000005" }], "gtin_errors": [{ "exception_item_uuid": ITEM, "invalid_gtin": "x" }] },
        });
        let message = Message::report(report(all.clone())).unwrap();
        assert_eq!((items(message.value()).len(), message.kind(), message.order()), (7, "report", "P1"));
        assert!(Message::report(report(Value::Null)).is_ok());
        let mut absent = all.clone();
        absent["data_misalignment"][0].as_object_mut().unwrap().remove("received_product_serial");
        assert!(Message::report(report(absent)).err().unwrap().message.contains("received_product_serial"));
        for (path, wrong, word) in [
            ("/overages/0/quantity_received", json!(1), "overage"),
            ("/underages/0/quantity_received", json!(3), "underage"),
            ("/overages/0/gtin", json!("4012345"), "14 digits"),
            ("/overages/0/resolution_request", json!("Refund"), "Debit account"),
            ("/overages/0/exception_item_uuid", json!("1"), "UUID"),
            ("/missing_product_data/0/observation_source", json!("Guess"), "Packing Slip"),
            ("/master_data_errors/gln_errors/0/proposed_gln", json!("1"), "13 digits"),
        ] {
            let mut changed = all.clone();
            *changed.pointer_mut(path).unwrap() = wrong;
            let error = Message::report(report(changed)).err().unwrap();
            assert!(error.to_string().contains(word) && error.status() == 400, "{path}: {error}");
        }
    }

    #[test]
    fn a_response_is_read_with_the_items_it_answers() {
        let good = json!({ "message_uuid": ITEM, "exception_case_uuid": ITEM, "timestamp": 1, "po_number": "P1",
            "sender_information": { "email": "a@b.example", "gln": "4000001000005" }, "response_items": [{
                "exception_item_uuid": ITEM, "resolution_response": "Reject", "comments": "no",
                "alternative_resolution": { "alternative_resolution": null, "follow_up": "Phone" } }] });
        let Message::Response(response, _) = Message::response(good.clone()).unwrap() else { panic!("a response") };
        assert_eq!(response.items().map(|item| item.to_string()).collect::<Vec<_>>(), [ITEM]);
        for (path, wrong, word) in [
            ("/response_items/0/resolution_response", json!("Maybe"), "Accept"),
            ("/response_items/0/alternative_resolution/follow_up", json!("Fax"), "Phone"),
            ("/sender_information/email", json!(" "), "e-mail"),
            ("/timestamp", json!("now"), "i64"),
        ] {
            let mut changed = good.clone();
            *changed.pointer_mut(path).unwrap() = wrong;
            assert!(Message::response(changed).err().unwrap().to_string().contains(word), "{path}");
        }
    }
}
