//! `docs/reference/benchmarks.md`.

use super::{Section, cores, latency, number, rows, share, target, unexpected};
use crate::ceiling::CEILINGS;
use crate::cli::Cli;
use crate::machine;
use crate::table::WORKLOADS;
use crate::{Error, Result};
use std::fmt::Write;
use std::path::Path;

const HEAD: &str = "# Benchmarks

Written by `./dev bench`; do not edit. The load generator (`server/bench`), the server and the database share the
machine's cores, so these are figures of the whole machine. Connections are closed loops: each sends its next request
when it has the answer to the last. PostgreSQL runs with fsync and synchronous commit, SQLite with `synchronous=FULL`.
Every change is in the ledger and sealed. A figure during which an answer was not the expected one says so.

\"Peer\" is the fastest open FHIR server that could be run on such a machine (two cores, everything on them), in its
own figures for the same kind of work. \"Cores\" are the cores in use by server / generator / the rest (the
database, and whatever else ran).

";

pub fn write(path: &Path, cli: &Cli, sections: &[Section]) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, text(cli, sections)?).map_err(|e| Error::from(format!("{}: {e}", path.display())))
}

fn text(cli: &Cli, sections: &[Section]) -> Result<String> {
    let mut text = HEAD.to_owned();
    machine(&mut text, cli, sections)?;
    for section in sections {
        figures(&mut text, section)?;
    }
    what(&mut text)?;
    Ok(text)
}

fn machine(text: &mut String, cli: &Cli, sections: &[Section]) -> Result<()> {
    text.push_str("## Machine\n\n| | |\n|---|---|\n");
    for (name, value) in machine::description() {
        writeln!(text, "| {name} | {value} |")?;
    }
    for section in sections {
        writeln!(text, "| {} | {} |", section.engine.title(), section.version)?;
    }
    writeln!(text, "| time | {} s measured for each workload |\n", cli.seconds)?;
    writeln!(
        text,
        "Again: `./dev bench --seconds {}`; one workload on one database: `./dev bench fhir-crud --database sqlite`.\n",
        cli.seconds
    )?;
    Ok(())
}

fn figures(text: &mut String, section: &Section) -> Result<()> {
    writeln!(text, "## {}\n", section.engine.title())?;
    text.push_str(
        "| workload | what | figure | p50 ms | p99 ms | of its ceiling | target | peer | cores | remarks |\n",
    );
    text.push_str("|---|---|--:|--:|--:|--:|--:|--:|---|---|\n");
    for (workload, figure) in rows(section) {
        let ((p50, p99), peer) = (latency(figure), figure.peer.map_or(String::new(), number));
        let mut remarks = figure.note.clone();
        if !figure.unexpected.is_empty() {
            write!(remarks, "{}**unexpected: {}**", if remarks.is_empty() { "" } else { "; " }, unexpected(figure))?;
        }
        writeln!(
            text,
            "| {workload} | {} | {} {} | {p50} | {p99} | {} | {} | {peer} | {} | {remarks} |",
            figure.name,
            number(figure.value),
            figure.unit,
            share(figure, &section.ceilings),
            target(figure),
            cores(figure)
        )?;
    }
    writeln!(text, "\nMemory after all of it: {} MB resident.\n", number(section.memory))?;
    ceilings(text, section)?;
    parts(text, section)
}

fn ceilings(text: &mut String, section: &Section) -> Result<()> {
    text.push_str("| ceiling | a second | what |\n|---|--:|---|\n");
    for measured in &section.ceilings {
        let says = CEILINGS.iter().find(|c| c.name == measured.name).map_or("", |c| c.says);
        writeln!(text, "| {} | {} | {says} |", measured.name, number(measured.value))?;
    }
    text.push('\n');
    Ok(())
}

fn parts(text: &mut String, section: &Section) -> Result<()> {
    for (workload, figure) in rows(section).filter(|(_, figure)| !figure.parts.is_empty()) {
        writeln!(text, "### {workload}: by kind of request\n\n| kind | p50 ms | p99 ms |\n|---|--:|--:|")?;
        for (label, part) in &figure.parts {
            writeln!(text, "| {label} | {} | {} |", number(part.percentile_ms(0.5)), number(part.percentile_ms(0.99)))?;
        }
        text.push('\n');
    }
    Ok(())
}

fn what(text: &mut String) -> Result<()> {
    text.push_str("## Workloads\n\n| name | what |\n|---|---|\n");
    for workload in WORKLOADS {
        writeln!(text, "| {} | {} |", workload.name, workload.says)?;
    }
    Ok(())
}
