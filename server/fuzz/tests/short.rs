//! A short run of every target, the same each time. The long one: `cargo run -p theriac-fuzz -- --seconds 3600`.

use std::time::Duration;
use theriac_fuzz::target::TABLE;
use theriac_fuzz::{Plan, corpus, fuzz};

const PLAN: Plan = Plan { seed: 20_260_101, time: Duration::from_secs(2), rounds: Some(4_000) };

#[test]
fn no_reader_breaks() {
    let faults: Vec<String> = TABLE
        .iter()
        .filter_map(|target| {
            let seeds = corpus::read(target.name).expect("every target has seeds");
            let fault = fuzz(target, &seeds, PLAN).err()?;
            let kept = corpus::keep(target.name, &fault.input);
            Some(format!("{}: {} (kept: {kept:?})", target.name, fault.what))
        })
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
