//! An OPC UA server as a source: its nodes monitored in one subscription, and what was missed read from its history.
//!
//! How far each node has come is kept beside the spool. After a restart of either side, the history from there on is
//! read first (part 11, ReadRaw), where the server keeps one; what then comes twice, counts once by its time.

mod choose;
mod connection;
mod keys;

use crate::config::opcua::{Node, OpcUa};
use crate::disk;
use crate::reading::{Quality, Reading};
use crate::run::Intake;
use connection::{EventLoop, connect};
use keys::Keys;
use opcua::client::{DataChangeCallback, HistoryReadAction, Session};
use opcua::types::{
    AttributeId, DataValue, DateTime, DateTimeUtc, HistoryData, HistoryReadValueId, MonitoredItemCreateRequest,
    MonitoringMode, MonitoringParameters, NodeId, ReadRawModifiedDetails, ReadValueId, StatusCode, TimestampsToReturn,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;
use theriac_core::{Error, Result};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

const PAUSE: Duration = Duration::from_secs(2);
/// Between two sessions that are refused: each costs an operation with the private key, whose time a stranger could measure
/// (docs/adr/0026-opcua-security.md).
const LONGEST: Duration = Duration::from_secs(60);
/// Values the server queues for each node between two notifications.
const QUEUE: u32 = 10_000;
/// Values of history asked for at once.
const PAGE: u32 = 10_000;
/// Values that wait for the disk.
const WAITING: usize = 100_000;
/// A server writes its history a little after it notifies: it is read a second time after this long.
const SETTLE: Duration = Duration::from_secs(5);
/// Readings put into the spool as one record.
const BATCH: usize = 5_000;

pub async fn run(config: OpcUa, folder: &Path, intake: Intake, mut stop: watch::Receiver<bool>) -> Result<()> {
    let nodes = config.nodes.iter().map(|node| Ok((node_id(node)?, node.property.clone())));
    let nodes = nodes.collect::<Result<Vec<(NodeId, String)>>>()?;
    let mut places = Places::open(folder, &config.name)?;
    let (settings, at) = (config.clone(), folder.to_owned());
    // Making a key takes its time.
    let keys = tokio::task::spawn_blocking(move || Keys::open(&settings, &at)).await.map_err(Error::internal)??;
    let mut patience = PAUSE;
    while !*stop.borrow() {
        let opened = tokio::select! {
            opened = connect(&config, &keys) => opened,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let ended = match opened {
            Ok((session, events)) => {
                patience = PAUSE;
                follow(&config, (&session, events), &nodes, &mut places, &intake, &mut stop).await
            }
            Err(why) => Err(why),
        };
        let Err(why) = ended else { return Ok(()) };
        let pause = pause(&config.endpoint, why, &mut patience)?;
        let _woken = tokio::time::timeout(pause, stop.wait_for(|stop| *stop)).await;
    }
    Ok(())
}

/// How long to wait before the next try. What was refused is tried less and less often.
fn pause(endpoint: &str, ended: Ended, patience: &mut Duration) -> Result<Duration> {
    match ended {
        Ended::Disk(error) => Err(error),
        Ended::Source(why) => {
            tracing::warn!(why, endpoint, "the server is away; trying again");
            Ok(PAUSE)
        }
        Ended::Refused(why) => {
            tracing::warn!(why, endpoint, "the server cannot be spoken to; trying again");
            Ok(std::mem::replace(patience, LONGEST.min(*patience * 2)))
        }
    }
}

fn node_id(node: &Node) -> Result<NodeId> {
    let wrong = |_| Error::invalid(format!("{:?} is no node id such as ns=2;s=Press.Force", node.id));
    NodeId::from_str(&node.id).map_err(wrong)
}

/// Why following ended: the source can be tried again, the disk not.
enum Ended {
    Source(String),
    /// One side does not want the other as it is.
    Refused(String),
    Disk(Error),
}

impl From<Error> for Ended {
    fn from(error: Error) -> Self {
        Self::Disk(error)
    }
}

fn source(what: &str) -> impl Fn(opcua::types::Error) -> Ended {
    let what = what.to_owned();
    move |error| Ended::Source(format!("{what}: {error}"))
}

async fn follow(
    config: &OpcUa,
    (session, mut events): (&Session, EventLoop),
    nodes: &[(NodeId, String)],
    places: &mut Places,
    intake: &Intake,
    stop: &mut watch::Receiver<bool>,
) -> std::result::Result<(), Ended> {
    let (sender, mut values) = mpsc::channel(WAITING);
    subscribe(config, session, nodes, sender).await?;
    tracing::info!(endpoint = config.endpoint, nodes = nodes.len(), "connected");
    let since = places.last.clone();
    history(session, nodes, &since, intake).await?;
    let mut settle = Some(Instant::now() + SETTLE);
    loop {
        let readings = match next(&mut values, &mut events, settle, stop).await {
            Next::Values(readings) => readings,
            Next::Settled => {
                history(session, nodes, &since, intake).await?;
                settle = None;
                continue;
            }
            Next::Lost(why) => return Err(Ended::Source(why)),
            Next::Stop => break,
        };
        intake.put(&readings).await?;
        places.passed(&readings, settle.is_none())?;
    }
    let _gone = session.disconnect().await;
    Ok(())
}

enum Next {
    Values(Vec<Reading>),
    /// History is now as far as the first values of the subscription.
    Settled,
    Lost(String),
    Stop,
}

async fn next(
    values: &mut mpsc::Receiver<Reading>,
    events: &mut EventLoop,
    settle: Option<Instant>,
    stop: &mut watch::Receiver<bool>,
) -> Next {
    let mut readings = Vec::new();
    let settled = tokio::time::sleep_until(settle.unwrap_or_else(|| Instant::now() + SETTLE));
    tokio::select! {
        taken = values.recv_many(&mut readings, BATCH) => match taken {
            0 => Next::Lost("values come faster than they can be kept".to_owned()),
            _ => Next::Values(readings),
        },
        () = settled, if settle.is_some() => Next::Settled,
        ended = &mut events.0 => Next::Lost(format!("the session ended: {ended:?}")),
        _ = stop.wait_for(|stop| *stop) => Next::Stop,
    }
}

async fn subscribe(
    config: &OpcUa,
    session: &Session,
    nodes: &[(NodeId, String)],
    sender: mpsc::Sender<Reading>,
) -> std::result::Result<(), Ended> {
    let properties: BTreeMap<String, String> = nodes.iter().map(|(id, p)| (id.to_string(), p.clone())).collect();
    let mut sender = Some(sender);
    let callback = DataChangeCallback::new(move |value, item| {
        let property = properties.get(&item.item_to_monitor().node_id.to_string());
        if let Some(reading) = property.and_then(|property| reading(property, &value)) {
            // Full: nothing after the gap may be taken, so that history is read from where it begins.
            if sender.as_ref().is_some_and(|sender| sender.try_send(reading).is_err()) {
                sender = None;
            }
        }
    });
    let interval = Duration::from_millis(config.publishing_ms);
    let subscription = session.create_subscription(interval, 1_200, 10, 0, 0, true, callback).await;
    let subscription = subscription.map_err(source("no subscription"))?;
    let item = |(at, (id, _)): (usize, &(NodeId, String))| {
        let to_monitor =
            ReadValueId { node_id: id.clone(), attribute_id: AttributeId::Value as u32, ..Default::default() };
        let parameters = MonitoringParameters {
            client_handle: at as u32 + 1,
            sampling_interval: 0.0,
            queue_size: QUEUE,
            discard_oldest: false,
            ..Default::default()
        };
        MonitoredItemCreateRequest::new(to_monitor, MonitoringMode::Reporting, parameters)
    };
    let items = nodes.iter().enumerate().map(item).collect();
    let made = session.create_monitored_items(subscription, TimestampsToReturn::Both, items).await;
    for (made, (id, _)) in made.map_err(source("no monitored items"))?.iter().zip(nodes) {
        if made.result.status_code.is_bad() {
            return Err(Ended::Source(format!("{id} cannot be monitored: {}", made.result.status_code)));
        }
    }
    Ok(())
}

/// A value that is a number, by the time of its source.
fn reading(property: &str, value: &DataValue) -> Option<Reading> {
    let number = value.value.as_ref()?.as_f64()?;
    let time = value.source_timestamp.or(value.server_timestamp)?;
    let status = value.status.unwrap_or(StatusCode::Good);
    let quality = match () {
        () if status.is_bad() => Quality::Bad,
        () if status.is_uncertain() => Quality::Uncertain,
        () => Quality::Good,
    };
    Some(Reading { property: property.to_owned(), time: time.as_chrono().timestamp_micros(), value: number, quality })
}

/// Reads what the server's history holds since the last value of each node.
async fn history(
    session: &Session,
    nodes: &[(NodeId, String)],
    since: &BTreeMap<String, i64>,
    intake: &Intake,
) -> std::result::Result<(), Ended> {
    for (node, property) in nodes {
        if let Some(since) = since.get(property).copied().and_then(DateTimeUtc::from_timestamp_micros) {
            catch_up(session, node, property, since, intake).await?;
        }
    }
    Ok(())
}

/// A server without history has none to give.
async fn catch_up(
    session: &Session,
    node: &NodeId,
    property: &str,
    since: DateTimeUtc,
    intake: &Intake,
) -> std::result::Result<(), Ended> {
    let details = ReadRawModifiedDetails {
        is_read_modified: false,
        start_time: DateTime::from(since),
        end_time: DateTime::now(),
        num_values_per_node: PAGE,
        return_bounds: false,
    };
    let mut asked = HistoryReadValueId { node_id: node.clone(), ..Default::default() };
    loop {
        let action = HistoryReadAction::ReadRawModifiedDetails(details.clone());
        let answer = session.history_read(action, TimestampsToReturn::Both, false, std::slice::from_ref(&asked)).await;
        let Some(page) = answer.map_err(source("no history"))?.into_iter().next() else { return Ok(()) };
        if page.status_code.is_bad() {
            tracing::info!(%node, status = %page.status_code, "the server keeps no history of the node");
            return Ok(());
        }
        let values = page.history_data.into_inner_as::<HistoryData>().and_then(|data| data.data_values);
        let readings: Vec<Reading> =
            values.unwrap_or_default().iter().filter_map(|value| reading(property, value)).collect();
        intake.put(&readings).await?;
        if page.continuation_point.is_null() {
            return Ok(());
        }
        asked.continuation_point = page.continuation_point;
    }
}

/// The time of the last value of each property that lies in the spool.
struct Places {
    path: PathBuf,
    last: BTreeMap<String, i64>,
}

impl Places {
    fn open(folder: &Path, name: &str) -> Result<Self> {
        let path = folder.join(format!("opcua-{name}.json"));
        let last = disk::read(&path)?.unwrap_or_default();
        Ok(Self { path, last })
    }

    /// Written after the readings: a crash in between has some of them read again. Until history has been read to its
    /// end (`settled`), places only begin and do not move.
    fn passed(&mut self, readings: &[Reading], settled: bool) -> Result<()> {
        for reading in readings {
            let last = self.last.entry(reading.property.clone()).or_insert(reading.time);
            *last = if settled { reading.time.max(*last) } else { *last };
        }
        disk::write(&self.path, &self.last)
    }
}
