//! Standards suites against a running server.
//!
//! `cargo run -p theriac-conformance -- [SUITE...] [--data FOLDER] [--write]`
//!
//! | variable | meaning |
//! |---|---|
//! | `THERIAC_BIN` | the binary to start and to run commands with; default `target/debug/theriac` |
//! | `THERIAC_URL` | test this running server; the `theriac` command then needs the same settings in the environment |
//! | `THERIAC_CONFORMANCE_EXAMPLES` | random examples an operation of Schemathesis; few by default |
//! | `THERIAC_CONFORMANCE_ROLES` | roles of `openapi_roles`, separated by commas; all by default |
//! | `THERIAC_CONFORMANCE_PARALLEL` | how many of them at once; 2 by default |
//!
//! Every case passes or fails. What fails and is known stands in `gaps/SUITE.txt` with its reason; a case that
//! fails unlisted, or passes though listed, is an error: the list may only shrink.

mod arguments;
mod gaps;
mod json;
mod report;
mod run;
mod server;
mod suite;

use arguments::Arguments;
use report::Report;
use run::Run;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Arguments::read(std::env::args().skip(1)) {
        Ok(arguments) => conformance(&arguments).await,
        Err(usage) => {
            eprintln!("{usage}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("conformance: {why}");
            ExitCode::FAILURE
        }
    }
}

/// True if all is as it should be.
async fn conformance(arguments: &Arguments) -> Result<bool, String> {
    let run = Run::begin(&arguments.data)?;
    let mut report = Report::default();
    for suite in &arguments.suites {
        eprintln!("== {}: {}", suite.name, suite.about);
        let outcome = match run.missing(suite.needs) {
            Some(folder) => suite::Outcome::skipped(format!("{folder} is not under {}", arguments.data.display())),
            None => (suite.run)(&run).await.unwrap_or_else(suite::Outcome::broken),
        };
        report.add(suite, outcome, &gaps::read(suite.name)?);
    }
    print!("{}", report.table());
    if arguments.write {
        report.write()?;
    }
    Ok(report.is_good())
}
