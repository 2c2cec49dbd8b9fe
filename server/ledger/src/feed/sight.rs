//! What a domain knows of its records beyond the labels of their entries: whether they exist for a caller as they stand
//! now. The feed asks it before it delivers, so that a message says no more than a read would.

use crate::entry::Record;
use std::sync::Arc;
use theriac_core::Result;
use theriac_platform::Context;

/// A domain's answer; it holds the same predicate as all its other roads.
#[async_trait::async_trait]
pub trait Sight: Send + Sync + 'static {
    /// The first word of its topics.
    fn domain(&self) -> &'static str;

    /// Of each record, in their order: does it exist for the caller?
    async fn sees(&self, context: &Context, records: &[&Record]) -> Result<Vec<bool>>;
}

/// The domains that have more to say than labels.
#[derive(Clone, Default)]
pub struct Sights(Vec<Arc<dyn Sight>>);

impl Sights {
    pub(super) fn add(&mut self, sight: Arc<dyn Sight>) {
        self.0.push(sight);
    }

    /// Those of the records that exist for the caller.
    ///
    /// # Errors
    /// The domain's.
    pub(super) async fn among<'r>(&self, context: &Context, mut records: Vec<&'r Record>) -> Result<Vec<&'r Record>> {
        for sight in &self.0 {
            let own = |record: &Record| record.topic.split('.').next() == Some(sight.domain());
            let asked: Vec<&Record> = records.iter().copied().filter(|record| own(record)).collect();
            if asked.is_empty() {
                continue;
            }
            let mut answers = sight.sees(context, &asked).await?.into_iter();
            records.retain(|record| !own(record) || answers.next() == Some(true));
        }
        Ok(records)
    }
}
