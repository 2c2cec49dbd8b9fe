//! Orange juice cans, circuit boards and personal computers by R's qcc 2.7: p, np, c and u.

use super::{limits, near, run, table};
use crate::Data;
use crate::data::Sizes;
use crate::evaluate::Evaluation;
use serde_json::{Value, json};

fn spec(kind: &str) -> Value {
    json!({"property": "line.defects", "kind": kind})
}

/// Rows of the trial, and rows after it; `trial` is the last column.
type Phases = (Vec<Vec<f64>>, Vec<Vec<f64>>);

fn phases(name: &str) -> Option<Phases> {
    Some(table(name)?.into_iter().partition(|row| row.last() == Some(&1.0)))
}

fn column(rows: &[Vec<f64>], at: usize) -> Vec<f64> {
    rows.iter().map(|row| row[at]).collect()
}

fn without(rows: &[Vec<f64>], gone: [usize; 2]) -> Vec<Vec<f64>> {
    rows.iter().enumerate().filter(|(i, _)| !gone.contains(&(i + 1))).map(|(_, row)| row.clone()).collect()
}

/// Positions at which a run of seven or more on one side, as qcc counts them, is going on.
fn runs_of_seven(got: &Evaluation) -> Vec<u64> {
    let (mut run, mut side) = (0, 0.0);
    let mut found = Vec::new();
    for plot in got.chart.points.iter().filter(|p| !p.excluded) {
        let z = plot.lines.unwrap().z;
        run = if z != 0.0 && z.signum() == side { run + 1 } else { i32::from(z != 0.0) };
        side = z.signum();
        if run >= 7 {
            found.push(plot.index);
        }
    }
    found
}

#[test]
fn orange_juice_proportions_and_numbers() {
    let Some((trial, _)) = phases("orangejuice.txt") else { return };
    let data = Data::of_counts(&column(&trial, 1), Some(Sizes::Each(column(&trial, 2))));
    for (kind, center, lower, upper, e) in
        [("p", 0.2313333333, 0.05242754807, 0.4102391186, 6e-11), ("np", 11.56666667, 2.621377404, 20.51195593, 6e-9)]
    {
        let got = run(spec(kind), &data);
        near(got.chart.center.unwrap(), center, e);
        limits(&got.chart, lower, upper, e);
        assert_eq!(got.chart.flagged(), [15, 23]);
    }
}

#[test]
fn orange_juice_after_two_causes_were_removed() {
    let Some((trial, new)) = phases("orangejuice.txt") else { return };
    let rows = [without(&trial, [15, 23]), new.clone()].concat();
    let mut json = spec("p");
    json["phase1"] = json!({"first": 1, "last": 28});
    let got = run(json, &Data::of_counts(&column(&rows, 1), Some(Sizes::All(50.0))));
    near(got.chart.center.unwrap(), 0.215, 1e-12);
    limits(&got.chart, 0.04070283995, 0.38929716, 6e-9);
    assert_eq!(got.chart.flagged(), [20, 39]);
    assert_eq!(runs_of_seven(&got), (38..=52).collect::<Vec<_>>());

    let mut json = spec("p");
    json["phase1"] = json!({"first": 1, "last": 30, "exclude": [15, 23]});
    let rows = [trial, new].concat();
    let got = run(json, &Data::of_counts(&column(&rows, 1), Some(Sizes::All(50.0))));
    near(got.chart.center.unwrap(), 0.215, 1e-12);
    assert_eq!(got.chart.flagged(), [21, 41]);
    assert_eq!(runs_of_seven(&got), (40..=54).collect::<Vec<_>>());
}

#[test]
fn circuit_boards_of_the_trial() {
    let Some((trial, _)) = phases("circuit.txt") else { return };
    let got = run(spec("c"), &Data::of_counts(&column(&trial, 0), None));
    near(got.chart.center.unwrap(), 19.84615385, 6e-9);
    limits(&got.chart, 6.481447167, 33.21086053, 6e-9);
    assert_eq!(got.chart.flagged(), [6, 20]);
}

#[test]
fn circuit_boards_after_two_causes_were_removed() {
    let Some((trial, new)) = phases("circuit.txt") else { return };
    let counts = column(&[without(&trial, [6, 20]), new].concat(), 0);
    for (kind, sizes, center, lower, upper, e) in [
        ("c", None, 19.66666667, 6.362531971, 32.97080136, 6e-9),
        ("u", Some(Sizes::All(100.0)), 0.1966666667, 0.06362531971, 0.3297080136, 6e-11),
    ] {
        let mut json = spec(kind);
        json["phase1"] = json!({"first": 1, "last": 24});
        let got = run(json, &Data::of_counts(&counts, sizes));
        near(got.chart.center.unwrap(), center, e);
        limits(&got.chart, lower, upper, e);
        assert!(got.chart.flagged().is_empty());
        assert_eq!(runs_of_seven(&got), [27, 28]);
    }
}

#[test]
fn personal_computers() {
    let Some(rows) = table("pcmanufact.txt") else { return };
    let got = run(spec("u"), &Data::of_counts(&column(&rows, 0), Some(Sizes::Each(column(&rows, 1)))));
    near(got.chart.center.unwrap(), 1.93, 1e-12);
    limits(&got.chart, 0.06613305196, 3.793866948, 6e-10);
    assert!(got.chart.flagged().is_empty() && runs_of_seven(&got).is_empty());
}
