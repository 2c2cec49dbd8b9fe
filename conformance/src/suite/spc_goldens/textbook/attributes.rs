//! Orange juice cans, circuit boards and personal computers: p, np, c and u.

use super::super::Golden;
use super::super::check::{flagged, limits, printed};
use super::Rows;
use serde_json::{Value, json};

pub fn goldens(juice: &Rows, circuit: &Rows, computers: &Rows) -> Vec<Golden> {
    let mut goldens = cans(juice);
    goldens.extend(boards(circuit));
    goldens.push(golden(
        "computers u",
        json!({"property": "a.b", "kind": "u"}),
        json!({"counts": column(computers, 0), "sizes": column(computers, 1)}),
        ("1.93", "0.06613305196", "3.793866948"),
        &[],
    ));
    goldens
}

fn cans(rows: &Rows) -> Vec<Golden> {
    let (trial, new) = phases(rows);
    let first = json!({"counts": column(&trial, 1), "sizes": 50});
    let after = [without(&trial, [15, 23]), new].concat();
    let after = json!({"counts": column(&after, 1), "sizes": 50});
    let phase1 = json!({"property": "a.b", "kind": "p", "rules": ["we1"], "phase1": {"first": 1, "last": 28}});
    let numbers = ("0.2313333333", "0.05242754807", "0.4102391186");
    vec![
        golden("orange juice p", json!({"property": "a.b", "kind": "p"}), first.clone(), numbers, &[15, 23]),
        golden(
            "orange juice np",
            json!({"property": "a.b", "kind": "np"}),
            first,
            ("11.56666667", "2.621377404", "20.51195593"),
            &[15, 23],
        ),
        golden("orange juice p, causes removed", phase1, after, ("0.215", "0.04070283995", "0.38929716"), &[20, 39]),
    ]
}

fn boards(rows: &Rows) -> Vec<Golden> {
    let (trial, new) = phases(rows);
    let first = json!({"counts": column(&trial, 0)});
    let after = column(&[without(&trial, [6, 20]), new].concat(), 0);
    let phase1 =
        |kind: &str| json!({"property": "a.b", "kind": kind, "rules": ["we1"], "phase1": {"first": 1, "last": 24}});
    vec![
        golden(
            "circuit boards c",
            json!({"property": "a.b", "kind": "c"}),
            first,
            ("19.84615385", "6.481447167", "33.21086053"),
            &[6, 20],
        ),
        golden(
            "circuit boards c, causes removed",
            phase1("c"),
            json!({"counts": after}),
            ("19.66666667", "6.362531971", "32.97080136"),
            &[],
        ),
        golden(
            "circuit boards u, causes removed",
            phase1("u"),
            json!({"counts": after, "sizes": 100}),
            ("0.1966666667", "0.06362531971", "0.3297080136"),
            &[],
        ),
    ]
}

type Numbers = (&'static str, &'static str, &'static str);

fn golden(
    name: &'static str,
    chart: Value,
    data: Value,
    (center, lower, upper): Numbers,
    points: &'static [u64],
) -> Golden {
    let mut checks = vec![printed("/center", center), flagged(points)];
    checks.extend(limits("/limits", lower, upper));
    Golden { name, chart, data, checks, live: false }
}

/// Rows of the trial, and rows after it; `trial` is the last column.
fn phases(rows: &Rows) -> (Rows, Rows) {
    rows.iter().cloned().partition(|row| row.last() == Some(&1.0))
}

fn column(rows: &Rows, at: usize) -> Vec<f64> {
    rows.iter().filter_map(|row| row.get(at)).copied().collect()
}

/// `gone` counts from 1.
fn without(rows: &Rows, gone: [usize; 2]) -> Rows {
    rows.iter().enumerate().filter(|(i, _)| !gone.contains(&(i + 1))).map(|(_, row)| row.clone()).collect()
}
