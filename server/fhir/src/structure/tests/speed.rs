//! Not a benchmark: prints the rate of the check, and fails only if it is hopeless even without optimisation.

use super::super::check;
use super::GOOD;
use crate::definition::Definitions;
use std::time::Instant;
use theriac_core::json::parse;

#[test]
fn the_check_costs_less_than_reading_a_disk() {
    Definitions::r4();
    let nodes: Vec<_> = GOOD.iter().map(|(_, text)| (text.len(), parse(text.as_bytes()).unwrap())).collect();
    let started = Instant::now();
    let mut bytes = 0;
    for (length, node) in nodes.iter().cycle().take(5_000) {
        check(node, None).unwrap();
        bytes += length;
    }
    let rate = bytes as f64 / 1e6 / started.elapsed().as_secs_f64();
    println!("structure::check: {rate:.0} MB/s");
    assert!(rate > 2.0, "{rate} MB/s");
}
