//! Grants of tokens that held, by the token's SHA-256, so that a busy caller's signature is checked once.
//!
//! Bounded: a full shard first drops what has expired, then everything. Failures are not remembered.

use crate::grant::Grant;
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::Arc;
use theriac_core::hash::sha256;

const SHARDS: usize = 16;
const MOST_PER_SHARD: usize = 512;

type Key = [u8; 32];

#[derive(Debug, Default)]
pub(crate) struct Cache {
    shards: [RwLock<HashMap<Key, Arc<Grant>>>; SHARDS],
}

impl Cache {
    pub fn key(token: &str) -> Key {
        sha256(token.as_bytes())
    }

    pub fn get(&self, key: &Key) -> Option<Arc<Grant>> {
        self.shard(key).read().get(key).cloned()
    }

    pub fn put(&self, key: Key, grant: &Arc<Grant>, now_s: i64) {
        let mut shard = self.shard(&key).write();
        if shard.len() >= MOST_PER_SHARD {
            shard.retain(|_, grant| !grant.is_expired(now_s));
        }
        if shard.len() >= MOST_PER_SHARD {
            shard.clear();
        }
        shard.insert(key, Arc::clone(grant));
    }

    fn shard(&self, key: &Key) -> &RwLock<HashMap<Key, Arc<Grant>>> {
        &self.shards[usize::from(key[0]) % SHARDS]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::role::Role;

    fn grant(expires_at: i64) -> Arc<Grant> {
        Arc::new(Grant { expires_at, ..Grant::new(Role::Steward, "s", "mercy") })
    }

    fn same_shard(number: usize) -> Key {
        let mut key = [0; 32];
        key[1..9].copy_from_slice(&number.to_le_bytes());
        key
    }

    #[test]
    fn a_full_shard_drops_the_expired_before_the_rest() {
        let cache = Cache::default();
        for number in 0..MOST_PER_SHARD {
            cache.put(same_shard(number), &grant(if number == 7 { 1_000 } else { 10 }), 1);
        }
        cache.put(same_shard(MOST_PER_SHARD), &grant(1_000), 500);
        assert!(cache.get(&same_shard(7)).is_some() && cache.get(&same_shard(8)).is_none());
        assert!(cache.get(&same_shard(MOST_PER_SHARD)).is_some());
    }

    #[test]
    fn it_never_holds_more_than_its_bound() {
        let cache = Cache::default();
        for number in 0..MOST_PER_SHARD * 3 {
            cache.put(same_shard(number), &grant(1_000), 1);
            assert!(cache.shards.iter().map(|shard| shard.read().len()).sum::<usize>() <= MOST_PER_SHARD);
        }
    }
}
