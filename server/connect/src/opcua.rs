//! An OPC UA server as a source: its nodes monitored in one subscription, and what was missed read from its history.
//!
//! How far each node has come is kept beside the spool. After a restart of either side, the history from there on is
//! read first (part 11, ReadRaw), where the server keeps one; what then comes twice, counts once by its time.

use crate::config::{Node, OpcUa};
use crate::reading::{Quality, Reading};
use crate::run::Intake;
use opcua::client::{ClientBuilder, DataChangeCallback, HistoryReadAction, IdentityToken, Session};
use opcua::crypto::SecurityPolicy;
use opcua::types::{
    AttributeId, DataValue, DateTime, DateTimeUtc, HistoryData, HistoryReadValueId, MessageSecurityMode,
    MonitoredItemCreateRequest, MonitoringMode, MonitoringParameters, NodeId, ReadRawModifiedDetails, ReadValueId,
    StatusCode, TimestampsToReturn, UserTokenPolicy,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use theriac_core::{Error, Result};
use tokio::sync::{mpsc, watch};

const PAUSE: Duration = Duration::from_secs(2);
/// Values the server queues for each node between two notifications.
const QUEUE: u32 = 10_000;
/// Values of history asked for at once.
const PAGE: u32 = 10_000;
/// Readings put into the spool as one record.
const BATCH: usize = 5_000;

pub async fn run(config: OpcUa, folder: PathBuf, intake: Intake, mut stop: watch::Receiver<bool>) -> Result<()> {
    let nodes = config.nodes.iter().map(|node| Ok((node_id(node)?, node.property.clone())));
    let nodes = nodes.collect::<Result<Vec<(NodeId, String)>>>()?;
    let mut places = Places::open(&folder, &config.name)?;
    while !*stop.borrow() {
        match follow(&config, &nodes, &mut places, &intake, &mut stop).await {
            Ok(()) => return Ok(()),
            Err(Ended::Disk(error)) => return Err(error),
            Err(Ended::Source(why)) => {
                tracing::warn!(why, endpoint = config.endpoint, "the server is away; trying again");
                let _woken = tokio::time::timeout(PAUSE, stop.wait_for(|stop| *stop)).await;
            }
        }
    }
    Ok(())
}

fn node_id(node: &Node) -> Result<NodeId> {
    let wrong = |_| Error::invalid(format!("{:?} is no node id such as ns=2;s=Press.Force", node.id));
    NodeId::from_str(&node.id).map_err(wrong)
}

/// Why following ended: the source can be tried again, the disk not.
enum Ended {
    Source(String),
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
    nodes: &[(NodeId, String)],
    places: &mut Places,
    intake: &Intake,
    stop: &mut watch::Receiver<bool>,
) -> std::result::Result<(), Ended> {
    let (session, mut lost) = connect(config).await?;
    let (sender, mut values) = mpsc::unbounded_channel();
    subscribe(config, &session, nodes, sender).await?;
    tracing::info!(endpoint = config.endpoint, nodes = nodes.len(), "connected");
    for (node, property) in nodes {
        catch_up(&session, node, property, places, intake).await?;
    }
    loop {
        let mut readings = Vec::new();
        tokio::select! {
            _ = values.recv_many(&mut readings, BATCH) => {}
            ended = &mut lost => return Err(Ended::Source(format!("the session ended: {ended:?}"))),
            stopped = stop.wait_for(|stop| *stop) => {
                drop(stopped);
                break;
            }
        }
        intake.put(&readings).await?;
        places.passed(&readings)?;
    }
    let _gone = session.disconnect().await;
    Ok(())
}

type EventLoop = tokio::task::JoinHandle<StatusCode>;

async fn connect(config: &OpcUa) -> std::result::Result<(Arc<Session>, EventLoop), Ended> {
    let builder = ClientBuilder::new()
        .application_name("Theriac connector")
        .application_uri("urn:theriac:connect")
        .trust_server_certs(true)
        .session_retry_limit(0)
        .request_timeout(Duration::from_secs(20));
    let mut client = builder.client().map_err(|faults| Ended::Disk(Error::invalid(faults.join("; "))))?;
    let endpoint = (
        config.endpoint.as_str(),
        SecurityPolicy::None.to_str(),
        MessageSecurityMode::None,
        UserTokenPolicy::anonymous(),
    );
    let connecting = client.connect_to_matching_endpoint(endpoint, IdentityToken::Anonymous).await;
    let (session, events) = connecting.map_err(source("no endpoint"))?;
    let mut lost = events.spawn();
    tokio::select! {
        connected = session.wait_for_connection() => match connected {
            true => Ok((session, lost)),
            false => Err(Ended::Source("the session could not be opened".to_owned())),
        },
        ended = &mut lost => Err(Ended::Source(format!("the session could not be opened: {ended:?}"))),
    }
}

async fn subscribe(
    config: &OpcUa,
    session: &Session,
    nodes: &[(NodeId, String)],
    sender: mpsc::UnboundedSender<Reading>,
) -> std::result::Result<(), Ended> {
    let properties: BTreeMap<String, String> = nodes.iter().map(|(id, p)| (id.to_string(), p.clone())).collect();
    let callback = DataChangeCallback::new(move |value, item| {
        let property = properties.get(&item.item_to_monitor().node_id.to_string());
        if let Some(reading) = property.and_then(|property| reading(property, &value)) {
            // The receiver goes only when the session is given up.
            let _gone = sender.send(reading);
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

/// Reads what the server's history holds since the last value; a server without history has none to give.
async fn catch_up(
    session: &Session,
    node: &NodeId,
    property: &str,
    places: &mut Places,
    intake: &Intake,
) -> std::result::Result<(), Ended> {
    let Some(since) = places.of(property).and_then(DateTimeUtc::from_timestamp_micros) else { return Ok(()) };
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
        places.passed(&readings)?;
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
        let last = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(Error::internal)?,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(e) => return Err(Error::internal(format!("{}: {e}", path.display()))),
        };
        Ok(Self { path, last })
    }

    fn of(&self, property: &str) -> Option<i64> {
        self.last.get(property).copied()
    }

    /// Written after the readings: a crash in between has some of them read again.
    fn passed(&mut self, readings: &[Reading]) -> Result<()> {
        for reading in readings {
            let last = self.last.entry(reading.property.clone()).or_insert(reading.time);
            *last = (*last).max(reading.time);
        }
        let new = self.path.with_extension("new");
        let text = serde_json::to_vec(&self.last).map_err(Error::internal)?;
        let written = std::fs::write(&new, text).and_then(|()| std::fs::rename(&new, &self.path));
        written.map_err(|e| Error::internal(format!("{}: {e}", self.path.display())))
    }
}
