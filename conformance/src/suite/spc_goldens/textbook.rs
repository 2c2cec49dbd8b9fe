//! Textbook sets (Montgomery; Ryan; Wetherill and Brown) as shipped with R's qcc 2.7, which computed the results;
//! the results at full precision follow from the formulas.

mod attributes;
mod rings;

use super::Golden;
use crate::run::{Run, read};

pub fn goldens(run: &Run) -> Result<Vec<Golden>, String> {
    let mut goldens = rings::goldens(&table(run, "pistonrings.txt")?);
    goldens.extend(attributes::goldens(
        &table(run, "orangejuice.txt")?,
        &table(run, "circuit.txt")?,
        &table(run, "pcmanufact.txt")?,
    ));
    Ok(goldens)
}

type Rows = Vec<Vec<f64>>;

/// Rows of a blank-separated file without its header; `TRUE` is 1.
fn table(run: &Run, name: &str) -> Result<Rows, String> {
    let bytes = read(&run.data("spc").join(name))?;
    let number = |word: &str| match word {
        "TRUE" => Ok(1.0),
        "FALSE" => Ok(0.0),
        word => word.parse().map_err(|_| format!("{name}: {word:?} is no number")),
    };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    text.lines().skip(1).map(|line| line.split_whitespace().map(number).collect()).collect()
}
