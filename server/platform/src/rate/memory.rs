//! Counting in this process. A refused request takes nothing, also not from those of its buckets that had room.

use super::Meter;
use super::bucket::{Bucket, Key, Levels, day};
use super::rule::Quota;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::atomic::Ordering;

const SHARDS: usize = 64;
const MOST_PER_SHARD: usize = 4_096;

/// Moments at which buckets are full again; a bucket that is full is not kept.
pub struct Memory {
    shards: [Mutex<HashMap<Key, i64>>; SHARDS],
}

impl Default for Memory {
    fn default() -> Self {
        Self { shards: std::array::from_fn(|_| Mutex::default()) }
    }
}

impl Memory {
    pub fn take(&self, buckets: &[Bucket], quota: Quota, meter: &Meter, now_us: i64) -> Levels {
        let mut levels =
            Levels { now_us, tats: buckets.iter().map(|_| 0).collect(), requests: 0, bytes: 0, refused: None };
        for (at, bucket) in buckets.iter().enumerate() {
            let open = levels.refused.is_none();
            let (tat, taken) = self.one(bucket, now_us, open);
            levels.tats[at] = tat;
            if open && !taken {
                levels.refused = Some(at);
            }
        }
        let open = levels.refused.is_none();
        let refused = meter.take(quota, now_us, open, &mut levels);
        if open {
            levels.refused = refused.map(|at| buckets.len() + at);
        }
        if let Some(refused) = levels.refused {
            for (at, bucket) in buckets.iter().enumerate().take(refused) {
                self.give_back(bucket);
                levels.tats[at] -= bucket.interval_us;
            }
        }
        levels
    }

    /// The moment, and whether the request was taken from it.
    fn one(&self, bucket: &Bucket, now_us: i64, open: bool) -> (i64, bool) {
        let mut shard = self.shard(&bucket.key).lock();
        let tat = shard.get(&bucket.key).copied().unwrap_or(now_us).max(now_us);
        let Some(next) = bucket.take(tat, now_us).filter(|_| open) else { return (tat, false) };
        if shard.len() >= MOST_PER_SHARD {
            shard.retain(|_, tat| *tat > now_us);
        }
        // Rather forget than grow without end.
        if shard.len() >= MOST_PER_SHARD {
            shard.clear();
        }
        shard.insert(bucket.key, next);
        (next, true)
    }

    fn give_back(&self, bucket: &Bucket) {
        if let Some(tat) = self.shard(&bucket.key).lock().get_mut(&bucket.key) {
            *tat -= bucket.interval_us;
        }
    }

    fn shard(&self, key: &Key) -> &Mutex<HashMap<Key, i64>> {
        &self.shards[usize::from(key[0]) % SHARDS]
    }
}

impl Meter {
    /// Counts a request of the day, if nothing refused it before; which quota refuses it.
    fn take(&self, quota: Quota, now_us: i64, open: bool, levels: &mut Levels) -> Option<usize> {
        if quota.is_none() {
            return None;
        }
        let mut today = self.today.lock();
        if today.day != day(now_us) {
            *today = super::Today { day: day(now_us), ..super::Today::default() };
        }
        today.bytes += self.untold.swap(0, Ordering::Relaxed);
        let refused = quota.over(today.requests + 1, today.bytes);
        today.requests += u64::from(open && refused.is_none());
        (levels.requests, levels.bytes) = (today.requests, today.bytes);
        refused
    }

    /// What all nodes together have used, so that this one goes on from there when it is alone.
    pub(super) fn learn(&self, now_us: i64, requests: u64, bytes: u64) {
        *self.today.lock() = super::Today { day: day(now_us), requests, bytes };
    }
}

impl Quota {
    /// 0 for the requests, 1 for the bytes.
    fn over(self, requests: u64, bytes: u64) -> Option<usize> {
        match (self.requests, self.bytes) {
            (Some(most), _) if requests > most => Some(0),
            (_, Some(most)) if bytes >= most => Some(1),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rate::bucket::key;

    fn bucket(name: &str, most: i64) -> Bucket {
        Bucket { key: key(&[name]), interval_us: 1_000_000 / most, most, rule: 0 }
    }

    #[test]
    fn a_refused_request_takes_nothing_from_anything() {
        let (memory, meter) = (Memory::default(), Meter::default());
        let (wide, narrow) = (bucket("wide", 10), bucket("narrow", 1));
        let quota = Quota { requests: Some(100), bytes: None };
        let first = memory.take(&[wide, narrow], quota, &meter, 5);
        assert_eq!((first.refused, first.requests, wide.left(first.tats[0], 5)), (None, 1, 9));
        let second = memory.take(&[wide, narrow], quota, &meter, 5);
        assert_eq!((second.refused, second.requests, wide.left(second.tats[0], 5)), (Some(1), 1, 9));
        let third = memory.take(&[wide], quota, &meter, 5);
        assert_eq!((third.refused, wide.left(third.tats[0], 5)), (None, 8));
    }

    #[test]
    fn the_quotas_of_a_day_end_with_it() {
        let (memory, meter, quota) =
            (Memory::default(), Meter::default(), Quota { requests: Some(2), bytes: Some(10) });
        let take = |now| memory.take(&[], quota, &meter, now).refused;
        assert_eq!((take(1), take(1), take(1)), (None, None, Some(0)));
        let tomorrow = 86_400_000_000;
        meter.add(9);
        assert_eq!(take(tomorrow), None);
        meter.add(1);
        assert_eq!((take(tomorrow), take(2 * tomorrow)), (Some(1), None));
    }

    #[test]
    fn many_callers_at_once_get_exactly_what_there_is() {
        let (memory, meter, bucket) = (Memory::default(), Meter::default(), bucket("b", 500));
        let taken: usize = std::thread::scope(|scope| {
            let run =
                || (0..200).filter(|_| memory.take(&[bucket], Quota::default(), &meter, 7).refused.is_none()).count();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(run)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(taken, 500);
    }

    #[test]
    fn it_never_holds_more_than_its_bound() {
        let (memory, meter) = (Memory::default(), Meter::default());
        for number in 0..3 * MOST_PER_SHARD as u64 {
            let mut one = bucket("one", 1);
            one.key = [0; 16];
            one.key[1..9].copy_from_slice(&number.to_le_bytes());
            memory.take(&[one], Quota::default(), &meter, 7);
        }
        assert!(memory.shards.iter().all(|shard| shard.lock().len() <= MOST_PER_SHARD));
    }
}
