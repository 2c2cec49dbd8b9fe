//! Rule: arrows between packages go down only (`docs/architecture.md`, rule 1).

use super::Finding;
use crate::house::{House, Package, Use};

/// One package's place. It may use every package of a layer under `below`, and those in `and`.
struct Place {
    package: &'static str,
    layer: u8,
    below: u8,
    and: &'static [&'static str],
}

const CORE: u8 = 0;
/// Pure: units, languages.
const PURE: u8 = 1;
const ACCESS: u8 = 2;
const PLATFORM: u8 = 3;
const LEDGER: u8 = 4;
const VIEWS: u8 = 5;
const RECORDS: u8 = 6;
const WATCHERS: u8 = 7;
const APP: u8 = 8;
/// Not under any server crate: the schema, the client, the suites.
const OUTSIDE: u8 = 9;
/// Nothing that ships may use these.
const DEVELOPMENT: u8 = 10;

const fn place(package: &'static str, layer: u8, below: u8, and: &'static [&'static str]) -> Place {
    Place { package, layer, below, and }
}

const HOUSE: &[Place] = &[
    place("theriac-core", CORE, CORE, &[]),
    place("theriac-units", PURE, PURE, &[]),
    place("theriac-fhirpath", PURE, PURE, &["theriac-units"]),
    place("theriac-access", ACCESS, ACCESS, &[]),
    place("theriac-platform", PLATFORM, PLATFORM, &[]),
    place("theriac-ledger", LEDGER, LEDGER, &[]),
    place("theriac-alerts", VIEWS, VIEWS, &[]),
    place("theriac-identity", VIEWS, VIEWS, &[]),
    place("theriac-deid", VIEWS, VIEWS, &[]),
    place("theriac-fhir", RECORDS, RECORDS, &[]),
    place("theriac-epcis", RECORDS, RECORDS, &[]),
    place("theriac-isa95", RECORDS, RECORDS, &[]),
    place("theriac-quality", RECORDS, RECORDS, &[]),
    // A watcher reads the one record keeper it watches, through its public types.
    place("theriac-spc", WATCHERS, RECORDS, &["theriac-isa95"]),
    place("theriac-dscsa", WATCHERS, RECORDS, &["theriac-epcis"]),
    // It watches over who may see what, and knows no records.
    place("theriac-oversight", WATCHERS, RECORDS, &[]),
    place("theriac-signals", WATCHERS, RECORDS, &["theriac-fhir"]),
    place("theriac-reconcile", WATCHERS, RECORDS, &["theriac-fhir"]),
    // A program of its own at the plant: it knows the gateway by its addresses only.
    place("theriac-connect", PURE, PURE, &[]),
    place("theriac-app", APP, APP, &["theriac-migrations", "theriac-sdk"]),
    place("theriac-migrations", OUTSIDE, CORE, &[]),
    place("theriac-sdk", OUTSIDE, CORE, &[]),
    // Language suites run on the libraries themselves.
    place(
        "theriac-conformance",
        OUTSIDE,
        CORE,
        &[
            "theriac-sdk",
            "theriac-core",
            "theriac-access",
            "theriac-deid",
            "theriac-fhir",
            "theriac-fhirpath",
            "theriac-units",
        ],
    ),
    place("theriac-tests", OUTSIDE, CORE, &["theriac-sdk"]),
    place("theriac-testkit", DEVELOPMENT, APP, &["theriac-migrations"]),
    place("theriac-fuzz", DEVELOPMENT, APP, &[]),
    place("theriac-bench", DEVELOPMENT, APP, &["theriac-migrations", "theriac-sdk"]),
    place("xtask", DEVELOPMENT, CORE, &[]),
];

/// What a server crate's own tests may use besides: a database with the schema in it.
const IN_TESTS: &[&str] = &["theriac-testkit", "theriac-migrations"];

pub fn find(house: &House) -> Vec<Finding> {
    house.packages.iter().flat_map(wrong_arrows).collect()
}

fn wrong_arrows(package: &Package) -> Vec<Finding> {
    let report = |message: String| Finding::new("Cargo.toml", 0, message);
    let Some(place) = place_of(&package.name) else {
        return vec![report(format!("{} has no layer: give it a row in the direction rule", package.name))];
    };
    let wrong = package.uses.iter().filter(|used| !may_use(place, used));
    wrong.map(|used| report(format!("{} may not use {}: {}", place.package, used.name, allowed(place)))).collect()
}

fn may_use(place: &Place, used: &Use) -> bool {
    let lower = place_of(&used.name).is_some_and(|other| other.layer < place.below);
    let on_the_server = place.layer <= APP;
    lower
        || place.and.contains(&used.name.as_str())
        || (used.in_tests_only && on_the_server && IN_TESTS.contains(&used.name.as_str()))
}

fn place_of(package: &str) -> Option<&'static Place> {
    HOUSE.iter().find(|place| place.package == package)
}

fn allowed(place: &Place) -> String {
    let lower = HOUSE.iter().filter(|other| other.layer < place.below).map(|other| other.package);
    let all: Vec<&str> = lower.chain(place.and.iter().copied()).collect();
    if all.is_empty() { "it uses no other package here".into() } else { format!("it may use {}", all.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrow(from: &str, to: &str, in_tests_only: bool) -> usize {
        let uses = vec![Use { name: to.to_string(), in_tests_only }];
        wrong_arrows(&Package { name: from.to_string(), uses }).len()
    }

    #[test]
    fn arrows_down_are_allowed() {
        for (from, to) in [
            ("theriac-access", "theriac-core"),
            ("theriac-platform", "theriac-access"),
            ("theriac-ledger", "theriac-platform"),
            ("theriac-fhir", "theriac-alerts"),
            ("theriac-spc", "theriac-isa95"),
            ("theriac-app", "theriac-spc"),
            ("theriac-tests", "theriac-sdk"),
            ("theriac-fuzz", "theriac-fhir"),
            ("theriac-bench", "theriac-sdk"),
        ] {
            assert_eq!(arrow(from, to, false), 0, "{from} -> {to}");
        }
    }

    #[test]
    fn arrows_up_and_sideways_are_refused() {
        for (from, to) in [
            ("theriac-core", "theriac-access"),
            ("theriac-platform", "theriac-ledger"),
            ("theriac-fhir", "theriac-epcis"),
            ("theriac-isa95", "theriac-fhir"),
            ("theriac-spc", "theriac-fhir"),
            ("theriac-spc", "theriac-signals"),
            ("theriac-sdk", "theriac-core"),
            ("theriac-tests", "theriac-app"),
            ("theriac-app", "xtask"),
            ("theriac-app", "theriac-fuzz"),
            ("theriac-fhir", "theriac-testkit"),
        ] {
            assert_eq!(arrow(from, to, false), 1, "{from} -> {to}");
        }
    }

    #[test]
    fn the_schema_is_there_for_tests_alone() {
        assert_eq!(arrow("theriac-fhir", "theriac-migrations", true), 0);
        assert_eq!(arrow("theriac-fhir", "theriac-migrations", false), 1);
        assert_eq!(arrow("theriac-tests", "theriac-testkit", true), 1);
    }

    #[test]
    fn a_package_without_a_layer_is_refused() {
        let found = wrong_arrows(&Package { name: "theriac-new".into(), uses: vec![] });
        assert!(found[0].message.contains("theriac-new has no layer"));
    }
}
