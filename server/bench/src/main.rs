//! The load generator of `./dev bench`: figures of the release server, each beside what the machine could do at most.
//!
//! Closed loops over kept-alive connections (what is not said to be paced), on one thread, as generator, server and
//! database share the same few cores. A figure with an unexpected answer in it is marked.

mod ceiling;
mod cli;
mod client;
mod data;
mod feed;
mod figure;
mod histogram;
mod load;
mod machine;
mod report;
mod scenario;
mod server;
mod store;
mod table;
mod workload;
mod world;

use clap::Parser;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Error = Box<dyn std::error::Error + Send + Sync>;
type Result<T, E = Error> = std::result::Result<T, E>;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    let outcome = runtime.block_on(async {
        tokio::select! {
            outcome = scenario::run(&cli) => outcome,
            _ = tokio::signal::ctrl_c() => Err("interrupted".into()),
        }
    });
    runtime.shutdown_background();
    outcome.map_or_else(|error| failed(&error), |()| ExitCode::SUCCESS)
}

fn failed(error: &Error) -> ExitCode {
    eprintln!("theriac-bench: {error}");
    ExitCode::from(1)
}
