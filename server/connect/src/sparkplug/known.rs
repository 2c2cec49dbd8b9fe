//! What is known of edge nodes, kept on disk: after a restart their data come by aliases that only their births named,
//! and the broker sends on where it was, without a birth.
//!
//! Births are large and rare, the counts of messages small and frequent: each has a file of its own.

use super::{Group, Node};
use crate::disk;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use theriac_core::Result;

pub struct Known {
    births: PathBuf,
    counts: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Birth {
    born: bool,
    session: Option<u64>,
    /// Device, alias, name, data type.
    metrics: Vec<(Option<String>, u64, String, Option<u32>)>,
}

/// By group and node.
type Births = BTreeMap<String, BTreeMap<String, Birth>>;
type Counts = BTreeMap<String, BTreeMap<String, u8>>;

impl Known {
    /// Of the MQTT source of that name.
    pub fn new(folder: &Path, name: &str) -> Self {
        let file = |kind: &str| folder.join(format!("sparkplug-{name}-{kind}.json"));
        Self { births: file("births"), counts: file("counts") }
    }

    /// # Errors
    /// `Internal` for a file that cannot be read.
    pub fn recall(&self, groups: &mut [(String, Group)]) -> Result<()> {
        let mut births: Births = disk::read(&self.births)?.unwrap_or_default();
        let counts: Counts = disk::read(&self.counts)?.unwrap_or_default();
        for (name, group) in groups {
            for (id, birth) in births.remove(name).unwrap_or_default() {
                let seq = counts.get(name).and_then(|nodes| nodes.get(&id)).copied();
                group.nodes.insert(id, Node::from(birth, seq));
            }
        }
        Ok(())
    }

    /// After the readings of a message lie in the spool, and before it is acknowledged.
    ///
    /// # Errors
    /// `Internal` if the disk refuses.
    pub fn keep(&self, groups: &mut [(String, Group)]) -> Result<()> {
        if groups.iter().any(|(_, group)| group.reborn) {
            let births: Births = groups.iter().map(|(name, group)| (name.clone(), group.births())).collect();
            disk::write(&self.births, &births)?;
            groups.iter_mut().for_each(|(_, group)| group.reborn = false);
        }
        let counts: Counts = groups.iter().map(|(name, group)| (name.clone(), group.counts())).collect();
        disk::write(&self.counts, &counts)
    }
}

impl Group {
    fn births(&self) -> BTreeMap<String, Birth> {
        self.nodes.iter().map(|(id, node)| (id.clone(), Birth::of(node))).collect()
    }

    fn counts(&self) -> BTreeMap<String, u8> {
        self.nodes.iter().filter_map(|(id, node)| Some((id.clone(), node.seq?))).collect()
    }
}

impl Birth {
    fn of(node: &Node) -> Self {
        let metrics = node.aliases.iter();
        let metrics =
            metrics.map(|((device, alias), (name, datatype))| (device.clone(), *alias, name.clone(), *datatype));
        Self { born: node.born, session: node.session, metrics: metrics.collect() }
    }
}

impl Node {
    fn from(birth: Birth, seq: Option<u8>) -> Self {
        let metrics = birth.metrics.into_iter();
        let aliases = metrics.map(|(device, alias, name, datatype)| ((device, alias), (name, datatype))).collect();
        Self { born: birth.born, session: birth.session, seq, asked: None, aliases }
    }
}
