//! The generic cell rate algorithm (ITU-T I.371, annex A), as a virtual clock. Of a limit of `n` requests in a period
//! `p`, each request takes `i = p / n`, rounded up to a microsecond. One number is kept: the moment `t` at which the
//! bucket would be full again. A request at `now` moves it to `t' = max(t, now) + i`, and is refused, moving nothing, if
//! `t' - now > n i`.
//!
//! So `n` requests may come at once, then one every `i`, and in any stretch of time `w` at most `n + w / i`.

use smallvec::SmallVec;
use theriac_core::hash::sha256;

/// Under which a bucket is kept: a hash, so that nobody can be read out of it.
pub type Key = [u8; 16];

/// The parts framed by their lengths, so that no two lists of parts are one.
pub fn key(parts: &[&str]) -> Key {
    let mut framed = SmallVec::<[u8; 192]>::new();
    for part in parts {
        framed.extend_from_slice(&(part.len() as u32).to_le_bytes());
        framed.extend_from_slice(part.as_bytes());
    }
    let mut key = Key::default();
    key.copy_from_slice(&sha256(&framed)[..16]);
    key
}

#[derive(Debug, Clone, Copy)]
pub struct Bucket {
    pub key: Key,
    pub interval_us: i64,
    pub most: i64,
    /// Which rule it is of, by its place in the plan.
    pub rule: usize,
}

impl Bucket {
    pub fn tolerance_us(&self) -> i64 {
        self.interval_us * self.most
    }

    /// The new moment, if one more request conforms.
    pub fn take(&self, tat_us: i64, now_us: i64) -> Option<i64> {
        let next = tat_us.max(now_us) + self.interval_us;
        (next - now_us <= self.tolerance_us()).then_some(next)
    }

    /// How long until one more request conforms.
    pub fn wait_us(&self, tat_us: i64, now_us: i64) -> i64 {
        (tat_us.max(now_us) + self.interval_us - self.tolerance_us() - now_us).max(0)
    }

    /// How many more conform now.
    pub fn left(&self, tat_us: i64, now_us: i64) -> i64 {
        ((self.tolerance_us() - (tat_us.max(now_us) - now_us)) / self.interval_us).max(0)
    }
}

/// Where everything stands after one request, or after its refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Levels {
    pub now_us: i64,
    /// Of each bucket in order.
    pub tats: SmallVec<[i64; 4]>,
    pub requests: u64,
    pub bytes: u64,
    /// The place of the bucket; behind the buckets, first the quota of requests, then that of bytes.
    pub refused: Option<usize>,
}

const DAY_US: i64 = 86_400_000_000;

/// Days since 1970, UTC.
pub fn day(now_us: i64) -> i64 {
    now_us.div_euclid(DAY_US)
}

pub fn until_midnight_us(now_us: i64) -> i64 {
    DAY_US - now_us.rem_euclid(DAY_US)
}

/// Rounded up.
pub fn seconds(us: i64) -> i64 {
    (us + 999_999).div_euclid(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(most: i64, period_us: i64) -> Bucket {
        Bucket { key: key(&["x"]), interval_us: (period_us + most - 1) / most, most, rule: 0 }
    }

    #[test]
    fn so_many_may_come_at_once_and_then_one_an_interval() {
        let bucket = bucket(3, 3_000_000);
        let mut tat = 0;
        for left in [2, 1, 0] {
            tat = bucket.take(tat, 100).unwrap();
            assert_eq!(bucket.left(tat, 100), left);
        }
        assert_eq!((bucket.take(tat, 100), bucket.wait_us(tat, 100)), (None, 1_000_000));
        assert_eq!(bucket.take(tat, 1_000_099), None);
        tat = bucket.take(tat, 1_000_100).unwrap();
        assert_eq!(bucket.take(tat, 1_000_100), None);
        assert_eq!(bucket.left(tat, 9_000_000), 3);
    }

    #[test]
    fn in_no_stretch_of_time_are_there_more_than_the_formula_says() {
        let (bucket, step) = (bucket(7, 1_000_000), 1_313);
        let taken: Vec<i64> = (0..3_000)
            .scan(0, |tat, at| {
                let now = at * step;
                let next = bucket.take(*tat, now);
                *tat = next.unwrap_or(*tat);
                Some(next.map(|_| now))
            })
            .flatten()
            .collect();
        for (at, from) in taken.iter().enumerate() {
            for (more, to) in taken[at..].iter().enumerate() {
                assert!((more as i64) < bucket.most + (to - from) / bucket.interval_us, "{from}..{to}");
            }
        }
        assert!(taken.len() > 30);
    }

    #[test]
    fn keys_are_framed() {
        assert_ne!(key(&["ab", "c"]), key(&["a", "bc"]));
    }

    #[test]
    fn a_day_ends_at_midnight() {
        assert_eq!((day(DAY_US - 1), day(DAY_US)), (0, 1));
        assert_eq!((until_midnight_us(DAY_US - 1), until_midnight_us(DAY_US)), (1, DAY_US));
        assert_eq!((seconds(0), seconds(1), seconds(1_000_000), seconds(1_000_001)), (0, 1, 1, 2));
    }
}
