//! FHIR: bundles as <http://hl7.org/fhir/R4/bundle.html> divides them, single resources, and lines of resources.
//!
//! Transactions and batches are sent as they are. Resources of collections, search results and lines are put
//! with their ids, many in one transaction; when that is refused, each by itself, so that only the bad stay out.

mod item;

use super::Loader;
use super::source::Source;
use bytes::Bytes;
use item::Item;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::path::Path;
use theriac_core::{Error, Result};
use theriac_platform::http::Method;

pub(super) const MEDIA: &str = "application/fhir+json";
/// Resources of one transaction, and bytes beyond which it is sent earlier.
const MANY: usize = 200;
const BYTES: usize = 4 << 20;
/// How often a lost race is tried again.
const ATTEMPTS: u32 = 5;

#[derive(Deserialize)]
struct Bundle<'a> {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(borrow, default)]
    entry: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(rename = "fullUrl", default)]
    full_url: Option<String>,
    #[serde(borrow)]
    resource: Option<&'a RawValue>,
}

pub async fn bundle(loader: &Loader, file: &Path, bytes: Bytes) {
    let bundle: Bundle<'_> = match serde_json::from_slice(&bytes) {
        Ok(bundle) => bundle,
        Err(error) => return loader.tally.refuse_file(file, &format!("it is not a Bundle: {error}")),
    };
    match bundle.kind.as_str() {
        "transaction" | "batch" => {
            let types = bundle.entry.iter().map(|e| e.resource.map(|r| item::type_of(r.get()))).collect();
            interaction(loader, file, bytes.clone(), types).await;
        }
        "collection" | "searchset" => {
            let mut items = Vec::new();
            for (at, entry) in bundle.entry.into_iter().enumerate() {
                let Some(resource) = entry.resource else { continue };
                take(loader, file, &mut items, Item::read(format!("entry[{at}]"), resource.get(), entry.full_url))
                    .await;
            }
            store(loader, file, items).await;
        }
        _ => resource(loader, file, &bytes).await,
    }
}

/// Sends a transaction or batch; `types` holds each entry's resource type.
async fn interaction(loader: &Loader, file: &Path, bytes: Bytes, types: Vec<Option<String>>) {
    match patiently(loader, Method::Post, "fhir", bytes).await {
        Err(error) => {
            types.iter().flatten().for_each(|kind| loader.tally.refused(kind, 1));
            loader.tally.list(file, &format!("all {} entries", types.len()), &error);
        }
        Ok(answer) => {
            let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap_or_default();
            for (at, kind) in types.iter().enumerate() {
                let response = &answer["entry"][at]["response"];
                count(loader, file, at, kind.as_deref(), response);
            }
        }
    }
}

fn count(loader: &Loader, file: &Path, at: usize, kind: Option<&str>, response: &serde_json::Value) {
    let status = response["status"].as_str().unwrap_or("200");
    match (status.starts_with('2'), kind) {
        (true, Some(kind)) => loader.tally.stored(kind, 1),
        // A read or a deletion stores nothing.
        (true, None) => {}
        (false, kind) => {
            let why = response["outcome"]["issue"][0]["diagnostics"].as_str().unwrap_or("the entry was refused");
            loader.tally.refused(kind.unwrap_or("(no resource)"), 1);
            let path = response["outcome"]["issue"][0]["expression"][0].as_str().unwrap_or_default();
            loader.tally.list_line(file, (&format!("entry[{at}]"), path), status, why);
        }
    }
}

pub async fn resource(loader: &Loader, file: &Path, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match Item::read(String::new(), &text, None) {
        Ok(item) => single(loader, file, &item).await,
        Err((_, why)) => loader.tally.refuse_file(file, &why),
    }
}

pub async fn lines(loader: &Loader, file: &Path, source: &mut Source) -> Result<(), String> {
    let mut items = Vec::new();
    while let Some((number, line)) = source.line().map_err(|e| format!("it cannot be read on: {e}"))? {
        let text = String::from_utf8_lossy(&line);
        take(loader, file, &mut items, Item::read(format!("line {number}"), &text, None)).await;
    }
    store(loader, file, items).await;
    Ok(())
}

/// Adds an item, and stores them when they are many.
async fn take(loader: &Loader, file: &Path, items: &mut Vec<Item>, item: Result<Item, (String, String)>) {
    match item {
        Ok(item) => items.push(item),
        Err((place, why)) => {
            loader.tally.refused("(not a resource)", 1);
            loader.tally.list_line(file, (&place, ""), "-", &why);
        }
    }
    if items.len() >= MANY || items.iter().map(|i| i.text.len()).sum::<usize>() > BYTES {
        store(loader, file, std::mem::take(items)).await;
    }
}

async fn store(loader: &Loader, file: &Path, items: Vec<Item>) {
    if let [one] = &items[..] {
        return single(loader, file, one).await;
    }
    if items.is_empty() {
        return;
    }
    if patiently(loader, Method::Post, "fhir", item::transaction(&items)).await.is_ok() {
        let mut types: BTreeMap<&str, u64> = BTreeMap::new();
        items.iter().for_each(|item| *types.entry(&item.kind).or_default() += 1);
        return types.into_iter().for_each(|(kind, count)| loader.tally.stored(kind, count));
    }
    for item in &items {
        single(loader, file, item).await;
    }
}

async fn single(loader: &Loader, file: &Path, item: &Item) {
    let method = if item.id.is_some() { Method::Put } else { Method::Post };
    match patiently(loader, method, &format!("fhir/{}", item.address()), item.text.clone()).await {
        Ok(_) => loader.tally.stored(&item.kind, 1),
        Err(error) => {
            loader.tally.refused(&item.kind, 1);
            loader.tally.list(file, &item.place, &error);
        }
    }
}

/// Sends, and again when another change came first or the database was busy.
async fn patiently(loader: &Loader, method: Method, address: &str, body: impl Into<Bytes>) -> Result<Bytes> {
    let body = body.into();
    let mut attempt = 1;
    loop {
        let outcome: Result<Bytes, Error> =
            loader.inside.send(method, address, MEDIA, body.clone()).await.map(|reply| reply.body);
        match outcome {
            Err(error) if error.code.meaning().retryable && attempt < ATTEMPTS => {
                tokio::time::sleep(std::time::Duration::from_millis(20 << attempt)).await;
                attempt += 1;
            }
            outcome => return outcome,
        }
    }
}
