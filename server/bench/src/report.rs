//! The figures as text: a line while running, a table at the end, and the page `docs/reference/benchmarks.md`.

mod page;

use crate::Error;
use crate::ceiling::Measured;
use crate::figure::{Figure, Target};
use crate::store::Engine;
use std::path::PathBuf;

pub use page::write;

/// All figures on one database.
pub struct Section {
    pub engine: Engine,
    pub version: String,
    pub ceilings: Vec<Measured>,
    pub figures: Vec<(&'static str, Vec<Figure>)>,
    /// Resident, after everything, in MB.
    pub memory: f64,
}

/// The root of the repository this was built from.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub fn failed(name: &str, error: &Error) -> Figure {
    let mut figure = Figure::new(name, 0.0, "");
    let text: String = error.to_string().chars().take(300).collect();
    figure.unexpected.insert("not measured".into(), (1, text));
    figure
}

/// A number as people read it: grouped by thousands, decimals only where it is small.
pub fn number(value: f64) -> String {
    if value < 10.0 {
        return format!("{value:.2}");
    }
    let whole = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

pub fn latency(figure: &Figure) -> (String, String) {
    let ms = |share| {
        figure.latency.as_ref().filter(|l| l.count() > 0).map_or(String::new(), |l| number(l.percentile_ms(share)))
    };
    (ms(0.5), ms(0.99))
}

pub fn target(figure: &Figure) -> String {
    match figure.target {
        None => String::new(),
        Some(Target::AtLeast(least)) => format!("{} or more{}", number(least), mark(figure)),
        Some(Target::AtMost(most)) => format!("{} or less{}", number(most), mark(figure)),
    }
}

fn mark(figure: &Figure) -> &'static str {
    match figure.target {
        Some(target) if !target.is_met(figure.value) => " (missed)",
        _ => "",
    }
}

/// Its share of the ceiling it stands under.
pub fn share(figure: &Figure, ceilings: &[Measured]) -> String {
    let found = figure.ceiling.and_then(|name| ceilings.iter().find(|c| c.name == name));
    found.map_or(String::new(), |c| format!("{:.1} % of {}", figure.value / c.value * 100.0, c.name))
}

pub fn cores(figure: &Figure) -> String {
    figure.cores.map_or(String::new(), |c| format!("{:.2} / {:.2} / {:.2}", c.server, c.generator, c.rest))
}

pub fn unexpected(figure: &Figure) -> String {
    let kinds = figure.unexpected.iter().map(|(kind, (count, _))| format!("{count} x {kind}"));
    kinds.collect::<Vec<_>>().join(", ")
}

/// One figure while the run goes on, with the first unexpected answer of each kind.
pub fn line(figure: &Figure) -> String {
    let (p50, p99) = latency(figure);
    let mut text = format!("{}: {} {}", figure.name, number(figure.value), figure.unit);
    if !p50.is_empty() {
        text.push_str(&format!(", p50 {p50} ms, p99 {p99} ms"));
    }
    if let Some(cores) = figure.cores {
        text.push_str(&format!(
            ", cores: server {:.2}, generator {:.2}, rest {:.2}",
            cores.server, cores.generator, cores.rest
        ));
    }
    if !figure.note.is_empty() {
        text.push_str(&format!(" ({})", figure.note));
    }
    for (label, part) in &figure.parts {
        let (p50, p99) = (number(part.percentile_ms(0.5)), number(part.percentile_ms(0.99)));
        text.push_str(&format!("\n      {label:<18} {:>8} times, p50 {p50:>7} ms, p99 {p99:>7} ms", part.count()));
    }
    for (kind, (count, first)) in &figure.unexpected {
        let first: String = first.chars().take(400).collect();
        text.push_str(&format!("\n      UNEXPECTED {count} x {kind}: {first}"));
    }
    text
}

pub fn table(sections: &[Section]) -> String {
    let mut text = String::new();
    for section in sections {
        text.push_str(&format!("{} {}\n", section.engine.title(), section.version));
        for (workload, figure) in rows(section) {
            let (p50, p99) = latency(figure);
            text.push_str(&format!(
                "{workload:<15} {:<34} {:>10} {:<13} {p50:>8} {p99:>8}  {:<20} {:<26} {}\n",
                figure.name,
                number(figure.value),
                figure.unit,
                share(figure, &section.ceilings),
                target(figure),
                unexpected(figure)
            ));
        }
    }
    text
}

pub fn rows(section: &Section) -> impl Iterator<Item = (&'static str, &Figure)> {
    section.figures.iter().flat_map(|(name, figures)| figures.iter().map(move |figure| (*name, figure)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        for (value, expected) in
            [(0.0, "0.00"), (9.996, "10.00"), (12.4, "12"), (1_234.0, "1,234"), (1_234_567.8, "1,234,568")]
        {
            assert_eq!(number(value), expected);
        }
    }

    #[test]
    fn a_missed_target_and_an_unexpected_answer_are_marked() {
        let mut figure = Figure::new("x", 10.0, "requests/s").at_least(20.0).under("bulk");
        figure.unexpected.insert("read 500".into(), (3, "why".into()));
        assert!(target(&figure).contains("missed"));
        assert_eq!(share(&figure, &[Measured { name: "bulk", value: 100.0 }]), "10.0 % of bulk");
        assert_eq!(unexpected(&figure), "3 x read 500");
        assert!(line(&figure).contains("why"));
    }
}
