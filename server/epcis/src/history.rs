//! All stored events that made items what they are: those that name them, and those that emptied,
//! without naming its contents, a parent they were in.

use crate::event::{Event, EventType};
use crate::identifier::{Identifier, Kind};
use crate::index::term;
use crate::namespaces::Namespaces;
use crate::query::{AnyOf, Column, Direction};
use crate::store::select::{self, Found, Select};
use std::collections::{BTreeMap, BTreeSet};
use theriac_core::json::{self, Node};
use theriac_core::{Code, Error, Result};
use theriac_platform::db::TenantDb;

/// Events of one history that a reader may ask for at once.
pub(crate) const MOST: u64 = 100_000;

/// Items that are asked for in one statement.
pub(crate) const TOGETHER: usize = 5_000;

/// Stored bodies in capture order.
#[derive(Default)]
pub(crate) struct History(BTreeMap<i64, Vec<u8>>);

impl History {
    pub(crate) fn add(&mut self, found: Vec<Found>) {
        self.0.extend(found.into_iter().map(|f| (f.position.key, f.body)));
    }

    /// Hands the events to `work`, which cannot keep them. One that cannot be read any more is told to
    /// the log and left out: it must not stop all that come after it.
    ///
    /// # Errors
    /// `Internal` if a stored event is no JSON.
    pub(crate) fn read<T>(&self, work: impl for<'e> FnOnce(&[(Event<'e>, String)]) -> T) -> Result<T> {
        self.read_keyed(|events| {
            work(&events.iter().map(|(_, event, id)| (event.clone(), id.clone())).collect::<Vec<_>>())
        })
    }

    /// As above, with the key of each event.
    ///
    /// # Errors
    /// As above.
    pub(crate) fn read_keyed<T>(&self, work: impl for<'e> FnOnce(&[(i64, Event<'e>, String)]) -> T) -> Result<T> {
        let nodes = self.0.values().map(|body| json::parse(body)).collect::<Result<Vec<Node<'_>>, _>>();
        let nodes = nodes.map_err(Error::internal)?;
        let spaces = Namespaces::default();
        let read = |(key, node): (&i64, _)| match Event::read(node, "$", &spaces) {
            Ok(event) => {
                let id = event.event_id().unwrap_or("").to_owned();
                Some((*key, event, id))
            }
            Err(error) => {
                tracing::error!(%error, key, "a stored event cannot be read");
                None
            }
        };
        Ok(work(&self.0.keys().zip(&nodes).filter_map(read).collect::<Vec<_>>()))
    }
}

/// The history of items, and of all they were ever in: what happened to a parent happened to its contents.
/// `new` are events that are not stored yet.
///
/// # Errors
/// The database's.
pub(crate) async fn with_containers(db: &TenantDb, epcs: &[String], new: &[&Event<'_>]) -> Result<History> {
    of_items(db, epcs, new, u64::MAX).await.map(|(history, _)| history)
}

/// As above, with the keys of all these items.
///
/// # Errors
/// `TooCostly` if there are more than `most` events.
pub(crate) async fn of_items(
    db: &TenantDb,
    epcs: &[String],
    new: &[&Event<'_>],
    most: u64,
) -> Result<(History, BTreeSet<String>)> {
    let mut history = History::default();
    let mut asked: BTreeSet<String> = BTreeSet::new();
    let mut wanted: BTreeSet<String> = epcs.iter().cloned().collect();
    while !wanted.is_empty() {
        let names: Vec<String> = std::mem::take(&mut wanted).into_iter().collect();
        for names in names.chunks(TOGETHER) {
            history.add(with_terms(db, vec![naming(names)], None, most).await?);
        }
        asked.extend(names);
        let stored: Vec<String> =
            history.read(|events| events.iter().flat_map(|(event, _)| containers(event, &asked)).collect())?;
        let parents = stored.into_iter().chain(new.iter().flat_map(|event| containers(event, &asked)));
        wanted.extend(parents.filter(|parent| !asked.contains(parent)));
    }
    Ok((history, asked))
}

/// The parent of an event that packs or takes out one of these.
fn containers(event: &Event<'_>, items: &BTreeSet<String>) -> Vec<String> {
    let grouping = matches!(event.kind, EventType::Aggregation | EventType::Association);
    if grouping && event.epcs("childEPCs").iter().any(|child| items.contains(child)) {
        event.epcs("parentID")
    } else {
        Vec::new()
    }
}

/// The terms of events that name one of the items. A class also stands in the index of each of its
/// serials; their events say nothing of the class itself.
pub(crate) fn naming(epcs: &[String]) -> AnyOf {
    let terms = epcs.iter().flat_map(|epc| {
        let class = Identifier::parse(epc).is_ok_and(|i| i.kind() == Kind::Class);
        let fields: &[&str] = if class { &["anyEPCClass"] } else { &["anyEPC", "anyEPCClass"] };
        fields.iter().map(|field| term(field, epc)).collect::<Vec<_>>()
    });
    any_of("MATCH_anyEPC", terms)
}

pub(crate) fn any_of(parameter: &str, terms: impl IntoIterator<Item = i64>) -> AnyOf {
    let terms: BTreeSet<i64> = terms.into_iter().collect();
    AnyOf { parameter: parameter.to_owned(), terms: terms.into_iter().collect() }
}

pub(crate) async fn with_terms(
    db: &TenantDb,
    mut all_of: Vec<AnyOf>,
    visible: Option<&AnyOf>,
    most: u64,
) -> Result<Vec<Found>> {
    all_of.extend(visible.cloned());
    let select = Select {
        all_of,
        bounded: Vec::new(),
        times: Vec::new(),
        order_by: Column::RecordTime,
        direction: Direction::Asc,
        after: None,
        most: most.saturating_add(1),
    };
    let found = select::events(db, &select).await?;
    if found.len() as u64 > most {
        let message = format!("more than {most} events tell of this; ask for its events page by page instead");
        return Err(Error::new(Code::TooCostly, message));
    }
    Ok(found)
}
