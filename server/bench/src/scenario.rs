//! One run: for each database a fresh server, the ceilings, the workloads; then the report.

use crate::cli::{self, Cli};
use crate::server::Settings;
use crate::store::{Database, Engine};
use crate::table::{WORKLOADS, Workload};
use crate::world::World;
use crate::{Result, ceiling, report};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub async fn run(cli: &Cli) -> Result<()> {
    let chosen = choose(&cli.workloads)?;
    let mut sections = Vec::new();
    for engine in engines(cli.database)? {
        sections.push(measure(cli, engine, &chosen).await?);
    }
    println!("\n{}", report::table(&sections));
    let page = match (&cli.page, cli.workloads.is_empty()) {
        (Some(page), _) => Some(page.clone()),
        (None, true) => Some(report::root().join("docs/reference/benchmarks.md")),
        (None, false) => None,
    };
    if let Some(page) = page {
        report::write(&page, cli, &sections)?;
        eprintln!("the page is written: {}", page.display());
    }
    Ok(())
}

fn choose(names: &[String]) -> Result<Vec<&'static Workload>> {
    let known = || WORKLOADS.iter().map(|w| w.name).collect::<Vec<_>>().join(", ");
    let find = |name: &String| {
        WORKLOADS
            .iter()
            .find(|w| w.name == name)
            .ok_or_else(|| format!("'{name}' is no workload; there are {}", known()).into())
    };
    match names {
        [] => Ok(WORKLOADS.iter().collect()),
        names => names.iter().map(find).collect(),
    }
}

fn engines(asked: cli::Database) -> Result<Vec<Engine>> {
    let has_postgres = std::env::var_os("THERIAC_TEST_POSTGRES").is_some();
    match asked {
        cli::Database::Sqlite => Ok(vec![Engine::Sqlite]),
        cli::Database::Postgres | cli::Database::Both if has_postgres => Ok(match asked {
            cli::Database::Both => vec![Engine::Sqlite, Engine::Postgres],
            _ => vec![Engine::Postgres],
        }),
        cli::Database::Postgres => {
            Err("PostgreSQL is named by THERIAC_TEST_POSTGRES and THERIAC_TEST_POSTGRES_OWNER".into())
        }
        cli::Database::Both => {
            eprintln!("PostgreSQL is left out: THERIAC_TEST_POSTGRES is not set");
            Ok(vec![Engine::Sqlite])
        }
    }
}

/// A folder that goes away with its value.
struct Folder {
    path: PathBuf,
    keep: bool,
}

impl Folder {
    fn fresh(engine: Engine, keep: bool) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("theriac-bench-{}-{}", engine.name(), std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self { path, keep })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.keep {
            eprintln!("kept: {}", self.path.display());
            return;
        }
        // What is left lies in the folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

async fn measure(cli: &Cli, engine: Engine, chosen: &[&'static Workload]) -> Result<report::Section> {
    let folder = Folder::fresh(engine, cli.keep)?;
    let database = Database::create(engine, &folder.path).await?;
    let outcome = on_database(cli, &folder.path, &database, chosen).await;
    database.remove().await?;
    outcome
}

async fn on_database(
    cli: &Cli,
    folder: &Path,
    database: &Database,
    chosen: &[&'static Workload],
) -> Result<report::Section> {
    let settings = Settings::new(folder, database);
    if let Some(owner) = &database.owner_url {
        Settings { database_url: owner.clone(), ..settings.clone() }.run(&["migrate"]).await?;
    }
    let server = settings.start(&["serve"]).await?;
    let mut world = World::new(cli, database.clone(), settings, server);
    eprintln!("== {}", database.engine.title());
    let ceilings = ceiling::measure(&world, chosen).await?;
    let mut figures = Vec::new();
    for workload in chosen {
        eprintln!("-- {}", workload.name);
        match (workload.run)(&mut world).await {
            Ok(found) => {
                found.iter().for_each(|figure| eprintln!("   {}", report::line(figure)));
                figures.push((workload.name, found));
            }
            Err(error) => {
                eprintln!("   failed: {error}");
                figures.push((workload.name, vec![report::failed(workload.name, &error)]));
                world.restart(&["serve"]).await?;
            }
        }
    }
    if cli.linger > 0 {
        eprintln!("server {} lingers on {}", world.server()?.pid, world.server()?.authority);
        tokio::time::sleep(Duration::from_secs(cli.linger)).await;
    }
    let memory = world.server().map_or(0.0, |server| crate::machine::resident_mb(server.pid));
    world.stop().await?;
    Ok(report::Section { engine: database.engine, version: database.version.clone(), ceilings, figures, memory })
}
