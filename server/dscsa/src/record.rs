//! What the DSCSA wants kept (six years, 582(b)(1)(A)(i)): a document in a state, with what it is about and until when
//! something is due. All kinds have one shape and one store; each kind is the `KIND` of its file.
//!
//! Records are never deleted. Every version is an entry of the ledger with the hash of the document; the entry tells in
//! words only what names no person.

use crate::only_who_sees_all;
use crate::store::record as store;
use serde_json::{Value, json};
use theriac_core::hash::sha256;
use theriac_core::{Code, Error, Instant, Result};
use theriac_ledger::Entry;
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    /// Segment of the address, and the word in the store.
    pub segment: &'static str,
    pub topic: &'static str,
    pub states: &'static [&'static str],
}

impl Kind {
    pub fn state(&self, name: &str) -> Option<&'static str> {
        self.states.iter().copied().find(|state| *state == name)
    }
}

/// One version of a record.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub kind: &'static Kind,
    pub id: String,
    pub key: i64,
    pub version: i64,
    pub state: &'static str,
    /// When the next step is due, if one is.
    pub due: Option<Instant>,
    /// Items and lots, added to those it had; not read back.
    pub subjects: Vec<String>,
    pub document: Value,
}

impl Record {
    pub fn new(context: &Context, kind: &'static Kind, id: String, state: &'static str, document: Value) -> Self {
        Self { kind, id, key: context.key(), version: 1, state, due: None, subjects: Vec::new(), document }
    }

    pub fn subject(&self) -> String {
        format!("{}/{}", self.kind.segment, self.id)
    }

    pub fn shown(&self) -> Value {
        let mut shown = json!({ "id": self.id, "version": self.version, "state": self.state });
        if let Some(due) = self.due {
            shown["due"] = due.rfc3339().into();
        }
        if let (Value::Object(shown), Value::Object(document)) = (&mut shown, self.document.clone()) {
            shown.extend(document);
            // What only this installation may read is not given out.
            shown.remove("sealed");
        }
        shown
    }

    /// Puts this version and its entry into the unit; `told` is what the entry says in words.
    pub fn put(&self, context: &Context, action: &'static str, mut told: Value, unit: &mut Unit) -> Result<()> {
        let document = self.document.to_string();
        told["state"] = self.state.into();
        if let Some(due) = self.due {
            told["due"] = due.rfc3339().into();
        }
        let entry = Entry {
            topic: self.kind.topic.to_owned(),
            action,
            subject: self.subject(),
            version: self.version,
            hash: Some(sha256(document.as_bytes())),
            labels: Vec::new(),
            data: Some(told),
        };
        store::put(&context.db, self, document, unit);
        theriac_ledger::record(unit, context, &[entry])
    }

    /// As above, in a unit of its own.
    pub async fn commit(&self, context: &Context, action: &'static str, told: Value) -> Result<()> {
        let mut unit = Unit::new();
        self.put(context, action, told, &mut unit)?;
        context.db.commit(unit).await.map(drop)
    }
}

/// The record, for those who see all of the tenant's trade.
pub(crate) async fn find(context: &Context, kind: &'static Kind, id: &str) -> Result<Record> {
    only_who_sees_all(context, kind.segment, id)?;
    let found = store::find(&context.db, kind, id).await?;
    found.ok_or_else(|| Error::not_found(kind.segment, id))
}

/// `GET /{kind}/{id}`
pub(crate) async fn read(kind: &'static Kind, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    Response::json(200, &find(&context, kind, request.param("id")).await?.shown())
}

const USUAL: i64 = 100;
const MOST: i64 = 1_000;

/// `GET /{kind}?state=&subject=&from=&count=`, newest first
pub(crate) async fn list(kind: &'static Kind, context: Context, request: Request) -> Result<Response> {
    let mut question = store::Question { state: None, subject: None, before: i64::MAX, most: USUAL };
    for (name, value) in request.query_known(&["state", "subject", "from", "count"])? {
        match name.as_str() {
            "state" => question.state = Some(state(kind, &value)?),
            "subject" => question.subject = Some(theriac_epcis::identifier::canonical(&value).into_owned()),
            "from" => question.before = before(&value)?,
            _ => question.most = count(&value)?,
        }
    }
    let most = question.most;
    let sees = only_who_sees_all(&context, kind.segment, "").is_ok();
    question.most += 1;
    let mut found = if sees { store::list(&context.db, kind, &question).await? } else { Vec::new() };
    let more = i64::try_from(found.len()).is_ok_and(|n| n > most);
    found.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    let mut body = json!({ kind.segment: found.iter().map(Record::shown).collect::<Vec<_>>() });
    if let Some(last) = found.last().filter(|_| more) {
        body["next"] = format!("{:x}", last.key).into();
    }
    Response::json(200, &body)
}

fn state(kind: &Kind, text: &str) -> Result<&'static str> {
    let message = || format!("'{text}' is no state here; there are {}", kind.states.join(", "));
    kind.state(text).ok_or_else(|| Error::invalid(message()).at("state"))
}

fn before(text: &str) -> Result<i64> {
    let wrong = |_| Error::invalid("'from' takes the 'next' of the page before; leave it out to begin").at("from");
    i64::from_str_radix(text, 16).map_err(wrong)
}

fn count(text: &str) -> Result<i64> {
    let wrong = || Error::invalid(format!("'count' is a whole number from 1 to {MOST}")).at("count");
    text.parse().ok().filter(|n| (1..=MOST).contains(n)).ok_or_else(wrong)
}

/// The body as a value of a known shape; a wrong value in it is told with its place.
pub(crate) fn body<T: serde::de::DeserializeOwned>(request: &Request) -> Result<T> {
    serde_json::from_slice(&request.body).map_err(|e| {
        let code = if e.is_data() { Code::Invalid } else { Code::Malformed };
        Error::new(code, format!("the body does not have the expected shape: {e}")).at(format!(
            "line {}, column {}",
            e.line(),
            e.column()
        ))
    })
}

/// Members that are there, without those that are null.
pub(crate) fn present(value: Value) -> Value {
    match value {
        Value::Object(members) => members.into_iter().filter(|(_, member)| !member.is_null()).collect(),
        other => other,
    }
}
