//! Record keys: 63-bit numbers that grow with time, so that new rows are appended to their indexes.

use crate::Clock;
use std::sync::atomic::{AtomicI64, Ordering};

const NODE_BITS: u32 = 10;

/// Draws keys for one process: microseconds in the high bits, the process's node number in the low ten.
///
/// Keys of one process are unique and strictly growing, also when the machine's clock steps back.
/// Two processes differ by node number; should two share one, the primary key refuses the second
/// row and the writer draws again.
#[derive(Debug)]
pub struct Keys {
    node: i64,
    last: AtomicI64,
}

impl Keys {
    /// `node` is cut to ten bits.
    pub const fn new(node: u16) -> Self {
        Self { node: (node & 0x3ff) as i64, last: AtomicI64::new(0) }
    }

    /// The next key, greater than every key this process drew before.
    pub fn next(&self, clock: &Clock) -> i64 {
        self.range(clock, 1)
    }

    /// The first of `count` consecutive keys; the others follow in steps of [`Keys::STEP`].
    pub fn range(&self, clock: &Clock, count: usize) -> i64 {
        let now = clock.now().0;
        let count = i64::try_from(count.max(1)).unwrap_or(i64::MAX);
        let previous = self
            .last
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(last.max(now) + count))
            .unwrap_or_else(|last| last);
        let first = previous.max(now) + 1;
        (first << NODE_BITS) | self.node
    }

    /// Distance between neighbouring keys of one [`Keys::range`].
    pub const STEP: i64 = 1 << NODE_BITS;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn keys_grow_even_when_time_stands_still() {
        let clock = Clock::Held(Arc::new(AtomicI64::new(1_000)));
        let keys = Keys::new(7);
        let first = keys.next(&clock);
        let block = keys.range(&clock, 3);
        let after = keys.next(&clock);
        assert!(first < block && block + 2 * Keys::STEP < after);
        assert_eq!(after & 0x3ff, 7);
    }
}
