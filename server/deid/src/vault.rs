//! The vault of one research project: which record has which pseudonym, sealed with AES-256-GCM.
//!
//! Strict profiles draw pseudonyms at random, 164.514(c)(1); others make them with the project's key. Either way the
//! pair is kept, so that a pseudonym can be asked by. What was looked up once is remembered, within bounds.

use crate::profile::Pseudonyms;
use crate::secret::{self, Keyring, Root};
use crate::store;
use crate::store::pseudonym::{self as rows, Kept};
use crate::walk::Names;
use parking_lot::RwLock;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use theriac_core::{Error, Result};
use theriac_platform::db::TenantDb;

const SHARDS: usize = 16;
const MOST_PER_SHARD: usize = 32_768;

pub struct Vault {
    tenant: String,
    project: String,
    root: Root,
    /// Versions of the sealing key, oldest first.
    keys: Vec<(i64, [u8; 32])>,
    remembered: Remembered,
}

type Shard<K, V> = RwLock<HashMap<K, V>>;
/// Kind and value.
type Truth = (String, String);

/// `Patient/1` and its pseudonym, both ways.
#[derive(Default)]
struct Remembered {
    shown: [Shard<String, Arc<str>>; SHARDS],
    behind: [Shard<Arc<str>, Truth>; SHARDS],
}

impl Remembered {
    fn add(&self, kind: &str, value: &str, pseudonym: &str) {
        let (key, pseudonym): (_, Arc<str>) = (format!("{kind}/{value}"), pseudonym.into());
        put(&self.shown[shard(&key)], key, pseudonym.clone());
        put(&self.behind[shard(&pseudonym)], pseudonym, (kind.to_owned(), value.to_owned()));
    }
}

fn put<K: std::hash::Hash + Eq, V>(shard: &RwLock<HashMap<K, V>>, key: K, value: V) {
    let mut shard = shard.write();
    if shard.len() >= MOST_PER_SHARD {
        shard.clear();
    }
    shard.insert(key, value);
}

fn shard(text: &str) -> usize {
    text.bytes().fold(0usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte))) % SHARDS
}

/// What a key of a project is good for.
pub(crate) fn bound(tenant: &str, project: &str, version: i64) -> String {
    format!("theriac deid key|{tenant}|{project}|{version}")
}

impl Vault {
    /// # Errors
    /// `Internal` if the project has no key, or one of another installation.
    pub async fn open(db: &TenantDb, ring: &Keyring, tenant: &str, project: &str) -> Result<Self> {
        let sealed = store::keys(db, project).await?;
        let opened = sealed.into_iter().map(|(version, key)| {
            let key = ring.open_key(&bound(tenant, project, version), &key)?;
            Ok((version, key))
        });
        let keys = opened.collect::<Result<Vec<_>>>()?;
        let first = keys.first().ok_or_else(|| Error::internal("a research project without a key"))?;
        let (root, remembered) = (Root::new(&first.1)?, Remembered::default());
        Ok(Self { tenant: tenant.to_owned(), project: project.to_owned(), root, keys, remembered })
    }

    pub fn key_version(&self) -> i64 {
        self.keys.last().map_or(0, |(version, _)| *version)
    }

    /// Finds pseudonyms for what is asked, and gives new ones to what has none.
    ///
    /// # Errors
    /// The database's.
    pub async fn fill(&self, db: &TenantDb, how: Pseudonyms, asked: &[(String, String)]) -> Result<()> {
        let asked: HashSet<&(String, String)> = asked.iter().collect();
        let mut open: HashMap<String, &(String, String)> = HashMap::new();
        for pair in asked {
            open.insert(secret::letters(&self.root.find(&pair.0, &pair.1)), pair);
        }
        self.learn(db, &mut open).await?;
        if open.is_empty() {
            return Ok(());
        }
        let new = open.iter().map(|(find, pair)| self.kept(find, pair, how)).collect::<Result<Vec<_>>>()?;
        rows::add(db, &self.project, &new).await?;
        // Of two who add the same at once, one was first: what stands is what counts.
        self.learn(db, &mut open).await?;
        if open.is_empty() { Ok(()) } else { Err(Error::internal("a pseudonym was not kept")) }
    }

    async fn learn(&self, db: &TenantDb, open: &mut HashMap<String, &(String, String)>) -> Result<()> {
        for (find, pseudonym) in rows::known(db, &self.project, open.keys().cloned().collect()).await? {
            if let Some((kind, value)) = open.remove(&find) {
                self.remembered.add(kind, value, &pseudonym);
            }
        }
        Ok(())
    }

    fn kept(&self, find: &str, (kind, value): &(String, String), how: Pseudonyms) -> Result<Kept> {
        let (key_version, key) = self.keys.last().ok_or_else(|| Error::internal("no key"))?;
        let pseudonym = match how {
            Pseudonyms::Random => secret::letters(&secret::random::<16>()?),
            Pseudonyms::Keyed => self.root.keyed(kind, value),
        };
        let sealed = secret::seal(key, &self.seal_bound(kind, *key_version), value.as_bytes())?;
        Ok(Kept { find: find.to_owned(), pseudonym, kind: kind.clone(), key_version: *key_version, sealed })
    }

    fn seal_bound(&self, kind: &str, version: i64) -> String {
        format!("theriac deid value|{}|{}|{kind}|{version}", self.tenant, self.project)
    }

    /// Kind and value behind a pseudonym of this project.
    ///
    /// # Errors
    /// The database's; `Internal` for a value that cannot be opened, which is never given out sealed.
    pub async fn behind(&self, db: &TenantDb, pseudonym: &str) -> Result<Option<(String, String)>> {
        if let Some(known) = self.remembered.behind[shard(pseudonym)].read().get(pseudonym) {
            return Ok(Some(known.clone()));
        }
        let Some(kept) = rows::behind(db, &self.project, pseudonym).await? else { return Ok(None) };
        let key = self.keys.iter().find(|(version, _)| *version == kept.key_version);
        let (version, key) = key.ok_or_else(|| Error::internal("a pseudonym under a key that is gone"))?;
        let value = secret::open(key, &self.seal_bound(&kept.kind, *version), &kept.sealed)?;
        let value = String::from_utf8(value).map_err(Error::internal)?;
        self.remembered.add(&kept.kind, &value, pseudonym);
        Ok(Some((kept.kind, value)))
    }

    /// The number behind a version as it is shown.
    pub fn true_version(&self, kind: &str, id: &str, shown: &str) -> Option<u64> {
        self.root.true_version(kind, id, shown)
    }
}

impl Names for Vault {
    fn pseudonym(&self, kind: &str, value: &str) -> Option<Arc<str>> {
        let key = format!("{kind}/{value}");
        self.remembered.shown[shard(&key)].read().get(&key).cloned()
    }

    fn shift(&self, patient: &str) -> i64 {
        self.root.shift(patient)
    }

    fn version(&self, kind: &str, id: &str, version: &str) -> Option<String> {
        self.root.version(kind, id, version)
    }
}
