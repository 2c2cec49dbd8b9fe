//! All workloads. A new one is one row here and one file under `workload/`.

use crate::Result;
use crate::figure::Figure;
use crate::workload::{
    capture, charts, crud, fanout, import, items, month, question, read, readings, rules, seal, search, sensors, size,
    startup, subscription, view,
};
use crate::world::World;
use futures_util::future::BoxFuture;

pub struct Workload {
    pub name: &'static str,
    pub says: &'static str,
    /// Names of the ceilings that its figures stand beside.
    pub ceilings: &'static [&'static str],
    pub run: for<'w> fn(&'w mut World) -> BoxFuture<'w, Result<Vec<Figure>>>,
}

#[rustfmt::skip]
pub const WORKLOADS: &[Workload] = &[
    Workload { name: "start-up",         says: "time from the start of the process to its first answer; memory at rest",  ceilings: &[],          run: |w| Box::pin(startup::run(w)) },
    Workload { name: "fhir-size",        says: "bytes on disk a resource, ledger apart",                                   ceilings: &[],          run: |w| Box::pin(size::run(w)) },
    Workload { name: "fhir-read",        says: "read by id, 16 connections",                                               ceilings: &["handler", "read"], run: |w| Box::pin(read::run(w)) },
    Workload { name: "fhir-view",        says: "read by id through a de-identified view, 16 connections, beside plain reads", ceilings: &["read"], run: |w| Box::pin(view::run(w)) },
    Workload { name: "fhir-search",      says: "16 search shapes in turn with random values, 16 connections",              ceilings: &["read"],    run: |w| Box::pin(search::run(w)) },
    Workload { name: "fhir-crud",        says: "create, read, update, delete of Observations in turn, 16 connections",     ceilings: &["commit"],  run: |w| Box::pin(crud::run(w)) },
    Workload { name: "fhir-import",      says: "transaction bundles of about 600 resources, 4 connections",                ceilings: &["bulk"],    run: |w| Box::pin(import::run(w)) },
    Workload { name: "epcis-capture",    says: "documents of 100 events with 1 to 5 EPCs, until all jobs are finished",    ceilings: &["bulk"],    run: |w| Box::pin(capture::run(w)) },
    Workload { name: "epcis-query",      says: "events of random packs among 20,000, 8 connections",                       ceilings: &["read"],    run: |w| Box::pin(question::run(w)) },
    Workload { name: "epcis-subscription", says: "events captured one by one, to 20 WebSockets on one query",             ceilings: &["handler"], run: |w| Box::pin(subscription::run(w)) },
    Workload { name: "epcis-items",      says: "the state of random packs among captured events, 16 connections",         ceilings: &["handler", "read"], run: |w| Box::pin(items::run(w)) },
    Workload { name: "isa95-readings",   says: "NDJSON batches of 2,000 over 200 properties; reading to alert",       ceilings: &["bulk"],    run: |w| Box::pin(readings::run(w)) },
    Workload { name: "isa95-sensors",    says: "what a reading costs as sensors grow from 10 to 100,000",                  ceilings: &[],          run: |w| Box::pin(sensors::run(w)) },
    Workload { name: "isa95-month",      says: "a month of one sensor, a reading a second: its size and its aggregates",    ceilings: &[],          run: |w| Box::pin(month::run(w)) },
    Workload { name: "spc-charts",       says: "memory of 50,000 control charts",                                          ceilings: &[],          run: |w| Box::pin(charts::run(w)) },
    Workload { name: "spc-rules",        says: "the rule engine alone, on one core",                                       ceilings: &[],          run: |w| Box::pin(rules::run(w)) },
    Workload { name: "ledger-seal",      says: "entries written and sealed; a backlog sealed",                             ceilings: &["bulk"],    run: |w| Box::pin(seal::run(w)) },
    Workload { name: "feed",             says: "200 WebSockets on one topic: paced, and as fast as it goes",                ceilings: &["handler"], run: |w| Box::pin(fanout::run(w)) },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_ceilings_exist() {
        let mut names: Vec<&str> = WORKLOADS.iter().map(|w| w.name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
        let known: Vec<&str> = crate::ceiling::CEILINGS.iter().map(|c| c.name).collect();
        assert!(WORKLOADS.iter().flat_map(|w| w.ceilings).all(|name| known.contains(name)));
    }
}
