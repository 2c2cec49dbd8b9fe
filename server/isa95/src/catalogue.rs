//! Which properties there are: kept in memory for each tenant, and read again when an address is not there or is old.

use crate::limits::Limits;
use crate::store;
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use theriac_core::Result;
use theriac_platform::db::TenantDb;

/// A property as the database knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// `{equipment id}.{property id}`
    pub address: String,
    pub key: i64,
    pub site: Option<String>,
    pub unit: Option<String>,
    pub limits: Limits,
    /// Is it still part of its equipment? Otherwise its readings stay, and no more are taken.
    pub watched: bool,
}

/// After this long another node may have changed a property.
const FRESH: Duration = Duration::from_secs(5);

type Properties = HashMap<String, (Instant, Arc<Known>)>;

#[derive(Default)]
pub(crate) struct Catalogue {
    tenants: RwLock<HashMap<i32, Properties>>,
}

impl Catalogue {
    /// What is known of each address, in the order of the addresses.
    pub async fn find(&self, db: &TenantDb, addresses: &[String]) -> Result<Vec<Option<Arc<Known>>>> {
        let mut found = self.remembered(db, addresses);
        let absent = |(at, known): (usize, &Option<_>)| if known.is_none() { Some(at) } else { None };
        let missing: Vec<usize> = found.iter().enumerate().filter_map(absent).collect();
        if missing.is_empty() {
            return Ok(found);
        }
        let wanted: Vec<String> = missing.iter().map(|at| addresses[*at].clone()).collect();
        let now = Instant::now();
        let read = store::property::by_address(db, &wanted).await?;
        let mut tenants = self.tenants.write();
        let properties = tenants.entry(db.tenant_key()).or_default();
        properties.extend(read.into_iter().map(|known| (known.address.clone(), (now, Arc::new(known)))));
        for at in missing {
            found[at] = properties.get(&addresses[at]).filter(|(read, _)| *read == now).map(|(_, known)| known.clone());
        }
        Ok(found)
    }

    fn remembered(&self, db: &TenantDb, addresses: &[String]) -> Vec<Option<Arc<Known>>> {
        let tenants = self.tenants.read();
        let Some(properties) = tenants.get(&db.tenant_key()) else { return vec![None; addresses.len()] };
        let fresh = |address| properties.get(address).filter(|(read, _)| read.elapsed() < FRESH);
        addresses.iter().map(|address| fresh(address).map(|(_, known)| known.clone())).collect()
    }

    /// Equipment was changed here: everything is read again.
    pub fn forget(&self, db: &TenantDb) {
        self.tenants.write().remove(&db.tenant_key());
    }
}
