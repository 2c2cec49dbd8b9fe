//! Sparkplug B payloads and what an application must know of an edge node: its metrics' names by alias, and the order
//! of its messages. Sparkplug 3.0, chapters 5 (operational behaviour) and 6 (payloads).

use crate::reading::{Quality, Reading};
use prost::Message;
use std::collections::{BTreeMap, HashMap};

#[derive(Clone, PartialEq, Message)]
pub struct Payload {
    #[prost(uint64, optional, tag = "1")]
    pub timestamp: Option<u64>,
    #[prost(message, repeated, tag = "2")]
    pub metrics: Vec<Metric>,
    #[prost(uint64, optional, tag = "3")]
    pub seq: Option<u64>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Metric {
    #[prost(string, optional, tag = "1")]
    pub name: Option<String>,
    #[prost(uint64, optional, tag = "2")]
    pub alias: Option<u64>,
    #[prost(uint64, optional, tag = "3")]
    pub timestamp: Option<u64>,
    #[prost(uint32, optional, tag = "4")]
    pub datatype: Option<u32>,
    #[prost(bool, optional, tag = "5")]
    pub is_historical: Option<bool>,
    #[prost(bool, optional, tag = "7")]
    pub is_null: Option<bool>,
    #[prost(oneof = "Value", tags = "10, 11, 12, 13, 14, 15, 16")]
    pub value: Option<Value>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub enum Value {
    #[prost(uint32, tag = "10")]
    Int(u32),
    #[prost(uint64, tag = "11")]
    Long(u64),
    #[prost(float, tag = "12")]
    Float(f32),
    #[prost(double, tag = "13")]
    Double(f64),
    #[prost(bool, tag = "14")]
    Boolean(bool),
    #[prost(string, tag = "15")]
    Text(String),
    #[prost(bytes = "vec", tag = "16")]
    Bytes(Vec<u8>),
}

/// Data types whose values are signed, though the wire carries them unsigned (Sparkplug 3.0, 6.4.16).
const INT8: u32 = 1;
const INT16: u32 = 2;
const INT32: u32 = 3;
const INT64: u32 = 4;

impl Metric {
    /// The value as a number; none for texts, templates and nulls.
    pub fn number(&self) -> Option<f64> {
        let datatype = self.datatype.unwrap_or_default();
        match self.value.as_ref().filter(|_| self.is_null != Some(true))? {
            Value::Int(n) if datatype == INT8 => Some(f64::from(n.to_le_bytes()[0].cast_signed())),
            Value::Int(n) if datatype == INT16 => Some(f64::from((n & 0xffff) as i16)),
            Value::Int(n) if datatype == INT32 => Some(f64::from(n.cast_signed())),
            Value::Int(n) => Some(f64::from(*n)),
            Value::Long(n) if datatype == INT64 => Some(n.cast_signed() as f64),
            Value::Long(n) => Some(*n as f64),
            Value::Float(n) => Some(f64::from(*n)),
            Value::Double(n) => Some(*n),
            Value::Boolean(truth) => Some(f64::from(u8::from(*truth))),
            Value::Text(_) | Value::Bytes(_) => None,
        }
    }
}

/// The kinds of message that an application listens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    NodeBirth,
    NodeData,
    NodeDeath,
    DeviceBirth,
    DeviceData,
    DeviceDeath,
}

/// `spBv1.0/{group}/{kind}/{node}[/{device}]`
#[derive(Debug, PartialEq, Eq)]
pub struct Topic<'t> {
    pub group: &'t str,
    pub kind: Kind,
    pub node: &'t str,
    pub device: Option<&'t str>,
}

impl<'t> Topic<'t> {
    pub fn of(topic: &'t str) -> Option<Self> {
        let mut levels = topic.split('/');
        let namespace = levels.next()?;
        let (group, kind, node, device) = (levels.next()?, levels.next()?, levels.next()?, levels.next());
        let kind = match (kind, device.is_some()) {
            ("NBIRTH", false) => Kind::NodeBirth,
            ("NDATA", false) => Kind::NodeData,
            ("NDEATH", false) => Kind::NodeDeath,
            ("DBIRTH", true) => Kind::DeviceBirth,
            ("DDATA", true) => Kind::DeviceData,
            ("DDEATH", true) => Kind::DeviceDeath,
            _ => return None,
        };
        (namespace == "spBv1.0" && levels.next().is_none()).then_some(Self { group, kind, node, device })
    }
}

/// What is known of one edge node.
#[derive(Debug, Default)]
struct Node {
    /// Its birth was seen, and nothing was missed since.
    born: bool,
    /// Of the session that the birth began; a death of another session is an old one's (5.10).
    session: Option<u64>,
    /// Of the last message.
    seq: Option<u8>,
    /// When its birth was asked for.
    asked: Option<i64>,
    /// Metrics by device (the node's own under none) and alias: name and data type.
    aliases: HashMap<(Option<String>, u64), (String, Option<u32>)>,
}

/// All edge nodes of a group.
pub struct Group {
    property: String,
    nodes: BTreeMap<String, Node>,
    reborn: bool,
}

/// What a message says.
#[derive(Debug, PartialEq)]
pub enum Said {
    Readings(Vec<Reading>),
    /// Something is missing: the node must be asked for its birth again (5.9, `Node Control/Rebirth`).
    Rebirth,
    /// Something is missing, and the birth was asked for just now.
    Waiting,
}

/// A node is not asked again before this long, in microseconds.
const ASKED: i64 = 5_000_000;

impl Group {
    pub fn new(property: &str) -> Self {
        Self { property: property.to_owned(), nodes: BTreeMap::new(), reborn: false }
    }

    /// Takes a message that arrived at `now` (microseconds). `again` says that the broker sends it a second time, since
    /// the first was not acknowledged: such messages begin where those acknowledged end, and are counted on from there.
    pub fn take(
        &mut self,
        topic: &Topic<'_>,
        payload: &[u8],
        now: i64,
        again: bool,
    ) -> Result<Said, prost::DecodeError> {
        let payload = Payload::decode(payload)?;
        let node = self.nodes.entry(topic.node.to_owned()).or_default();
        match topic.kind {
            Kind::NodeDeath => {
                if node.is_of(payload.session()) {
                    (node.born, self.reborn) = (false, true);
                }
                return Ok(Said::Readings(Vec::new()));
            }
            Kind::NodeBirth => *node = Node { born: true, session: payload.session(), ..Node::default() },
            _ if !node.follows(&payload, again) => return Ok(node.ask(now)),
            _ => {}
        }
        node.seq = payload.seq.map(|seq| (seq & 0xff) as u8);
        if matches!(topic.kind, Kind::NodeBirth | Kind::DeviceBirth) {
            node.learn(topic.device, &payload.metrics);
            self.reborn = true;
        }
        Ok(node.readings(topic, payload, &self.property, now))
    }
}

impl Payload {
    /// The number of the session that a birth begins and a death ends.
    fn session(&self) -> Option<u64> {
        let metric = self.metrics.iter().find(|metric| metric.name.as_deref() == Some("bdSeq"))?;
        match metric.value {
            Some(Value::Long(n)) => Some(n),
            Some(Value::Int(n)) => Some(u64::from(n)),
            _ => None,
        }
    }
}

fn micros(millis: u64) -> Option<i64> {
    i64::try_from(millis).ok()?.checked_mul(1_000)
}

fn property(pattern: &str, topic: &Topic<'_>, metric: &str) -> String {
    let device = topic.device.unwrap_or(topic.node);
    pattern.replace("{node}", topic.node).replace("{device}", device).replace("{metric}", metric)
}

impl Node {
    /// Is it the message after the last one? They are counted 0 to 255 and round again (6.4.5).
    fn follows(&self, payload: &Payload, again: bool) -> bool {
        let next = self.seq.map(|last| u64::from(last.wrapping_add(1)));
        self.born && (again || (next.is_some() && payload.seq == next))
    }

    fn is_of(&self, session: Option<u64>) -> bool {
        session.is_none() || self.session.is_none() || session == self.session
    }

    /// Until it is born again, nothing of it can be told apart.
    fn ask(&mut self, now: i64) -> Said {
        self.born = false;
        if self.asked.is_some_and(|asked| now - asked < ASKED) {
            return Said::Waiting;
        }
        self.asked = Some(now);
        Said::Rebirth
    }

    fn readings(&mut self, topic: &Topic<'_>, payload: Payload, pattern: &str, now: i64) -> Said {
        let mut readings = Vec::new();
        for metric in payload.metrics {
            let Some((name, datatype)) = self.known(topic.device, &metric) else { return self.ask(now) };
            let time = metric.timestamp.or(payload.timestamp).and_then(micros).unwrap_or(now);
            let Some(value) = (Metric { datatype, ..metric }).number() else { continue };
            if name == "bdSeq" {
                continue;
            }
            readings.push(Reading { property: property(pattern, topic, &name), time, value, quality: Quality::Good });
        }
        Said::Readings(readings)
    }

    fn learn(&mut self, device: Option<&str>, metrics: &[Metric]) {
        for metric in metrics {
            if let (Some(alias), Some(name)) = (metric.alias, &metric.name) {
                let key = (device.map(str::to_owned), alias);
                self.aliases.insert(key, (name.clone(), metric.datatype));
            }
        }
    }

    /// Name and data type; none for an alias that no birth has told of.
    fn known(&self, device: Option<&str>, metric: &Metric) -> Option<(String, Option<u32>)> {
        if let Some(name) = metric.name.as_ref().filter(|name| !name.is_empty()) {
            return Some((name.clone(), metric.datatype));
        }
        let (name, datatype) = self.aliases.get(&(device.map(str::to_owned), metric.alias?))?;
        Some((name.clone(), metric.datatype.or(*datatype)))
    }
}

/// The command that asks a node for its birth: topic and payload.
pub fn rebirth(group: &str, node: &str, now: i64) -> (String, Vec<u8>) {
    let metric = Metric {
        name: Some("Node Control/Rebirth".to_owned()),
        datatype: Some(11),
        value: Some(Value::Boolean(true)),
        timestamp: u64::try_from(now / 1_000).ok(),
        ..Metric::default()
    };
    let payload = Payload { timestamp: metric.timestamp, metrics: vec![metric], seq: None };
    (format!("spBv1.0/{group}/NCMD/{node}"), payload.encode_to_vec())
}

mod known;

pub use known::Known;

#[cfg(test)]
mod tests;
