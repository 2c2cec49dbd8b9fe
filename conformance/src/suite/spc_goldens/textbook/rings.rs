//! Piston rings (Montgomery): 40 samples of 5 diameters, the first 25 of them phase I.

use super::super::Golden;
use super::super::check::{Check, flagged, flagged_below, limits, printed};
use super::Rows;
use serde_json::{Value, json};

const UPPER: [&str; 40] = [
    "1.562156",
    "0.930529",
    "1.989943",
    "1.906762",
    "1.914989",
    "0.140766",
    "0",
    "0",
    "0.191042",
    "0",
    "0",
    "0",
    "0",
    "0",
    "0.602376",
    "0",
    "0",
    "0.922303",
    "0",
    "1.333637",
    "0.519195",
    "0.116087",
    "0",
    "0.419561",
    "0",
    "1.196526",
    "0.930529",
    "0",
    "0.053930",
    "0",
    "0.876599",
    "1.387567",
    "0.116087",
    "1.906762",
    "4.017364",
    "4.162702",
    "7.187380",
    "10.897615",
    "15.476223",
    "17.632529",
];

const LOWER: [&str; 40] = [
    "0", "0", "0", "0", "0", "0.774222", "0.542961", "1.042960", "0", "0.225777", "1.319926", "0.768737", "0.903106",
    "2.911332", "1.308956", "1.854659", "1.440582", "0", "0.180073", "0", "0", "0", "0", "0", "0.180073", "0", "0",
    "1.551187", "0.497257", "0.860145", "0", "0", "0.271480", "0", "0", "0", "0", "0", "0", "0",
];

/// t, z, lower and upper limit of the EWMA.
const EWMA: [(usize, &str, &str, &str); 6] = [
    (1, "74.00298080", "73.99881296", "74.00353904"),
    (2, "74.00250464", "73.99814983", "74.00420217"),
    (3, "74.00360371", "73.99779297", "74.00455903"),
    (38, "74.00983336", "73.99723760", "74.00511440"),
    (39, "74.01254669", "73.99723760", "74.00511440"),
    (40, "74.01259735", "73.99723760", "74.00511440"),
];

pub fn goldens(rows: &Rows) -> Vec<Golden> {
    let diameters: Vec<f64> = rows.iter().filter_map(|row| row.first()).copied().collect();
    let rings: Rows = diameters.chunks(5).map(<[f64]>::to_vec).collect();
    let all = json!({ "subgroups": rings });
    let mut goldens = vec![
        ranges("piston rings xbar-r", "table", all.clone()),
        ranges("piston rings xbar-r, full precision", "full", all.clone()),
        deviations(all.clone()),
        pooled(all.clone()),
        varying(&rings),
        cusum(all.clone()),
        ewma(all.clone()),
    ];
    goldens.extend(capability(&all));
    goldens
}

fn chart(kind: &str, constants: &str) -> Value {
    let mut chart = json!({"property": "press.ring", "kind": kind, "subgroupSize": 5, "constants": constants,
        "phase1": {"first": 1, "last": 25}});
    if kind.starts_with("xbar") {
        chart["rules"] = json!(["we1"]);
    }
    chart
}

fn ranges(name: &'static str, constants: &'static str, data: Value) -> Golden {
    let (sigma, lower, upper, range) = match constants {
        "table" => ("0.009785038693", "73.98804799", "74.01430401", "0.04812533015"),
        _ => ("0.009785337607", "73.98804759", "74.01430441", "0.04812600"),
    };
    let mut checks = vec![printed("/center", "74.001176"), printed("/sigma", sigma), flagged(&[37, 38, 39])];
    checks.extend(limits("/limits", lower, upper));
    checks.extend([printed("/secondary/center", "0.02276"), flagged_below(&[])]);
    checks.extend(limits("/secondary/limits", "0.000000000000", range));
    Golden { name, chart: chart("xbar-r", constants), data, checks, live: true }
}

fn deviations(data: Value) -> Golden {
    let mut checks = vec![printed("/sigma", "0.009829976728"), printed("/secondary/center", "0.009240036602")];
    checks.extend(limits("/limits", "73.9879877", "74.0143643"));
    checks.extend(limits("/secondary/limits", "0.000000000000", "0.01930241677"));
    checks.push(flagged_below(&[]));
    Golden { name: "piston rings xbar-s", chart: chart("xbar-s", "full"), data, checks, live: true }
}

fn pooled(data: Value) -> Golden {
    let mut chart = chart("xbar-s", "full");
    chart["estimator"] = json!("pooled");
    let mut checks = vec![printed("/sigma", "0.00988754721")];
    checks.extend(limits("/limits", "73.98791046", "74.01444154"));
    Golden { name: "piston rings xbar-s, pooled", chart, data, checks, live: true }
}

/// Samples 1-25 without twelve observations, so that sizes are 3, 4 and 5.
fn varying(rings: &Rows) -> Golden {
    const GONE: [usize; 12] = [9, 10, 30, 35, 45, 64, 65, 74, 75, 85, 99, 100];
    let kept = |(sample, group): (usize, &Vec<f64>)| -> Vec<f64> {
        let stays = |i: &usize| !GONE.contains(&(sample * 5 + i + 1));
        (0..group.len()).filter(stays).map(|i| group[i]).collect()
    };
    let groups: Rows = rings.iter().take(25).enumerate().map(kept).collect();
    let mut checks = vec![
        printed("/center", "74.00075221"),
        printed("/sigma", "0.009856700636"),
        printed("/secondary/center", "0.02230088496"),
        flagged(&[]),
        flagged_below(&[]),
    ];
    for (size, lower, upper, range) in [
        (5, "73.98752806", "74.01397636", "0.04785198125"),
        (4, "73.98596716", "74.01553726", "0.04831697997"),
        (3, "73.98367991", "74.01782452", "0.04857006752"),
    ] {
        let at = groups.iter().position(|group| group.len() == size).unwrap_or_default();
        checks.extend(limits(&format!("/limits/{at}"), lower, upper));
        checks.extend(limits(&format!("/secondary/limits/{at}"), "0.000000000000", range));
    }
    let data = json!({ "subgroups": groups });
    Golden { name: "piston rings xbar-r, sizes 3 to 5", chart: chart("xbar-r", "table"), data, checks, live: false }
}

fn cusum(data: Value) -> Golden {
    let mut chart = chart("cusum", "table");
    chart["cusum"] = json!({"h": 5, "k": 0.5});
    let mut checks: Vec<Check> =
        (0..).zip(UPPER).map(|(i, sum)| printed(format!("/points/{i}/sums/upper"), six(sum))).collect();
    checks.extend((0..).zip(LOWER).map(|(i, sum)| printed(format!("/points/{i}/sums/lower"), six(sum))));
    checks.push(flagged(&[37, 38, 39, 40]));
    Golden { name: "piston rings cusum", chart, data, checks, live: true }
}

/// Zero is printed without decimals.
fn six(number: &'static str) -> &'static str {
    if number == "0" { "0.000000" } else { number }
}

fn ewma(data: Value) -> Golden {
    let mut chart = chart("ewma", "table");
    chart["ewma"] = json!({"lambda": 0.2, "L": 2.7});
    let mut checks = vec![flagged(&[35, 37, 38, 39, 40])];
    for (t, z, lower, upper) in EWMA {
        checks.push(printed(format!("/points/{}/value", t - 1), z));
        checks.extend(limits(&format!("/points/{}", t - 1), lower, upper));
    }
    Golden { name: "piston rings ewma", chart, data, checks, live: true }
}

/// Name, lower and upper specification, target, and index, value, lower and upper limit of its interval.
type Capable = (&'static str, [f64; 3], &'static [[&'static str; 4]]);

const CAPABLE: [Capable; 3] = [
    (
        "piston rings capability, wide",
        [73.95, 74.05, 74.0],
        &[
            ["cp", "1.7032806093", "1.4914108899", "1.9148263776"],
            ["cpl", "1.743341769", "1.554764548", "1.931918990"],
            ["cpu", "1.663219449", "1.482709821", "1.843729077"],
            ["cpk", "1.6632194493", "1.4481289610", "1.8783099377"],
            ["cpm", "1.691111133", "1.480113322", "1.901785577"],
        ],
    ),
    (
        "piston rings capability, target off the middle",
        [73.95, 74.05, 74.02],
        &[["cpm", "0.7855956821", "0.6555920938", "0.9153591857"]],
    ),
    (
        "piston rings capability, narrow",
        [73.99, 74.01, 74.0],
        &[
            ["cp", "0.3406561219", "0.2982821780", "0.3829652755"],
            ["cpk", "0.3005949619", "0.2312102170", "0.3699797069"],
            ["cpm", "0.3382222266", "0.2960226645", "0.3803571154"],
        ],
    ),
];

fn capability(data: &Value) -> Vec<Golden> {
    let golden = |(name, [lower, upper, target], indexes): Capable| {
        let mut chart = chart("xbar-r", "table");
        chart["specification"] = json!({"lower": lower, "upper": upper, "target": target, "cpmDegrees": "qcc"});
        let rows = indexes.iter().flat_map(|[index, value, lower, upper]| {
            let at = |member: &str| format!("/capability/{index}/{member}");
            [printed(at("value"), value), printed(at("lower"), lower), printed(at("upper"), upper)]
        });
        Golden { name, chart, data: data.clone(), checks: rows.collect(), live: false }
    };
    CAPABLE.into_iter().map(golden).collect()
}
