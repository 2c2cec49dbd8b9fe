//! `POST /{tenant}/isa95/readings`: one body, one batch, one ledger entry.
//!
//! What is accepted is durable and in the ledger when the answer goes out; what is refused is named by its line.

use crate::batch::{self, Accepted, Columns, Conversion, Taken, resolve};
use crate::catalogue::Known;
use crate::equipment::Address;
use crate::reading::columnar::{self, Columnar};
use crate::reading::{self, Batch, Format, REFUSED_KEPT, Refused, ahead};
use crate::service::{Isa95, READINGS};
use crate::store;
use bytes::Bytes;
use serde::Serialize;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use theriac_access::{Rows, label};
use theriac_core::hash::sha256;
use theriac_core::{Code, Error, Result};
use theriac_ledger::Entry;
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};
use tokio::sync::mpsc;

/// Larger bodies are read on a thread of their own, so that others do not wait for them.
const LARGE: usize = 256 * 1024;

/// What is answered about a body.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Outcome {
    pub accepted: usize,
    pub refused: Vec<Refused>,
    /// All that were refused, where more were than are named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused_count: Option<u64>,
}

impl Outcome {
    /// What became of the next part of the same body.
    fn add(&mut self, part: Self) {
        let count = |outcome: &Self| outcome.refused_count.unwrap_or(outcome.refused.len() as u64);
        let refused = count(self) + count(&part);
        self.accepted += part.accepted;
        self.refused.extend(part.refused);
        self.refused.truncate(REFUSED_KEPT);
        self.refused_count = Some(refused).filter(|count| *count > self.refused.len() as u64);
    }

    fn of(accepted: &Accepted) -> Self {
        let named = accepted.refused.len() as u64;
        Self {
            accepted: accepted.columns.len(),
            refused: accepted.refused.clone(),
            refused_count: Some(accepted.refused_count).filter(|count| *count > named),
        }
    }
}

pub(crate) async fn post(isa95: Isa95, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let _share = isa95.flow.take(context.db.tenant_key(), request.body.len())?;
    if let Some(kind) = request.header("content-type").and_then(Columnar::from_media_type) {
        return Response::json(202, &in_columns(&isa95, &context, kind, request.body).await?);
    }
    let format = format(&request)?;
    let batch = parse(format, request.body.clone()).await?;
    let mut gathered = Gathered::default();
    let outcome = gathered.add(&isa95, &context, batch).await?;
    gathered.store(&context).await?;
    Response::json(202, &outcome)
}

fn format(request: &Request) -> Result<Format> {
    let given = request.header("content-type").unwrap_or("none");
    Format::from_media_type(given).ok_or_else(|| {
        let message = format!(
            "readings come as application/json, application/x-ndjson, text/csv, application/vnd.apache.parquet, \
             application/vnd.apache.arrow.stream or application/vnd.apache.arrow.file; the Content-Type here is {given}"
        );
        Error::new(Code::UnsupportedMedia, message)
    })
}

async fn parse(format: Format, body: Bytes) -> Result<Batch> {
    if body.len() < LARGE {
        return reading::parse(format, &body);
    }
    tokio::task::spawn_blocking(move || reading::parse(format, &body)).await.map_err(Error::internal)?
}

/// Readings stored at once of a body in columns, which may hold many times as many.
const TOGETHER: usize = 256 * 1024;

/// Slice by slice: read on a thread of its own, stored here, neither far ahead of the other. What was stored before a fault
/// in the body stays, and the answer says how much; sent again, it counts once.
async fn in_columns(isa95: &Isa95, context: &Context, kind: Columnar, body: Bytes) -> Result<Outcome> {
    let (sender, mut slices) = mpsc::channel(2);
    let work =
        tokio::task::spawn_blocking(move || columnar::read(kind, body, |batch| sender.blocking_send(batch).is_ok()));
    let (mut gathered, mut whole, mut stored) = (Gathered::default(), Outcome::default(), 0);
    while let Some(batch) = slices.recv().await {
        whole.add(gathered.add(isa95, context, batch).await?);
        if gathered.columns.len() >= TOGETHER {
            stored += gathered.columns.len();
            std::mem::take(&mut gathered).store(context).await?;
        }
    }
    // The readers of these formats may panic on bytes that no writer makes; that is the body's fault.
    let read = work.await.unwrap_or_else(|_| Err(Error::malformed("the body is damaged and cannot be read")));
    if let Err(mut error) = read {
        if stored > 0 {
            error.message = format!("{}; {stored} readings before it are stored", error.message);
        }
        return Err(error);
    }
    gathered.store(context).await?;
    Ok(whole)
}

/// Readings of one or several bodies on their way into one batch.
#[derive(Default)]
pub(crate) struct Gathered {
    columns: Columns,
    sites: BTreeSet<String>,
}

impl Gathered {
    /// Looks up the properties and keeps what is accepted.
    pub async fn add(&mut self, isa95: &Isa95, context: &Context, mut batch: Batch) -> Result<Outcome> {
        if let Some(latest) = ahead::latest(context).await? {
            batch.refuse_after(latest);
        }
        let rows = context.grant.rows();
        let found = isa95.catalogue.find(&context.db, &batch.properties).await?;
        let known: HashMap<String, Option<Arc<Known>>> = batch.properties.iter().cloned().zip(found).collect();
        let known_as = |address: &str| known.get(address).and_then(Option::as_ref);
        let accepted =
            resolve(batch, |address, unit| takes(&rows, address, known_as(address)).and_then(|k| in_unit(k, unit)));
        let outcome = Outcome::of(&accepted);
        let keys: HashSet<i64> = accepted.columns.properties.iter().copied().collect();
        let taken = |known: &&Arc<Known>| keys.contains(&known.key);
        self.sites.extend(known.values().flatten().filter(taken).filter_map(|known| known.site.clone()));
        self.append(accepted.columns);
        Ok(outcome)
    }

    fn append(&mut self, more: Columns) {
        if self.columns.is_empty() {
            self.columns = more;
            return;
        }
        let mut known: HashMap<i64, u32> = self.columns.properties.iter().copied().zip(0..).collect();
        let number = |key: &i64| {
            *known.entry(*key).or_insert_with(|| {
                self.columns.properties.push(*key);
                (self.columns.properties.len() - 1) as u32
            })
        };
        let numbers: Vec<u32> = more.properties.iter().map(number).collect();
        self.columns.property_index.extend(more.property_index.iter().map(|index| numbers[*index as usize]));
        self.columns.times.extend(more.times);
        self.columns.values.extend(more.values);
        self.columns.qualities.extend(more.qualities);
    }

    /// One batch, one ledger entry; nothing where nothing was accepted.
    pub async fn store(self, context: &Context) -> Result<()> {
        if self.columns.is_empty() {
            return Ok(());
        }
        let (key, count) = (context.key(), self.columns.len());
        let body = batch::encode(&self.columns)?;
        let entry = Entry {
            topic: READINGS.to_owned(),
            action: "create",
            subject: format!("batch/{key}"),
            version: 0,
            hash: Some(sha256(&body)),
            labels: self.sites.iter().map(|site| label::site(site)).collect(),
            data: Some(serde_json::json!({ "batch": key, "count": count })),
        };
        let mut unit = Unit::new();
        store::insert_batch(&mut unit, &context.db, key, context.now().0, count, body);
        theriac_ledger::record(&mut unit, context, &[entry])?;
        context.db.commit(unit).await.map(drop)
    }
}

/// The property, if its readings are taken from this caller, or why not.
fn takes<'k>(rows: &Rows, address: &str, known: Option<&'k Arc<Known>>) -> Result<&'k Arc<Known>, String> {
    let seen = |known: &&Arc<Known>| rows.admits(&known.site.iter().map(|s| label::site(s)).collect::<Vec<_>>());
    match known.filter(seen) {
        Some(known) if known.watched => Ok(known),
        Some(_) => Err(format!("property {address:?} is no longer watched; put it into its equipment again")),
        None => Err(unknown(address)),
    }
}

fn in_unit(known: &Known, unit: &str) -> Result<Taken, String> {
    let own = known.unit.as_deref().unwrap_or_default();
    let conversion = Conversion::between(unit, own).map_err(|why| format!("property {:?}: {why}", known.address))?;
    Ok(Taken { key: known.key, conversion })
}

fn unknown(address: &str) -> String {
    match Address::parse(address) {
        Err(error) => error.message,
        Ok(Address { equipment, property }) => format!(
            "property {address:?} is not known; define equipment {equipment:?} with the property {property:?} first"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(properties: &[i64], index: &[u32], values: &[f64]) -> Columns {
        Columns {
            properties: properties.to_vec(),
            property_index: index.to_vec(),
            times: vec![0; values.len()],
            values: values.to_vec(),
            qualities: vec![0; values.len()],
        }
    }

    #[test]
    fn several_bodies_make_one_batch() {
        let mut gathered = Gathered::default();
        gathered.append(columns(&[7, 8], &[0, 1], &[1.0, 2.0]));
        gathered.append(columns(&[9, 7], &[0, 1, 1], &[3.0, 4.0, 5.0]));
        assert_eq!(gathered.columns, columns(&[7, 8, 9], &[0, 1, 2, 0, 0], &[1.0, 2.0, 3.0, 4.0, 5.0]));
        assert!(batch::encode(&gathered.columns).is_ok());
    }

    #[test]
    fn what_another_site_owns_is_not_known_here() {
        let known = Arc::new(Known {
            address: "press1.force".into(),
            key: 5,
            site: Some("basel".into()),
            unit: None,
            limits: crate::limits::Limits::default(),
            watched: true,
        });
        let rows = |site: &str| Rows::Labels(vec![label::site(site)]);
        assert_eq!(takes(&rows("basel"), "press1.force", Some(&known)).map(|known| known.key), Ok(5));
        let refused = takes(&rows("visp"), "press1.force", Some(&known)).unwrap_err();
        assert_eq!(refused, takes(&rows("visp"), "press1.force", None).unwrap_err());
        assert!(refused.contains("define equipment \"press1\" with the property \"force\""), "{refused}");
        let retired = Arc::new(Known { watched: false, ..(*known).clone() });
        assert!(takes(&Rows::All, "press1.force", Some(&retired)).unwrap_err().contains("no longer"));
    }
}
