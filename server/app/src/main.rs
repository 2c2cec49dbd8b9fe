//! The binary `theriac`: command line, configuration, wiring. It decides nothing about records.

mod cli;
mod command;
mod openapi;
mod routes;
mod services;

use clap::Parser;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Exit status: 0 done, 1 failed, 2 wrong usage.
fn main() -> ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let wrong = error.use_stderr();
            // Nothing is left to do if even this cannot be printed.
            let _ = error.print();
            return if wrong { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("theriac: {error}");
            if let Some(cause) = &error.cause {
                eprintln!("  because: {cause}");
            }
            ExitCode::from(1)
        }
    }
}

fn run(cli: cli::Cli) -> theriac_core::Result<()> {
    // Two TLS providers are in the tree; the choice is made once. It fails only if it was made already.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build()
        .map_err(theriac_core::Error::internal)?;
    let outcome = runtime.block_on(command::run(cli));
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    outcome
}
