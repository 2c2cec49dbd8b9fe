//! Quantities and units, R4 search.html 3.1.1.4.11; UCUM §2 to §4 for what is comparable.

use super::check;

fn observation(value: &str) -> String {
    format!(r#"{{"resourceType":"Observation","code":{{"text":"t"}},"valueQuantity":{{{value}}}}}"#)
}

const MILLIGRAMS: &str = r#""value":5.4,"unit":"milligram","system":"http://unitsofmeasure.org","code":"mg""#;

#[test]
fn units_of_ucum_compare_by_amount() {
    check(
        &observation(MILLIGRAMS),
        &[
            ("value-quantity=5.4|http://unitsofmeasure.org|mg", true),
            ("value-quantity=0.0054|http://unitsofmeasure.org|g", true),
            ("value-quantity=5.40e-3|http://unitsofmeasure.org|g", true),
            ("value-quantity=5400|http://unitsofmeasure.org|ug", true),
            ("value-quantity=5.4|http://unitsofmeasure.org|g", false),
            ("value-quantity=lt1|http://unitsofmeasure.org|g", true),
            ("value-quantity=gt1|http://unitsofmeasure.org|ug", true),
            ("value-quantity=lt1|http://unitsofmeasure.org|ug", false),
            ("value-quantity=gt1|http://unitsofmeasure.org|s", false),
            ("value-quantity=ne5.4|http://unitsofmeasure.org|mg", false),
            ("value-quantity=ne5.5|http://unitsofmeasure.org|mg", true),
            ("value-quantity=ne5.4|http://unitsofmeasure.org|s", false),
            ("value-quantity=ge5.4|http://unitsofmeasure.org|mg", true),
            ("value-quantity=sa5.4|http://unitsofmeasure.org|mg", false),
            ("value-quantity=eb0.0054|http://unitsofmeasure.org|g", false),
            ("value-quantity=ap0.0058|http://unitsofmeasure.org|g", true),
            ("value-quantity=ap0.0065|http://unitsofmeasure.org|g", false),
        ],
    );
}

/// "either the code (code) or the stated human unit (unit)"
#[test]
fn without_a_system_the_code_or_the_name_of_the_unit_decides() {
    check(
        &observation(MILLIGRAMS),
        &[
            ("value-quantity=5.4||mg", true),
            ("value-quantity=5.4||milligram", true),
            ("value-quantity=0.0054||g", false),
            ("value-quantity=5.4||MG", false),
            ("value-quantity=5.4", true),
            ("value-quantity=5.4||", true),
            ("value-quantity=5.3", false),
        ],
    );
}

#[test]
fn a_quantity_without_a_unit_is_found_by_its_number_alone() {
    check(
        &observation(r#""value":5.4"#),
        &[
            ("value-quantity=5.4", true),
            ("value-quantity=5.4||mg", false),
            ("value-quantity=5.4|http://unitsofmeasure.org|mg", false),
        ],
    );
}

#[test]
fn other_systems_compare_by_exact_code() {
    check(
        &observation(r#""value":2,"system":"http://example.org/pills","code":"g""#),
        &[
            ("value-quantity=2|http://example.org/pills|g", true),
            ("value-quantity=2000|http://example.org/pills|mg", false),
            ("value-quantity=2|http://unitsofmeasure.org|g", false),
        ],
    );
    check(
        &observation(r#""value":2,"system":"http://unitsofmeasure.org","code":"no such unit""#),
        &[
            ("value-quantity=2|http://unitsofmeasure.org|no such unit", true),
            ("value-quantity=2|http://unitsofmeasure.org|g", false),
        ],
    );
}

/// UCUM §22: degrees Celsius have an offset; a tenth of 37 degrees is 3.7 degrees.
#[test]
fn scales_with_an_offset_compare_too() {
    check(
        &observation(r#""value":37.0,"system":"http://unitsofmeasure.org","code":"Cel""#),
        &[
            ("value-quantity=37|http://unitsofmeasure.org|Cel", true),
            ("value-quantity=98.6|http://unitsofmeasure.org|[degF]", true),
            ("value-quantity=310.15|http://unitsofmeasure.org|K", true),
            ("value-quantity=37|http://unitsofmeasure.org|K", false),
            ("value-quantity=ap40|http://unitsofmeasure.org|Cel", true),
            ("value-quantity=ap42|http://unitsofmeasure.org|Cel", false),
        ],
    );
}

#[test]
fn comparators_and_ranges_stay_open_in_every_unit() {
    check(
        &observation(r#""value":5,"comparator":"<","system":"http://unitsofmeasure.org","code":"mg""#),
        &[
            ("value-quantity=lt0.001|http://unitsofmeasure.org|g", true),
            ("value-quantity=gt0.005|http://unitsofmeasure.org|g", false),
            ("value-quantity=eb0.006|http://unitsofmeasure.org|g", true),
            ("value-quantity=5|http://unitsofmeasure.org|mg", false),
        ],
    );
    let condition = r#"{"resourceType":"Condition","onsetRange":{"low":{"value":2,"system":"http://unitsofmeasure.org","code":"a"},"high":{"value":3,"system":"http://unitsofmeasure.org","code":"a"}}}"#;
    check(
        condition,
        &[
            ("onset-age=gt24|http://unitsofmeasure.org|mo", true),
            ("onset-age=gt40|http://unitsofmeasure.org|mo", false),
        ],
    );
}

#[test]
fn money_compares_by_currency() {
    let invoice = r#"{"resourceType":"Invoice","totalGross":{"value":10,"currency":"EUR"}}"#;
    check(
        invoice,
        &[
            ("totalgross=10|urn:iso:std:iso:4217|EUR", true),
            ("totalgross=10||EUR", true),
            ("totalgross=10|urn:iso:std:iso:4217|USD", false),
        ],
    );
}
