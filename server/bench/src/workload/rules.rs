//! The rule engine alone, on one core: no server, no database, no clock.

use crate::Result;
use crate::figure::Figure;
use crate::world::World;
use std::hint::black_box;
use std::time::Instant;
use theriac_spc::chart::Kind;
use theriac_spc::rules::{RuleSet, count_flagged};
use theriac_spc::{ChartSpec, Parameters, Stream};

const POINTS: usize = 10_000_000;

/// About the spread of a standard normal (sum of four uniforms), the same in every run.
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

fn figure(name: &str, run: impl FnOnce() -> u64) -> Figure {
    let begin = Instant::now();
    let flagged = run();
    let rate = POINTS as f64 / begin.elapsed().as_secs_f64() / 1e6;
    Figure::new(name, rate, "million points/s").note(format!("{flagged} of {POINTS} broke a rule"))
}

/// A whole individuals chart: points drawn, moving ranges beside them, all twelve rules.
fn stream(zs: &[f64]) -> Result<u64> {
    let spec = ChartSpec { rules: Some(RuleSet::ALL), ..ChartSpec::new("press1.force", Kind::IMr) };
    let limits = Parameters { center: 0.0, sigma: 1.0, secondary: None };
    let mut stream = Stream::new(spec, limits).map_err(|e| e.message)?;
    Ok(zs.iter().filter_map(|z| stream.push(*z)).filter(|point| !point.primary.rules.is_empty()).count() as u64)
}

pub async fn run(_: &mut World) -> Result<Vec<Figure>> {
    tokio::task::spawn_blocking(|| {
        let zs = series();
        let rules = figure("all twelve rules", || count_flagged(black_box(&zs), RuleSet::ALL)).at_least(20.0);
        let nelson = figure("Nelson's eight rules", || count_flagged(black_box(&zs), RuleSet::NELSON)).at_least(20.0);
        let mut whole = Ok(0);
        let chart = figure("a whole i-mr chart", || {
            whole = stream(black_box(&zs));
            *whole.as_ref().unwrap_or(&0)
        });
        whole.map(|_| vec![rules, nelson, chart])
    })
    .await?
}
