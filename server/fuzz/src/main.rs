//! `theriac-fuzz [TARGET...]`: fuzzes the targets, all of them unless some are named.
//!
//! Exit status 1 at a fault; the input that broke a target is kept in its corpus.

use clap::Parser;
use std::process::ExitCode;
use std::time::Duration;
use theriac_fuzz::target::TABLE;
use theriac_fuzz::{Plan, Target, corpus, fuzz};

#[derive(Parser)]
#[command(about = "Fuzzes everything that reads what strangers send")]
struct Options {
    /// All of them, unless some are named.
    targets: Vec<String>,
    /// For each target.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// At most, for each target.
    #[arg(long)]
    rounds: Option<u64>,
    /// The same seed and rounds try the same inputs.
    #[arg(long)]
    seed: Option<u64>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let known: Vec<&str> = TABLE.iter().map(|target| target.name).collect();
    if let Some(unknown) = options.targets.iter().find(|name| !known.contains(&name.as_str())) {
        eprintln!("{unknown:?} is not a target; targets are {}", known.join(", "));
        return ExitCode::from(2);
    }
    let seed = options.seed.unwrap_or_else(rand::random);
    let plan = Plan { seed, time: Duration::from_secs(options.seconds), rounds: options.rounds };
    println!("--seed {seed}");
    let chosen =
        |target: &&Target| options.targets.is_empty() || options.targets.iter().any(|name| name == target.name);
    let faults = TABLE.iter().filter(chosen).filter(|target| !holds(target, plan)).count();
    ExitCode::from(u8::from(faults > 0))
}

fn holds(target: &Target, plan: Plan) -> bool {
    let seeds = corpus::read(target.name).unwrap_or_default();
    match fuzz(target, &seeds, plan) {
        Ok(tally) => {
            println!("{}: {} rounds, {} outcomes", target.name, tally.rounds, tally.outcomes);
            true
        }
        Err(fault) => {
            let kept = corpus::keep(target.name, &fault.input);
            eprintln!("{}: {}\n  input kept: {kept:?}", target.name, fault.what);
            false
        }
    }
}
