//! The loop: choose, change, try, keep what is new.

use crate::mutate::mutate;
use crate::target::Target;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// No input of this size may take longer, in a build without optimisation on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);
/// Inputs kept for further changes.
const POOL: usize = 4_096;

/// How long, and from where.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub seed: u64,
    pub time: Duration,
    /// At most; none: as many as the time allows.
    pub rounds: Option<u64>,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    pub rounds: u64,
    /// Different outcomes seen.
    pub outcomes: usize,
}

/// An input that broke the target, and how.
#[derive(Debug)]
pub struct Fault {
    pub input: Vec<u8>,
    pub what: String,
}

/// Fuzzes one target, the seeds as they stand first.
///
/// # Errors
/// The first fault.
pub fn fuzz(target: &Target, seeds: &[Vec<u8>], plan: Plan) -> Result<Tally, Fault> {
    let (mut pool, mut seen) = (Vec::new(), HashSet::new());
    for seed in seeds {
        seen.insert(attempt(target, seed)?);
        pool.push(seed.clone());
    }
    if pool.is_empty() {
        pool.push(Vec::new());
    }
    let (mut random, started, mut rounds) = (StdRng::seed_from_u64(plan.seed), Instant::now(), 0);
    while plan.rounds.is_none_or(|most| rounds < most) && started.elapsed() < plan.time {
        let (one, other) = (random.random_range(0..pool.len()), random.random_range(0..pool.len()));
        let input = mutate(&mut random, &pool[one], &pool[other]);
        if seen.insert(attempt(target, &input)?) && pool.len() < POOL {
            pool.push(input);
        }
        rounds += 1;
    }
    Ok(Tally { rounds, outcomes: seen.len() })
}

/// The kind of outcome, so that what is new can be told from what is known.
fn attempt(target: &Target, input: &[u8]) -> Result<u64, Fault> {
    let started = Instant::now();
    let result = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    let fault = |what| Fault { input: input.to_vec(), what };
    let outcome = result.map_err(|panic| fault(said(panic.as_ref())))?;
    if started.elapsed() > PATIENCE {
        return Err(fault(format!("it took {:?}", started.elapsed())));
    }
    Ok(kind(&outcome))
}

/// What a panic said.
fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic without words".to_owned())
}

/// Names and numbers in a message do not make it another one.
fn kind(outcome: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    let plain = |c: &char| c.is_ascii_alphabetic() || c.is_ascii_whitespace();
    let words: String = outcome.chars().filter(plain).take(120).collect();
    words.split_whitespace().filter(|word| word.len() < 16).for_each(|word| word.hash(&mut hasher));
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: Plan = Plan { seed: 1, time: Duration::from_secs(60), rounds: Some(20_000) };

    #[test]
    fn a_fault_behind_two_refusals_is_found() {
        let target = Target {
            name: "toy",
            run: |input| match input {
                [b'{', b'[', b'"', ..] => panic!("found"),
                [b'{', b'[', ..] => "two".to_owned(),
                [b'{', ..] => "one".to_owned(),
                _ => "none".to_owned(),
            },
        };
        let fault = fuzz(&target, &[], PLAN).unwrap_err();
        assert!(fault.input.starts_with(b"{[\"") && fault.what == "found", "{fault:?}");
    }

    #[test]
    fn the_same_seed_finds_the_same() {
        let target = Target { name: "toy", run: |input| "x".repeat(input.len() % 7) };
        let tally = |seed| fuzz(&target, &[], Plan { seed, rounds: Some(500), ..PLAN }).unwrap();
        assert_eq!(tally(3), tally(3));
    }
}
