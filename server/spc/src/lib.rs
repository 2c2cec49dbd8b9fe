//! Statistical process control: charts, rules, the worker that watches readings.
//!
//! `service` has the routes, `worker` follows the ledger, `run` is a chart at work between the two; SQL is in `store`.
//!
//! The statistics are pure: numbers in, numbers out, no IO and no clock. A chart is one fold over
//! ordered observations, so [`evaluate()`] over a list and a [`Stream`] fed one value at a time are
//! the same code and give the same points. Formulas: NIST/SEMATECH e-Handbook of Statistical
//! Methods, chapter 6, <https://www.itl.nist.gov/div898/handbook/pmc/pmc.htm>; rules: Western
//! Electric (1956) and Nelson (1984).

mod backtest;
pub mod capability;
pub mod chart;
pub mod constants;
pub mod data;
mod define;
pub mod estimate;
pub mod evaluate;
pub mod fold;
pub mod multivariate;
pub mod rules;
mod run;
mod service;
mod show;
pub mod spec;
pub mod special;
mod store;
pub mod stream;
mod worker;

#[cfg(test)]
mod goldens;

pub use chart::Parameters;
pub use constants::Constants;
pub use data::Data;
pub use evaluate::{Evaluation, evaluate};
pub use fold::{Plot, Point, Violation};
pub use rules::{Rule, RuleSet};
pub use service::{Spc, routes, workers};
pub use spec::ChartSpec;
pub use stream::Stream;
