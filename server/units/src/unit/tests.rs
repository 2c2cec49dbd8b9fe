//! Conversions whose results are exact by definition (SI brochure, UCUM tables 1 to 12), and laws.

use super::*;

fn unit(code: &str) -> Unit {
    Unit::parse(code).unwrap()
}

fn convert(value: &str, from: &str, to: &str) -> Option<String> {
    Some(unit(from).convert(Exact::parse(value)?, &unit(to))?.to_string())
}

#[test]
fn converts_exactly() {
    for (value, from, to, wanted) in [
        ("6.3", "mm", "m", "0.0063"),
        ("100", "mg/dL", "g/L", "1"),
        ("1", "[in_i]", "cm", "2.54"),
        ("98.6", "[degF]", "Cel", "37"),
        ("32", "[degF]", "Cel", "0"),
        ("37", "Cel", "K", "310.15"),
        ("80", "[degRe]", "Cel", "100"),
        ("1", "wk", "d", "7"),
        ("1", "a", "d", "365.25"),
        ("50", "%", "1", "0.5"),
        ("1", "kg", "g", "1000"),
        ("5", "10*3/uL", "/L", "5000000000"),
        ("2", "[IU]", "[iU]", "2"),
    ] {
        assert_eq!(convert(value, from, to).as_deref(), Some(wanted), "{value} {from} in {to}");
    }
}

#[test]
fn what_is_not_comparable_is_not_converted() {
    for (from, to) in [("m", "g"), ("[IU]", "mg"), ("[IU]", "[arb'U]"), ("mol", "g"), ("Cel", "s")] {
        assert!(!unit(from).is_comparable(&unit(to)));
        assert_eq!(convert("1", from, to), None, "{from} in {to}");
    }
}

#[test]
fn logarithmic_units_convert_through_their_function() {
    assert_eq!(convert("20", "dB", "1").as_deref(), Some("100"));
    assert_eq!(convert("0", "1", "dB"), None);
    assert_eq!(unit("dB").scale_to(&unit("1")), None);
}

#[test]
fn the_canonical_form_is_one_for_each_dimension() {
    for (left, right) in [("N", "kg.m/s2"), ("mm[Hg]", "Pa"), ("mg/dL", "kg/m3"), ("[IU]/mL", "[iU]/L"), ("{a}", "%")] {
        assert_eq!(unit(left).canonical_code(), unit(right).canonical_code(), "{left} {right}");
    }
    assert_eq!(unit("N").canonical_code(), "g.m.s-2");
    assert_eq!(unit("N").canonical(Exact::from(2)), Exact::parse("2000"));
    assert_eq!(unit("Cel").canonical(Exact::from(0)), Exact::parse("273.15"));
    assert_eq!(unit("%").canonical_code(), "1");
}

/// `convert` and `canonical` tell the same story, and the canonical code is a unit of the same dimension.
#[test]
fn every_unit_of_the_tables_has_a_canonical_form_it_converts_to() {
    let units = octofhir_ucum::get_all_units();
    assert!(units.len() > 300);
    for record in units {
        let unit = unit(record.code);
        let base = Unit::parse(unit.canonical_code()).unwrap();
        assert!(unit.is_comparable(&base), "{}", record.code);
        assert_eq!(base.canonical_code(), unit.canonical_code());
        let one = Exact::from(1);
        assert_eq!(unit.canonical(one), unit.convert(one, &base), "{}", record.code);
    }
}

#[test]
fn many_values_take_one_scale() {
    let scale = unit("[degF]").scale_to(&unit("Cel")).unwrap();
    assert!((scale.apply(98.6) - 37.0).abs() < 1e-9);
    assert_eq!(unit("mg").scale_to(&unit("g")).unwrap().factor, Exact::parse("0.001").unwrap());
    assert_eq!(unit("mg").scale_to(&unit("mL")), None);
}

#[test]
fn products_and_quotients_are_units() {
    assert_eq!(unit("cm").times(&unit("m")).unwrap().canonical_code(), "m2");
    assert_eq!(unit("g").per(&unit("m")).unwrap().code(), "g/m");
    assert!(unit("m").per(&unit("m")).unwrap().is_dimensionless());
    assert_eq!(unit("Cel").times(&unit("m")), None);
}

#[test]
fn a_wrong_code_is_refused_with_what_is_near() {
    for code in ["", "mg/xx", "m/", "KG", "degC", "m m", "µg", "(m"] {
        let error = Unit::parse(code).unwrap_err();
        assert!(error.message.starts_with(&format!("`{code}` is no UCUM unit: ")), "{}", error.message);
        assert!(Unit::cached(code).is_none() && Unit::cached(code).is_none());
    }
    assert!(Unit::parse(&"m.".repeat(200)).unwrap_err().message.contains("at most 256"));
    let deep = format!("{}m{}", "(".repeat(120), ")".repeat(120));
    assert!(Unit::parse(&deep).is_ok());
}

#[test]
fn the_remembered_unit_is_the_unit() {
    assert_eq!(*Unit::cached("mg/dL").unwrap(), unit("mg/dL"));
    assert_eq!(*Unit::unity(), unit("1"));
    (0..3_000).for_each(|n| assert!(Unit::cached(&format!("m{{{n}}}")).is_some()));
}
