//! Measures the pure rule engine, and a whole i-mr chart fed value by value: `cargo run --release -p theriac-spc --example rule_engine_speed`.

use std::hint::black_box;
use std::time::Instant;
use theriac_spc::chart::Kind;
use theriac_spc::rules::{RuleSet, count_flagged};
use theriac_spc::{ChartSpec, Parameters, Stream};

const POINTS: usize = 10_000_000;

/// A repeatable series with about the spread of a standard normal (sum of four uniforms).
fn series() -> Vec<f64> {
    let mut seed = 88_172_645_463_325_252_u64;
    let mut uniform = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..POINTS).map(|_| ((0..4).map(|_| uniform()).sum::<f64>() - 2.0) * 3_f64.sqrt()).collect()
}

/// Points of an individuals chart that break a rule, its moving ranges drawn and judged beside it.
fn stream(zs: &[f64]) -> usize {
    let spec = ChartSpec { rules: Some(RuleSet::ALL), ..ChartSpec::new("press1.force", Kind::IMr) };
    let limits = Parameters { center: 0.0, sigma: 1.0, secondary: None };
    let Ok(mut stream) = Stream::new(spec, limits) else { return 0 };
    zs.iter().filter_map(|z| stream.push(*z)).filter(|point| !point.primary.rules.is_empty()).count()
}

fn report(name: &str, run: impl FnOnce() -> u64) {
    let start = Instant::now();
    let flagged = run();
    let rate = POINTS as f64 / start.elapsed().as_secs_f64() / 1e6;
    println!("{name}: {rate:.1} M points/s, {flagged} of {POINTS} flagged");
}

fn main() {
    let zs = series();
    for (name, rules) in [("nelson 1-8", RuleSet::NELSON), ("all 12", RuleSet::ALL)] {
        report(name, || count_flagged(black_box(&zs), rules));
    }
    report("i-mr stream, all 12", || stream(black_box(&zs)) as u64);
}
