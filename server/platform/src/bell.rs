//! Wake-ups: a ring says "look now, this tenant changed"; where to look stands in the database.
//!
//! A ring is never the only way to find work: every listener also looks on its own from time to time.

use parking_lot::Mutex;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::sync::Notify;

/// Collects the tenants that changed since somebody last looked. One listener a bell.
#[derive(Debug, Default)]
pub struct Bell {
    rung: Mutex<BTreeSet<i32>>,
    notify: Notify,
}

impl Bell {
    pub fn ring(&self, tenant: i32) {
        if self.rung.lock().insert(tenant) {
            self.notify.notify_one();
        }
    }

    /// Waits for a ring, at most `patience`; gives the tenants that rang, empty when patience ran out.
    pub async fn wait(&self, patience: Duration) -> Vec<i32> {
        if self.rung.lock().is_empty() {
            let _ran_out = tokio::time::timeout(patience, self.notify.notified()).await;
        }
        std::mem::take(&mut *self.rung.lock()).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn many_rings_are_one_look_and_none_is_lost() {
        let bell = Bell::default();
        bell.ring(2);
        bell.ring(1);
        bell.ring(2);
        assert_eq!(bell.wait(Duration::from_secs(5)).await, vec![1, 2]);
        assert!(bell.wait(Duration::from_millis(1)).await.is_empty());
    }
}
