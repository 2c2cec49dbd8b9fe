//! `xtask`: everything `./dev` does that is more than a few lines of shell. Development only; no server crate may use it.
//!
//! One row of [`COMMANDS`] per subcommand. Exit status: 0 done, 1 failed, 2 wrong usage.

mod b2mml;
mod check;
mod fhir_definitions;
mod generated;
mod house;
mod install;
mod process;
mod rule;
mod services;
mod source;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What went wrong and what to do about it, in one text for the person at the terminal.
pub type Result<T> = std::result::Result<T, String>;

struct Command {
    name: &'static str,
    arguments: &'static str,
    does: &'static str,
    run: fn(&[String]) -> Result<()>,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "check",
        arguments: "[--rules-only] [--write]",
        does: "formatting, lints, house rules, drift of generated files; --write mends what a machine can mend",
        run: check::run,
    },
    Command {
        name: "services",
        arguments: "up [--durable] | down | env",
        does: "a private PostgreSQL and Redis for tests; --durable keeps fsync on, for benchmarks",
        run: services::run,
    },
    Command {
        name: "install",
        arguments: "",
        does: "PostgreSQL and Redis programs, where apt-get may",
        run: install::run,
    },
    Command {
        name: "fhir-definitions",
        arguments: "PACKAGE_DIR [--samples DIR]...",
        does: "fhir-profiles/ from the unpacked package of R4 definitions; with samples, the storage dictionary too",
        run: fhir_profiles,
    },
    Command {
        name: "b2mml-table",
        arguments: "SCHEMA_DIR",
        does: "server/isa95/src/b2mml/v0700.txt from the folder of B2MML's XSD files",
        run: b2mml::run,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let command = arguments.first().and_then(|name| COMMANDS.iter().find(|c| c.name == name));
    let Some(command) = command else {
        eprint!("{}", usage());
        return ExitCode::from(2);
    };
    match (command.run)(&arguments[1..]) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask {}: {why}", command.name);
            ExitCode::FAILURE
        }
    }
}

fn fhir_profiles(arguments: &[String]) -> Result<()> {
    let (package, samples) = package_and_samples(arguments).ok_or("expected: PACKAGE_DIR [--samples DIR]...")?;
    fhir_definitions::run(package)?;
    // A dictionary that records were stored with may never change: it is trained only when asked for.
    if samples.is_empty() { Ok(()) } else { fhir_definitions::run_dictionary(package, &samples) }
}

fn package_and_samples(arguments: &[String]) -> Option<(&Path, Vec<PathBuf>)> {
    let (package, rest) = arguments.split_first()?;
    let sample = |pair: &[String]| match pair {
        [flag, folder] if flag == "--samples" => Some(PathBuf::from(folder)),
        _ => None,
    };
    let samples = rest.chunks(2).map(sample).collect::<Option<Vec<_>>>()?;
    Some((Path::new(package), samples))
}

fn usage() -> String {
    let mut text = String::from("usage: cargo run -p xtask -- COMMAND\n");
    for command in COMMANDS {
        text.push_str(&format!("  {} {}\n      {}\n", command.name, command.arguments, command.does));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_string).collect()
    }

    #[test]
    fn samples_may_be_named_several_times() {
        let arguments = words("package --samples one --samples two");
        let (package, samples) = package_and_samples(&arguments).unwrap();
        assert_eq!((package, samples.len()), (Path::new("package"), 2));
    }

    #[test]
    fn a_flag_without_its_folder_is_refused() {
        assert!(package_and_samples(&words("package --samples")).is_none());
        assert!(package_and_samples(&words("package --sample one")).is_none());
        assert!(package_and_samples(&[]).is_none());
    }

    #[test]
    fn the_usage_names_every_command() {
        assert!(COMMANDS.iter().all(|command| usage().contains(command.name)));
    }
}
