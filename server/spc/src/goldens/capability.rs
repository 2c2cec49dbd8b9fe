//! Piston rings by R's qcc 2.7: capability against four specifications.

use super::{near, rings, run};
use crate::Data;
use crate::capability::{Capability, Index};
use serde_json::{Value, json};

fn capability(constants: &str, specification: Value) -> Option<Capability> {
    let json = json!({"property": "press.ring", "kind": "xbar-r", "subgroupSize": 5, "constants": constants,
        "phase1": {"first": 1, "last": 25}, "specification": specification});
    run(json, &Data::of_subgroups(&rings()?)).capability
}

fn index(got: Option<Index>, want: [f64; 3]) {
    let got = got.unwrap();
    [got.value, got.lower, got.upper].into_iter().zip(want).for_each(|(got, want)| near(got, want, 2e-9));
}

#[test]
fn wide_specification() {
    let Some(c) = capability("table", json!({"lower": 73.95, "upper": 74.05, "target": 74, "cpmDegrees": "qcc"}))
    else {
        return;
    };
    assert_eq!(c.observations, 125);
    index(c.cp, [1.7032806093, 1.4914108899, 1.9148263776]);
    index(c.cpl, [1.743341769, 1.554764548, 1.931918990]);
    index(c.cpu, [1.663219449, 1.482709821, 1.843729077]);
    index(c.cpk, [1.6632194493, 1.4481289610, 1.8783099377]);
    index(c.cpm, [1.691111133, 1.480113322, 1.901785577]);
    assert!(c.expected_out.below < 1e-6 && c.expected_out.above < 1e-6);
    assert_eq!((c.observed_out.below, c.observed_out.above), (0.0, 0.0));
}

#[test]
fn target_off_the_middle() {
    let Some(c) = capability("table", json!({"lower": 73.95, "upper": 74.05, "target": 74.02, "cpmDegrees": "qcc"}))
    else {
        return;
    };
    index(c.cpm, [0.7855956821, 0.6555920938, 0.9153591857]);
}

#[test]
fn narrow_specification() {
    let Some(c) = capability("table", json!({"lower": 73.99, "upper": 74.01, "target": 74, "cpmDegrees": "qcc"}))
    else {
        return;
    };
    index(c.cp, [0.3406561219, 0.2982821780, 0.3829652755]);
    index(c.cpk, [0.3005949619, 0.2312102170, 0.3699797069]);
    index(c.cpm, [0.3382222266, 0.2960226645, 0.3803571154]);
    near(c.expected_out.below, 0.1266954542, 2e-10);
    near(c.expected_out.above, 0.1835855751, 2e-10);
    assert_eq!((c.observed_out.below, c.observed_out.above), (0.12, 0.16));
}

#[test]
fn lopsided_specification_with_its_own_middle_as_target() {
    let Some(c) = capability("table", json!({"lower": 73.99, "upper": 74.1, "cpmDegrees": "qcc"})) else { return };
    index(c.cp, [1.8736086702, 1.6405519789, 2.1063090154]);
    index(c.cpl, [0.3807172818, 0.3175808839, 0.4438536797]);
    index(c.cpu, [3.3665000586, 3.0114715561, 3.7215285611]);
    index(c.cpk, [0.3807172818, 0.3054856235, 0.4559489400]);
    index(c.cpm, [0.4082864257, 0.3376812239, 0.4787583147]);
}

/// Computed from the formulas, in table mode.
#[test]
fn boyles_degrees_of_freedom() {
    let Some(c) = capability("table", json!({"lower": 73.95, "upper": 74.05, "target": 74})) else { return };
    near(c.cpm.unwrap().lower, 1.48161774, 6e-9);
    near(c.cpm.unwrap().upper, 1.90028521, 6e-9);
}

/// Computed from the formulas at full precision.
#[test]
fn full_precision() {
    let Some(c) = capability("full", json!({"lower": 73.95, "upper": 74.05, "target": 74})) else { return };
    near(c.cp.unwrap().value, 1.7032285789, 2e-10);
    near(c.cpk.unwrap().value, 1.6631686427, 2e-10);
    near(c.cpm.unwrap().value, 1.6910602100, 2e-10);
    near(c.sigma_overall, 0.010069968126, 6e-13);
    near(c.pp.unwrap().value, 1.6550863377, 2e-10);
    near(c.ppk.unwrap().value, 1.6161587070, 2e-10);
}
