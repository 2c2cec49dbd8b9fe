//! One caller's view of the line: topics, rights, and where it stands.

use super::Feed;
use super::Veiled;
use super::message::{Message, parts};
use super::sight::Sights;
use crate::entry::Record;
use crate::ledger::Ledger;
use crate::reads;
use std::sync::Arc;
use std::time::Duration;
use theriac_access::{Permission, Rows};
use theriac_core::{Code, Error, Result};
use theriac_platform::emergency::{self, Open};
use theriac_platform::http::Request;
use theriac_platform::{Context, Cursors};
use tokio::sync::watch;

/// Where a subscription begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    Now,
    Start,
    After(String),
}

pub struct Subscription {
    ledger: Arc<Ledger>,
    cursors: Cursors,
    sights: Sights,
    context: Context,
    topics: Vec<String>,
    rows: Rows,
    veiled: Option<Arc<dyn Veiled>>,
    size: watch::Receiver<u64>,
    closing: watch::Receiver<bool>,
    /// The next entry, and how many of its messages were given already.
    position: u64,
    part: u32,
}

const KNOWN: &[&str] = &["topics", "from", "ticket"];

impl Subscription {
    /// # Errors
    /// `UnknownParameter`, `Invalid` for a bad topic or cursor, `Forbidden` for a topic the role may not read.
    pub async fn open(feed: &Feed, context: &Context, request: &Request, last: Option<String>) -> Result<Self> {
        let (context, veiled) = veiled(feed, context, request).await?;
        let context = &context;
        let pairs = request.query_known(KNOWN)?;
        let get = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
        let topics = topics(get("topics"), context)?;
        let from = match (last, get("from").unwrap_or("now")) {
            (Some(cursor), _) => From::After(cursor),
            (None, "now") => From::Now,
            (None, "start") => From::Start,
            (None, cursor) => From::After(cursor.to_owned()),
        };
        let size = feed.ledger.watch(&context.db).await?;
        let (position, part) = match from {
            From::Now => (*size.borrow(), 0),
            From::Start => (0, 0),
            From::After(cursor) => place(&feed.cursors, context, &cursor)?,
        };
        Ok(Self {
            ledger: feed.ledger.clone(),
            cursors: feed.cursors.clone(),
            sights: feed.sights.clone(),
            rows: context.grant.rows(),
            veiled,
            context: context.clone(),
            topics,
            size,
            closing: feed.ledger.closing(),
            position,
            part,
        })
    }

    /// The next messages; a heartbeat when there were none for that long.
    ///
    /// # Errors
    /// `Unauthenticated` when the caller's token ran out; the database's.
    pub async fn next(&mut self, patience: Duration) -> Result<Vec<Message>> {
        let deadline = tokio::time::Instant::now() + patience;
        loop {
            self.context.check_standing()?;
            let position = self.position;
            let grown = tokio::select! {
                grown = tokio::time::timeout_at(deadline, self.size.wait_for(|size| *size > position)) => grown.is_ok(),
                () = self.context.taken_back() => continue,
                _ = self.closing.wait_for(|closing| *closing) => {
                    return Err(Error::new(Code::Unavailable, "the server is stopping; connect again with the last cursor"));
                }
            };
            if !grown {
                let now = self.context.now().rfc3339();
                return Ok(vec![Message::heartbeat(self.cursor(self.position, self.part)?, &now)]);
            }
            let messages = self.read().await?;
            if !messages.is_empty() {
                return Ok(messages);
            }
        }
    }

    async fn read(&mut self) -> Result<Vec<Message>> {
        let mut messages = Vec::new();
        // What is open in an emergency begins and ends while the line stays open.
        let (context, open) = emergency::opened(&self.context).await?;
        let rows = context.grant.rows();
        for segment in self.ledger.read(&self.context.db, self.position).await? {
            let rest = segment.records.iter().filter(|r| r.position >= self.position).map(AsRef::as_ref);
            let concerned = rest.filter(|r| rows.admits(&r.labels) && self.concerns(r)).collect();
            let seen = self.sights.among(&context, concerned).await?;
            self.tell_of(&open, &seen).await?;
            for record in seen {
                let skip = if record.position == self.position { self.part } else { 0 };
                let Some(veiled) = &self.veiled else {
                    self.render(record, skip, &mut messages)?;
                    continue;
                };
                if let Some(shown) = veiled.shown(&self.context, record).await? {
                    self.render(&shown, skip, &mut messages)?;
                }
            }
            (self.position, self.part) = (segment.end(), 0);
        }
        Ok(messages)
    }

    /// What is seen only because it is open in an emergency is recorded before it is told.
    async fn tell_of(&self, open: &[Open], seen: &[&Record]) -> Result<()> {
        if open.is_empty() || seen.is_empty() {
            return Ok(());
        }
        let plainly = seen.iter().copied().filter(|r| self.rows.admits(&r.labels)).collect();
        let plainly: Vec<u64> = self.sights.among(&self.context, plainly).await?.iter().map(|r| r.position).collect();
        let more: Vec<&Record> = seen.iter().copied().filter(|r| !plainly.contains(&r.position)).collect();
        let of = |open: &Open| {
            let own = more.iter().filter(|record| record.labels.contains(&open.patient));
            own.map(|record| record.subject.clone()).collect::<Vec<_>>()
        };
        let reads = open.iter().map(|open| (open, of(open))).filter(|(_, given)| !given.is_empty());
        reads::record(&self.context, "the feed", reads.collect()).await
    }

    /// The messages of one entry that this caller may see, as far as it asked for them.
    fn render(&self, record: &Record, skip: u32, messages: &mut Vec<Message>) -> Result<()> {
        let parts = parts(record, self.rows == Rows::All);
        let count = parts.len();
        for (i, part) in parts.into_iter().enumerate().skip(skip as usize) {
            if self.wants(&part.topic) {
                let after = if i + 1 == count { (record.position + 1, 0) } else { (record.position, i as u32 + 1) };
                messages.push(Message { cursor: self.cursor(after.0, after.1)?, rest: part.rest });
            }
        }
        Ok(())
    }

    /// A quick look before an entry is rendered.
    fn concerns(&self, record: &Record) -> bool {
        self.topics.iter().any(|t| record.is_about(t) || (t == "items" && record.topic == "epcis.event"))
    }

    fn wants(&self, topic: &str) -> bool {
        let asked = self
            .topics
            .iter()
            .any(|t| topic.strip_prefix(t.as_str()).is_some_and(|r| r.is_empty() || r.starts_with('.')));
        asked && Permission::of_topic(topic).is_some_and(|p| self.context.grant.may(p))
    }

    /// Concealed: a place in the line would tell how many entries there are that the caller may not see.
    fn cursor(&self, position: u64, part: u32) -> Result<String> {
        let mut bytes = position.to_be_bytes().to_vec();
        bytes.extend_from_slice(&part.to_be_bytes());
        self.cursors.conceal(&bound(&self.context), &bytes)
    }
}

/// Who may only see through a view, sees through one or nothing.
async fn veiled(feed: &Feed, context: &Context, request: &Request) -> Result<(Context, Option<Arc<dyn Veiled>>)> {
    let opened = match &feed.veil {
        Some(veil) => veil.open(context, request).await?,
        None => None,
    };
    Ok(opened.map_or_else(|| (context.clone(), None), |(context, veiled)| (context, Some(veiled))))
}

/// A feed cursor is a place in the tenant's line; rights are checked anew at every connection.
fn bound(context: &Context) -> String {
    format!("feed|{}", context.tenant.name)
}

fn place(cursors: &Cursors, context: &Context, cursor: &str) -> Result<(u64, u32)> {
    let bound = bound(context);
    // Earlier versions gave out cursors that were signed only; they stay good.
    let bytes = cursors.reveal(&bound, cursor).or_else(|_| cursors.open(&bound, cursor)).map_err(|e| e.at("from"))?;
    let (position, part) =
        bytes.split_first_chunk::<8>().ok_or_else(|| Error::invalid("a damaged cursor").at("from"))?;
    let part = part.first_chunk::<4>().map_or(0, |p| u32::from_be_bytes(*p));
    Ok((u64::from_be_bytes(*position), part))
}

/// The topics asked for; without any, all that the role may read.
fn topics(asked: Option<&str>, context: &Context) -> Result<Vec<String>> {
    let may = |topic: &str| Permission::of_topic(topic).map(|p| context.grant.may(p));
    let Some(asked) = asked.filter(|a| !a.is_empty()) else {
        let readable = theriac_access::permission::TOPICS.iter().map(|row| row.0);
        return Ok(readable.filter(|t| may(t) == Some(true)).map(str::to_owned).collect());
    };
    asked
        .split(',')
        .map(|topic| match may(topic) {
            Some(true) => Ok(topic.to_owned()),
            Some(false) => {
                Err(Error::new(Code::Forbidden, format!("the role may not read the topic '{topic}'")).at("topics"))
            }
            None => {
                let known: Vec<&str> = theriac_access::permission::TOPICS.iter().map(|row| row.0).collect();
                Err(Error::invalid(format!("'{topic}' is not a topic; topics are {}", known.join(", "))).at("topics"))
            }
        })
        .collect()
}
