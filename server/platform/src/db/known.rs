//! Rows that are only ever added and never changed, by a hash of their key: whoever remembers that one is there need not
//! add it again. Bounded, and forgetful rather than wrong: a full shard forgets all, and the row is offered again.

use parking_lot::RwLock;
use std::collections::HashSet;

const SHARDS: usize = 16;
const MOST_PER_SHARD: usize = 16_384;

#[derive(Debug, Default)]
pub(super) struct Known {
    shards: [RwLock<HashSet<(i32, i64)>>; SHARDS],
}

impl Known {
    pub fn has(&self, tenant: i32, hash: i64) -> bool {
        self.shard(hash).read().contains(&(tenant, hash))
    }

    pub fn add(&self, tenant: i32, hashes: &[i64]) {
        for hash in hashes {
            let mut shard = self.shard(*hash).write();
            if shard.len() >= MOST_PER_SHARD {
                shard.clear();
            }
            shard.insert((tenant, *hash));
        }
    }

    fn shard(&self, hash: i64) -> &RwLock<HashSet<(i32, i64)>> {
        &self.shards[usize::from(hash.to_le_bytes()[0]) % SHARDS]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_known_to_its_tenant_and_memory_has_a_bound() {
        let known = Known::default();
        known.add(1, &[7, -7]);
        assert!(known.has(1, 7) && known.has(1, -7) && !known.has(2, 7) && !known.has(1, 8));
        let many: Vec<i64> = (0..2 * (SHARDS * MOST_PER_SHARD) as i64).collect();
        known.add(1, &many);
        assert!(known.shards.iter().all(|s| s.read().len() <= MOST_PER_SHARD));
    }
}
