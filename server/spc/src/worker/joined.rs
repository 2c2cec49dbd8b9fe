//! What an alert's reading joined: batch and phase of its equipment, and the version of the property's limits; part of the
//! evidence, as it was known when the alert was raised.

use super::alert::Raised;
use super::watching::Watching;
use std::collections::HashMap;
use theriac_access::Rows;
use theriac_alerts::NewAlert;
use theriac_core::Result;
use theriac_isa95::Runs;
use theriac_isa95::equipment::Address;
use theriac_platform::Context;

pub(super) async fn join(context: &Context, watching: &Watching, raised: Vec<Raised>) -> Result<Vec<NewAlert>> {
    let mut spans: HashMap<String, (i64, i64)> = HashMap::new();
    for (alert, time) in &raised {
        let span = spans.entry(equipment(alert)).or_insert((*time, *time));
        *span = (span.0.min(*time), span.1.max(*time));
    }
    let mut runs: HashMap<String, Runs> = HashMap::with_capacity(spans.len());
    for (equipment, (first, last)) in spans {
        let found = theriac_isa95::runs(&context.db, &Rows::All, &equipment, (first, last.saturating_add(1))).await?;
        runs.insert(equipment, found);
    }
    let joined = |(mut alert, time): Raised| {
        let near = runs.get(&equipment(&alert)).map(|runs| runs.at(time)).unwrap_or_default();
        let version = watching.limit_version(&alert.subject, time);
        let said = [
            ("batch", near.batch.map(Into::into)),
            ("phase", near.phase.map(Into::into)),
            ("limitVersion", version.map(Into::into)),
        ];
        for (name, value) in said.into_iter().filter_map(|(name, value)| Some((name, value?))) {
            alert.evidence[name] = value;
        }
        alert
    };
    Ok(raised.into_iter().map(joined).collect())
}

fn equipment(alert: &NewAlert) -> String {
    Address::parse(&alert.subject).map_or_else(|_| String::new(), |address| address.equipment.to_owned())
}
