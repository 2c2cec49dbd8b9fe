//! What the feed asks of FHIR: which entries are of versions that exist for the caller, by the same predicate as a read.

use crate::kind;
use crate::parameters::Parameters;
use crate::policy::{self, Visible};
use crate::store::history;
use std::sync::Arc;
use theriac_access::Interaction;
use theriac_core::Result;
use theriac_ledger::entry::Record;
use theriac_ledger::feed::Sight;
use theriac_platform::Context;

struct Resources;

pub fn sight() -> Arc<dyn Sight> {
    Arc::new(Resources)
}

#[async_trait::async_trait]
impl Sight for Resources {
    fn domain(&self) -> &'static str {
        "fhir"
    }

    async fn sees(&self, context: &Context, records: &[&Record]) -> Result<Vec<bool>> {
        Parameters::refresh(context).await?;
        policy::refresh(context).await?;
        let visible = policy::visible(context, Interaction::Read);
        match &visible {
            Visible::All => return Ok(vec![true; records.len()]),
            Visible::Nothing => return Ok(vec![false; records.len()]),
            // The labels of the entries have said it already.
            Visible::Some(rule) if rule.types.is_none() && rule.limits.is_empty() => {
                return Ok(vec![true; records.len()]);
            }
            Visible::Some(_) => {}
        }
        let wanted: Vec<Option<history::Address>> = records.iter().map(|record| address(record)).collect();
        let asked: Vec<history::Address> = wanted.iter().flatten().cloned().collect();
        let found = history::among(context, &visible, &asked).await?;
        Ok(wanted.into_iter().map(|wanted| wanted.is_some_and(|wanted| found.contains(&wanted))).collect())
    }
}

/// Type, id and version; nothing for entries that are not of a resource.
fn address(record: &Record) -> Option<history::Address> {
    let (name, id) = record.subject.split_once('/')?;
    let of_type = record.topic.strip_prefix("fhir.").is_some_and(|topic| topic == name);
    Some((kind::number(name).filter(|_| of_type)?, id.to_owned(), record.version))
}
