//! NIST/SEMATECH e-Handbook of Statistical Methods, pages 6.3.2.2, 6.3.2.3, 6.3.2.4 and 6.3.3.2.

use super::Golden;
use super::check::{Check, flagged, limits, printed, roughly};
use serde_json::{Value, json};

/// The EWMA column of page 6.3.2.4, as printed.
const EWMA: [&str; 20] = [
    "50.60", "49.52", "50.56", "50.18", "50.16", "49.21", "49.75", "49.85", "50.26", "50.33", "50.11", "49.36",
    "49.52", "50.05", "49.38", "49.92", "50.73", "51.23", "51.94", "51.99",
];

/// C+ of page 6.3.2.3 from sample 13 on.
const SUMS: [&str; 8] = ["3.0075", "4.9400", "7.4475", "10.6300", "11.9875", "14.4450", "16.0025", "19.0350"];

pub fn goldens() -> Result<Vec<Golden>, String> {
    let all: Value =
        serde_json::from_str(include_str!("../../../fixtures/nist_golden.json")).map_err(|e| e.to_string())?;
    let data = |page: &str| {
        let case = all["cases"].as_array().into_iter().flatten().find(|case| case["page"] == page);
        case.map(|case| case["x"].clone()).ok_or_else(|| format!("page {page} is not in the fixture"))
    };
    let flow = json!({"values": data("pmc322")?});
    Ok(vec![
        flow_of("NIST 6.3.2.2 i-mr", "table", flow.clone(), ("45.8159", "55.8041")),
        flow_of("NIST 6.3.2.2 i-mr, full precision", "full", flow, ("45.81759", "55.80241")),
        cusum(&data("pmc323")?),
        ewma(&data("pmc324")?),
        proportions(&data("pmc332")?),
    ])
}

fn flow_of(name: &'static str, constants: &str, data: Value, (lower, upper): (&'static str, &'static str)) -> Golden {
    let chart = json!({"property": "plant.flow", "kind": "i-mr", "constants": constants,
        "phase1": {"first": 1, "last": 10}});
    let mut checks = vec![printed("/center", "50.81"), printed("/secondary/center", "1.8778"), flagged(&[])];
    checks.extend(limits("/limits", lower, upper));
    Golden { name, chart, data, checks, live: true }
}

fn ewma(x: &Value) -> Golden {
    let chart = json!({"property": "a.b", "kind": "ewma", "limits": {"center": 50, "sigma": 2.0539},
        "ewma": {"lambda": 0.3, "L": 3, "asymptotic": true}});
    let mut checks: Vec<Check> = (0..).zip(EWMA).map(|(i, z)| printed(format!("/points/{i}/value"), z)).collect();
    // Printed cut off: 47.41158 as 47.4115.
    checks.extend([roughly("/limits/lower", "47.4115"), printed("/limits/upper", "52.5884"), flagged(&[])]);
    Golden { name: "NIST 6.3.2.4 ewma", chart, data: json!({"values": x}), checks, live: true }
}

fn cusum(x: &Value) -> Golden {
    let chart = json!({"property": "a.b", "kind": "cusum", "limits": {"center": 325},
        "cusum": {"k": 0.3175, "h": 4.1959, "units": "value"}});
    let mut checks: Vec<Check> =
        (12..).zip(SUMS).map(|(i, sum)| printed(format!("/points/{i}/sums/upper"), sum)).collect();
    checks.push(Check::FirstFlagged(14));
    Golden { name: "NIST 6.3.2.3 cusum", chart, data: json!({"values": x}), checks, live: true }
}

fn proportions(x: &Value) -> Golden {
    let chart = json!({"property": "a.b", "kind": "p"});
    let mut checks = vec![printed("/center", "0.2313333"), flagged(&[15, 23])];
    checks.extend(limits("/limits", "0.0524275", "0.4102391"));
    Golden { name: "NIST 6.3.3.2 p", chart, data: json!({"counts": x, "sizes": 50}), checks, live: false }
}
