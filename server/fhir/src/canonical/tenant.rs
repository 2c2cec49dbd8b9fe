//! What a tenant has stored of definitional resources, before what is part of the program: held in memory, and never
//! old for long.
//!
//! A change made by this process is seen by the next request. One made by another process on the same database is
//! seen within [`PATIENCE_US`]: then the database is asked whether anything changed, which is one small statement.
//!
//! Who may see them: definitions hold no patient's data and are the tenant's common rules, so what they say serves every
//! caller who may read FHIR there (an expansion, a message of the validator, `:in`). As records (read, search, history,
//! an operation on an instance) they follow the caller's rows like any other resource.

use super::{Canonical, Canonicals, Definition, Embedded, Layers};
use crate::store::canonical::{self as store, Packed, Stamp, Stand};
use crate::store::search::{self, Ask, Moment};
use crate::terminology::{Library, supplement};
use crate::{body, kind};
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use theriac_core::{Result, json};
use theriac_platform::Context;

/// Types that are found by canonical address.
pub const TYPES: &[&str] = &[
    "CodeSystem",
    "CompartmentDefinition",
    "ConceptMap",
    "ImplementationGuide",
    "OperationDefinition",
    "Questionnaire",
    "SearchParameter",
    "StructureDefinition",
    "StructureMap",
    "ValueSet",
];

/// The mark that a unit touches when it writes one of them.
pub(crate) const MARK: &str = "fhir.canonical";

/// Definitions that are read at a time.
const PAGE: usize = 1_000;

/// How long a change by another process may go unseen, in microseconds.
pub const PATIENCE_US: i64 = 1_000_000;

/// Is a resource of that type found by canonical address?
pub(crate) fn is_kept(kind: i16) -> bool {
    TYPES.binary_search(&kind::name(kind)).is_ok()
}

/// The definitions of one tenant at one moment, and those of the standard below them.
pub struct TenantCanonicals {
    own: Arc<Own>,
    layers: Arc<Layers>,
    library: Arc<Library>,
    touches: u64,
    stamp: Stamp,
    checked: AtomicI64,
}

/// What the tenant itself has stored.
#[derive(Default)]
struct Own {
    all: Vec<Arc<Stored>>,
    /// By type and address, the one that an address without version means first.
    by_address: HashMap<&'static str, HashMap<String, Vec<Arc<Stored>>>>,
}

struct Stored {
    stand: Stand,
    packed: Packed,
    url: String,
    version: String,
    status: u8,
    read: OnceLock<Option<Definition>>,
}

/// Of all tenants of this process.
#[derive(Default)]
struct Kept {
    tenants: RwLock<HashMap<i32, Arc<TenantCanonicals>>>,
}

impl TenantCanonicals {
    /// The tenant's definitions as they are now.
    ///
    /// # Errors
    /// The database's.
    pub async fn of(context: &Context) -> Result<Arc<Self>> {
        Self::within(context, PATIENCE_US).await
    }

    /// As [`TenantCanonicals::of`], whatever another process has done until now.
    ///
    /// # Errors
    /// The database's.
    pub async fn now(context: &Context) -> Result<Arc<Self>> {
        Self::within(context, 0).await
    }

    async fn within(context: &Context, patience: i64) -> Result<Arc<Self>> {
        let db = &context.db;
        let kept = db.server().kept::<Kept>();
        let known = kept.tenants.read().get(&db.tenant_key()).cloned();
        let (touches, now) = (db.touches(MARK), context.now().0);
        if let Some(known) = &known
            && known.touches == touches
        {
            if now - known.checked.load(Ordering::Relaxed) < patience {
                return Ok(known.clone());
            }
            if store::stamp(db, &numbers()).await? == known.stamp {
                known.checked.store(now, Ordering::Relaxed);
                return Ok(known.clone());
            }
        }
        let fresh = Arc::new(Self::load(context, known.as_deref(), touches, now).await?);
        kept.tenants.write().insert(db.tenant_key(), fresh.clone());
        Ok(fresh)
    }

    /// What has not changed is taken over from what was known. The stamp is taken first: a change that comes after it
    /// makes another one.
    async fn load(context: &Context, known: Option<&Self>, touches: u64, now: i64) -> Result<Self> {
        let db = &context.db;
        let stamp = store::stamp(db, &numbers()).await?;
        let stands = store::stands(db, &numbers()).await?;
        let mut before: HashMap<&Stand, &Arc<Stored>> = HashMap::new();
        before.extend(known.iter().flat_map(|k| &k.own.all).map(|stored| (&stored.stand, stored)));
        let (old, new): (Vec<Stand>, Vec<Stand>) = stands.into_iter().partition(|s| before.contains_key(s));
        let mut all: Vec<Arc<Stored>> = old.iter().filter_map(|s| before.get(s)).map(|s| (*s).clone()).collect();
        for (stand, packed) in store::bodies(db, &new).await? {
            all.push(Arc::new(Stored::read(stand, packed)?));
        }
        Ok(Self::made(all, touches, stamp, now))
    }

    fn made(all: Vec<Arc<Stored>>, touches: u64, stamp: Stamp, now: i64) -> Self {
        let own = Arc::new(Own::of(all));
        let layers = Arc::new(Layers(vec![own.clone(), Embedded::r4()]));
        let library = match own.has_terminology() {
            true => Arc::new(Library::new(layers.clone())),
            false => standard(),
        };
        Self { own, layers, library, touches, stamp, checked: AtomicI64::new(now) }
    }

    /// As they stood at that moment, whoever asks: what every page of one search goes by.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn at(context: &Context, moment: &Moment) -> Result<Arc<Self>> {
        let inside = Context::internal(context.db.server(), &context.tenant, "definitions of the past");
        let types: Vec<i16> = TYPES.iter().filter_map(|name| kind::number(name)).collect();
        let (mut all, mut from) = (Vec::new(), None);
        loop {
            let ask =
                Ask { types: types.clone(), limit: PAGE, from: from.as_ref(), moment: Some(moment), ..Ask::default() };
            let page = search::page(&inside, &ask).await?;
            for row in &page.found {
                let version = &row.version;
                let stand = Stand { kind: version.kind, id: version.id.clone(), version: version.version };
                let (dictionary, updated) = (version.dictionary, version.updated.0);
                all.push(Arc::new(Stored::read(stand, Packed { dictionary, updated, body: version.body.clone() })?));
            }
            match page.found.last().filter(|_| page.found.len() == PAGE) {
                Some(last) => from = Some(last.position(false)),
                None => return Ok(Arc::new(Self::made(all, 0, Stamp::default(), 0))),
            }
        }
    }

    /// Changes with every change of a definition.
    pub(crate) fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// The tenant's terminology.
    pub fn terminology(&self) -> Arc<Library> {
        self.library.clone()
    }

    /// What the tenant itself has stored, without the standard's below it.
    pub fn own_layer(&self) -> Arc<dyn Canonicals> {
        self.own.clone()
    }

    /// Has it stored a resource of that type that has an address?
    pub fn has_own(&self, resource_type: &str) -> bool {
        self.own.by_address.contains_key(resource_type)
    }

    /// The resources of a type that the tenant itself has stored.
    pub fn own(&self, resource_type: &str) -> Vec<Definition> {
        let of_type = self.own.all.iter().filter(|s| kind::name(s.stand.kind) == resource_type);
        of_type.filter_map(|stored| stored.definition()).collect()
    }

    /// By the id it is stored under.
    pub fn by_id(&self, resource_type: &str, id: &str) -> Option<Definition> {
        let mut all = self.own.all.iter();
        all.find(|s| s.stand.id == id && kind::name(s.stand.kind) == resource_type)?.definition()
    }
}

/// The standard's terminology, made ready once for all tenants that add nothing to it.
fn standard() -> Arc<Library> {
    static STANDARD: OnceLock<Arc<Library>> = OnceLock::new();
    STANDARD.get_or_init(|| Arc::new(Library::new(Embedded::r4()))).clone()
}

fn numbers() -> Vec<i64> {
    TYPES.iter().filter_map(|name| kind::number(name)).map(i64::from).collect()
}

impl Canonicals for TenantCanonicals {
    fn find(&self, resource_type: &str, canonical: &str) -> Option<Definition> {
        self.layers.find(resource_type, canonical)
    }

    fn addresses(&self, resource_type: &str) -> Vec<String> {
        self.layers.addresses(resource_type)
    }

    fn supplements(&self, system: &str) -> Vec<Definition> {
        self.layers.supplements(system)
    }
}

impl Own {
    fn of(all: Vec<Arc<Stored>>) -> Self {
        let mut own = Self { all, ..Self::default() };
        for stored in own.all.iter().filter(|s| !s.url.is_empty()) {
            let by_url = own.by_address.entry(kind::name(stored.stand.kind)).or_default();
            by_url.entry(stored.url.clone()).or_default().push(stored.clone());
        }
        for versions in own.by_address.values_mut().flat_map(HashMap::values_mut) {
            versions.sort_by_key(|stored| std::cmp::Reverse(stored.rank()));
        }
        own
    }

    fn has_terminology(&self) -> bool {
        ["CodeSystem", "ValueSet", "ConceptMap"].iter().any(|kind| self.by_address.contains_key(kind))
    }
}

impl Canonicals for Own {
    fn find(&self, resource_type: &str, canonical: &str) -> Option<Definition> {
        let wanted = Canonical::of(canonical);
        let versions = self.by_address.get(resource_type)?.get(wanted.url)?;
        let stored = match wanted.version {
            Some(version) => versions.iter().find(|s| s.version == version)?,
            None => versions.first()?,
        };
        stored.definition()
    }

    fn addresses(&self, resource_type: &str) -> Vec<String> {
        self.by_address.get(resource_type).into_iter().flat_map(HashMap::keys).cloned().collect()
    }

    /// Of each supplement the one version that its address means, in the order of the addresses.
    fn supplements(&self, system: &str) -> Vec<Definition> {
        let mut all: Vec<_> = self.by_address.get("CodeSystem").into_iter().flatten().collect();
        all.sort_by_key(|(url, _)| *url);
        let newest = all.into_iter().filter_map(|(_, versions)| versions.first()?.definition());
        newest.filter(|definition| supplement::is_of(definition, system)).collect()
    }
}

impl Stored {
    fn read(stand: Stand, packed: Packed) -> Result<Self> {
        let bytes = body::unpack(packed.dictionary, &packed.body)?;
        let node = json::parse(&bytes)?;
        let text = |name: &str| node.text(name).unwrap_or_default().to_owned();
        let status = match node.text("status") {
            Some("active") => 3,
            Some("draft") => 2,
            Some("retired") => 0,
            _ => 1,
        };
        Ok(Self { stand, url: text("url"), version: text("version"), status, packed, read: OnceLock::new() })
    }

    /// Read when it is first asked for, and kept.
    fn definition(&self) -> Option<Definition> {
        let read = || {
            let bytes = body::unpack(self.packed.dictionary, &self.packed.body).ok()?;
            Some(Arc::new(json::parse(&bytes).ok()?.into_owned()))
        };
        self.read.get_or_init(read).clone()
    }

    /// Active before draft before retired, then the newest version, then what was written last.
    fn rank(&self) -> (u8, Vec<(u64, String)>, i64) {
        (self.status, version(&self.version), self.packed.updated)
    }
}

/// `1.10.0` is newer than `1.9.0`, and `2024-01` than `2023-12`.
fn version(text: &str) -> Vec<(u64, String)> {
    text.split(['.', '-']).map(|part| (part.parse().unwrap_or(0), part.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::search::tests::rig::House;

    fn value_set(id: &str, version: &str, status: &str, title: &str) -> String {
        format!(
            r#"{{"resourceType":"ValueSet","id":"{id}","url":"http://example.org/vs","version":"{version}","status":"{status}","title":"{title}"}}"#
        )
    }

    async fn title(context: &Context, canonical: &str) -> Option<String> {
        let canonicals = TenantCanonicals::of(context).await.unwrap();
        canonicals.find("ValueSet", canonical).and_then(|node| node.text("title").map(str::to_owned))
    }

    #[test]
    fn types_are_in_order_and_versions_are_compared_by_number() {
        assert!(TYPES.is_sorted());
        assert!(version("1.10.0") > version("1.9.0") && version("2024-01") > version("2023-12"));
    }

    #[tokio::test]
    async fn a_change_is_seen_at_once_and_the_right_version_is_found() {
        for mut house in House::each().await {
            assert_eq!(title(&house.context, "http://example.org/vs").await, None);
            house.put(&[value_set("a", "1.9", "active", "nine"), value_set("b", "1.10", "active", "ten")]).await;
            assert_eq!(title(&house.context, "http://example.org/vs").await.as_deref(), Some("ten"));
            assert_eq!(title(&house.context, "http://example.org/vs|1.9").await.as_deref(), Some("nine"));
            assert_eq!(title(&house.context, "http://example.org/vs|2").await, None);
            house.put(&[value_set("c", "2", "draft", "two")]).await;
            assert_eq!(
                title(&house.context, "http://example.org/vs").await.as_deref(),
                Some("ten"),
                "a draft is not yet it"
            );
            let gender = "http://hl7.org/fhir/ValueSet/administrative-gender";
            assert!(title(&house.context, gender).await.is_some(), "the standard's own stay");
        }
    }

    /// Another process has its own memory, and is told by the database.
    #[tokio::test]
    async fn a_change_by_another_process_is_seen_soon() {
        for mut house in House::each().await {
            let other = house.elsewhere().await;
            assert_eq!(title(&other, "http://example.org/vs").await, None);
            house.put(&[value_set("a", "1", "active", "one")]).await;
            let mut seen = title(&other, "http://example.org/vs").await;
            for _ in 0..100 {
                if seen.is_some() {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                seen = title(&other, "http://example.org/vs").await;
            }
            assert_eq!(seen.as_deref(), Some("one"));
            house.delete("ValueSet", "a").await;
            assert_eq!(title(&house.context, "http://example.org/vs").await, None, "here it is gone at once");
        }
    }
}
