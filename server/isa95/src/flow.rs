//! How much work with readings is taken on at once. What comes beyond it is refused at once and told when to come again
//! (RFC 9110, 10.2.3, Retry-After), so that senders wait, and not the server: connectors keep what is refused in their spool.
//!
//! A tenant that sends too much is told so itself (429); when all tenants together do, everybody is (503).

use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use theriac_core::{Code, Error, Result};

/// Bytes of bodies being read and stored at once: of all tenants, and of one.
const ALL: usize = 128 << 20;
const ONE: usize = 64 << 20;
/// A whole batch is stored in far less.
const AGAIN_S: u32 = 1;

#[derive(Debug)]
pub(crate) struct Flow {
    all: usize,
    one: usize,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    all: usize,
    tenants: HashMap<i32, usize>,
}

impl Default for Flow {
    fn default() -> Self {
        Self::new(ALL, ONE)
    }
}

/// Work that was taken on; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    flow: Arc<Flow>,
    tenant: i32,
    bytes: usize,
}

impl Flow {
    pub fn new(all: usize, one: usize) -> Self {
        Self { all, one, held: Mutex::default() }
    }

    /// Takes on a body of that size. One that is larger than all there may be is taken when nothing else is held.
    ///
    /// # Errors
    /// `TooMany` or `Unavailable`, with the time after which to come again.
    pub fn take(self: &Arc<Self>, tenant: i32, bytes: usize) -> Result<Share> {
        let mut held = self.held.lock();
        let own = held.tenants.get(&tenant).copied().unwrap_or(0);
        let full = |held: usize, most: usize| held > 0 && held + bytes > most;
        if full(own, self.one) {
            let message = "more readings are on their way than are taken at once; send these again a little later";
            return Err(Error::new(Code::TooMany, message).retry_after(AGAIN_S));
        }
        if full(held.all, self.all) {
            let message =
                "the server has as many readings to store as it takes at once; send these again a little later";
            return Err(Error::new(Code::Unavailable, message).retry_after(AGAIN_S));
        }
        held.all += bytes;
        *held.tenants.entry(tenant).or_default() += bytes;
        Ok(Share { flow: self.clone(), tenant, bytes })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut held = self.flow.held.lock();
        held.all -= self.bytes;
        let left = held.tenants.get(&self.tenant).map_or(0, |own| own - self.bytes);
        match left {
            0 => held.tenants.remove(&self.tenant),
            left => held.tenants.insert(self.tenant, left),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_is_refused_with_a_time_and_taken_later() {
        let flow = Arc::new(Flow::new(100, 60));
        let first = flow.take(1, 50).unwrap();
        let refused = flow.take(1, 20).unwrap_err();
        assert_eq!((refused.status(), refused.retry_after_s), (429, Some(AGAIN_S)));
        let other = flow.take(2, 45).unwrap();
        let refused = flow.take(3, 10).unwrap_err();
        assert_eq!((refused.status(), refused.retry_after_s), (503, Some(AGAIN_S)));
        drop((first, other));
        assert!(flow.held.lock().tenants.is_empty() && flow.held.lock().all == 0);
        drop(flow.take(1, 60).unwrap());
    }

    #[test]
    fn a_body_larger_than_all_there_may_be_goes_alone() {
        let flow = Arc::new(Flow::new(100, 60));
        let large = flow.take(1, 1_000).unwrap();
        assert_eq!((flow.take(1, 1).unwrap_err().status(), flow.take(2, 1).unwrap_err().status()), (429, 503));
        drop(large);
        assert!(flow.take(1, 1).is_ok());
    }
}
