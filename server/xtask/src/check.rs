//! `check`: formatting, lints, house rules, drift of generated files. Everything is run; the end says what failed.

use crate::process::{root, show};
use crate::rule::{Finding, RULES};
use crate::{Result, generated, house};
use std::process::Command;

struct Step {
    name: &'static str,
    run: fn(&Options) -> Result<()>,
}

const STEPS: &[Step] = &[
    Step { name: "house rules", run: |_| rules() },
    Step { name: "formatting", run: formatting },
    Step { name: "lints", run: |_| lints() },
    Step { name: "generated files", run: |options| generated::check(options.write) },
];

struct Options {
    write: bool,
    rules_only: bool,
}

pub fn run(arguments: &[String]) -> Result<()> {
    let options = options(arguments)?;
    let steps = if options.rules_only { &STEPS[..1] } else { STEPS };
    let mut failed = Vec::new();
    for step in steps {
        eprintln!("check: {}", step.name);
        if let Err(why) = (step.run)(&options) {
            eprintln!("{why}");
            failed.push(step.name);
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(format!("not in order: {}", failed.join(", "))) }
}

fn options(arguments: &[String]) -> Result<Options> {
    let mut options = Options { write: false, rules_only: false };
    for argument in arguments {
        match argument.as_str() {
            "--write" => options.write = true,
            "--rules-only" => options.rules_only = true,
            other => return Err(format!("unknown argument `{other}`; known: --rules-only, --write")),
        }
    }
    Ok(options)
}

fn rules() -> Result<()> {
    let house = house::here()?;
    let mut shown = String::new();
    let mut count = 0;
    for rule in RULES {
        let mut findings: Vec<Finding> = (rule.find)(&house);
        findings.sort();
        count += findings.len();
        if !findings.is_empty() {
            shown.push_str(&format!("\n{}: {}\n", rule.name, rule.says));
        }
        findings.iter().for_each(|finding| shown.push_str(&format!("  {finding}\n")));
    }
    if count == 0 { Ok(()) } else { Err(format!("{shown}\n{count} findings")) }
}

fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    cargo
}

fn formatting(options: &Options) -> Result<()> {
    let check: &[&str] = if options.write { &[] } else { &["--check"] };
    show(cargo().args(["fmt", "--all"]).args(check))
        .map_err(|why| format!("{why}; `./dev check --write` formats everything"))
}

fn lints() -> Result<()> {
    show(cargo().args(["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_argument_is_named() {
        let why = options(&["--rule-only".to_string()]).err().unwrap_or_default();
        assert!(why.contains("--rule-only") && why.contains("--rules-only"), "{why}");
    }
}
