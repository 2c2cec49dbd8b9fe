//! What can be typed.

use clap::{Parser, ValueEnum};
use std::path::PathBuf;

/// Measures the release server beside the ceilings of this machine.
#[derive(Debug, Parser)]
#[command(name = "theriac-bench", after_help = workloads())]
pub struct Cli {
    /// Workloads to run; none: all, and the page is written.
    pub workloads: Vec<String>,
    #[arg(long, default_value = "both")]
    pub database: Database,
    /// Measured seconds of each workload, after a warm-up of a fifth of that.
    #[arg(long, default_value_t = 10)]
    pub seconds: u64,
    /// Patients of the population that reads and searches ask for; each has about 600 resources.
    #[arg(long, default_value_t = 40)]
    pub patients: usize,
    /// Control charts that are active while readings come.
    #[arg(long, default_value_t = 100)]
    pub charts: usize,
    /// Writes the page here; default: docs/reference/benchmarks.md, when all workloads are run.
    #[arg(long)]
    pub page: Option<PathBuf>,
    /// Where real Synthea bundles (.json.gz) lie.
    #[arg(long, default_value = "../shared/data/fhir/synthea/smart-2019")]
    pub synthea: PathBuf,
    /// Keeps the data folder with the server's log, and says where it is.
    #[arg(long)]
    pub keep: bool,
    /// After the workloads, keep the server running for so many seconds (to look at it with a profiler).
    #[arg(long, default_value_t = 0)]
    pub linger: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Database {
    Sqlite,
    Postgres,
    Both,
}

fn workloads() -> String {
    let rows = crate::table::WORKLOADS.iter().map(|w| format!("  {:<16} {}\n", w.name, w.says));
    format!(
        "Workloads:\n{}\nPostgreSQL is taken from THERIAC_TEST_POSTGRES and THERIAC_TEST_POSTGRES_OWNER, the server from THERIAC_BIN.",
        rows.collect::<String>()
    )
}
