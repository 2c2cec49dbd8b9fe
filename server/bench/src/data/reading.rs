//! ISA-95: equipment with watched properties, and batches of readings that break no rule.

use super::instant;
use rand::Rng;
use rand::rngs::SmallRng;
use std::fmt::Write;

/// Properties of one piece of equipment.
pub const OF_ONE: usize = 10;

/// Properties of one line, where there are to be very many.
pub const OF_LINE: usize = 1_000;

/// The address of a property by its number.
pub fn address(number: usize) -> String {
    format!("unit{:03}.p{}", number / OF_ONE, number % OF_ONE)
}

/// The address of one of very many.
pub fn address_of_line(number: usize) -> String {
    format!("line{:03}.p{}", number / OF_LINE, number % OF_LINE)
}

pub fn line(number: usize) -> (String, String) {
    let id = format!("line{number:03}");
    let properties: Vec<String> = (0..OF_LINE).map(|p| format!(r#"{{"id":"p{p}","unit":"Cel"}}"#)).collect();
    let json = format!(r#"{{"id":"{id}","equipmentLevel":"ProductionLine","properties":[{}]}}"#, properties.join(","));
    (id, json)
}

/// A control chart of that property: center 20, sigma 1.
pub fn chart_of(property: &str) -> String {
    format!(
        r#"{{"property":"{property}","kind":"i-mr","rules":["we1","we2","we3","we4"],"limits":{{"center":20.0,"sigma":1.0}}}}"#
    )
}

pub fn equipment(number: usize) -> (String, String) {
    let id = format!("unit{number:03}");
    let properties: Vec<String> = (0..OF_ONE).map(|p| format!(r#"{{"id":"p{p}","unit":"Cel"}}"#)).collect();
    let json = format!(
        r#"{{"id":"{id}","description":"made up for a benchmark","equipmentLevel":"WorkUnit","properties":[{}]}}"#,
        properties.join(",")
    );
    (id, json)
}

/// Center 20, sigma 1.
pub fn chart(number: usize) -> String {
    chart_of(&address(number))
}

/// `rows` readings of each property as NDJSON, 10 ms apart; sides alternate and stay within one sigma.
pub fn batch(random: &mut SmallRng, properties: std::ops::Range<usize>, rows: usize, now: &mut i64) -> String {
    let addresses: Vec<String> = properties.map(address).collect();
    lines(random, &addresses, rows, now)
}

/// As [`batch`], of any properties.
pub fn lines(random: &mut SmallRng, addresses: &[String], rows: usize, now: &mut i64) -> String {
    let mut text = String::with_capacity(addresses.len() * rows * 88);
    for row in 0..rows {
        let time = instant(*now);
        let side = if row % 2 == 0 { 1.0 } else { -1.0 };
        for address in addresses {
            let value = 20.0 + side * random.random_range(0.05..0.9);
            // Writing to a String does not fail.
            let _ = writeln!(text, r#"{{"property":"{address}","time":"{time}","value":{value:.3}}}"#);
        }
        *now += 10;
    }
    text
}

/// A smooth signal of one property as CSV, a reading a second, two decimals: from one second on to another.
pub fn smooth(address: &str, seconds: std::ops::Range<i64>) -> String {
    let mut text = String::from("property,time,value\n");
    for second in seconds {
        let value = 37.0 + 2.0 * (second as f64 / 600.0).sin();
        let _ = writeln!(text, "{address},{},{value:.2}", instant(super::NEW_YEAR + second * 1_000));
    }
    text
}

/// A reading at the center and then one beyond three sigma: a new episode each time.
pub fn violation(number: usize, now: &mut i64) -> String {
    let address = address(number);
    let mut line = |value: f64| {
        *now += 10;
        format!("{{\"property\":\"{address}\",\"time\":\"{}\",\"value\":{value}}}\n", instant(*now))
    };
    format!("{}{}", line(20.0), line(27.5))
}
