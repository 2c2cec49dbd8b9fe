//! From what was read to what is stored: addresses become keys, and readings of properties that are not known are
//! refused by the lines they stood on. Values under a unit of their own become values in the property's.

use super::Columns;
use crate::reading::{Batch, REFUSED_KEPT, Refused};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use theriac_units::{Exact, Unit};

/// What is stored of a body, and what is answered about the rest.
#[derive(Debug, Default, PartialEq)]
pub struct Accepted {
    pub columns: Columns,
    /// By line; the first [`REFUSED_KEPT`].
    pub refused: Vec<Refused>,
    /// All refused lines.
    pub refused_count: u64,
}

/// A property whose readings are taken.
#[derive(Debug, Clone)]
pub struct Taken {
    pub key: i64,
    /// From the unit that the readings name to the property's own; nothing where they are the same.
    pub conversion: Option<Conversion>,
}

/// Two units that measure the same kind of thing.
#[derive(Debug, Clone)]
pub struct Conversion {
    pub from: Arc<Unit>,
    pub to: Arc<Unit>,
}

impl Conversion {
    /// From the unit that a reading names to the property's own; nothing where no other is named.
    pub fn between(unit: &str, own: &str) -> Result<Option<Self>, String> {
        if unit.is_empty() || unit == own {
            return Ok(None);
        }
        if own.is_empty() {
            return Err(format!("it has no unit of its own; leave out the unit {unit:?}, or define the property's"));
        }
        let from = Unit::cached(unit).map_or_else(|| Unit::parse(unit).map(Arc::new).map_err(|e| e.message), Ok)?;
        let foreign = || format!("its unit {own:?} is no UCUM unit, so that {unit:?} cannot be converted to it");
        let to = Unit::cached(own).ok_or_else(foreign)?;
        match from.is_comparable(&to) {
            true => Ok(Some(Self { from, to })),
            false => Err(format!("the unit {unit} does not measure the same kind of thing as its own, {own}")),
        }
    }

    /// The nearest number to the exact image of the shortest decimal that means the value.
    fn apply(&self, value: f64) -> Result<f64, String> {
        let image = Exact::from_f64(value).and_then(|exact| self.from.convert(exact, &self.to)).map(Exact::to_f64);
        let (from, to) = (self.from.code(), self.to.code());
        image.filter(|image| image.is_finite()).ok_or_else(|| format!("the value {value} {from} is no number of {to}"))
    }
}

/// `taken` gives the key of an address under a unit, or says why its readings are not taken.
pub fn resolve(batch: Batch, mut taken: impl FnMut(&str, &str) -> Result<Taken, String>) -> Accepted {
    let named = batch.properties.iter().zip(&batch.units);
    let found: Vec<Result<Taken, String>> = named.map(|(address, unit)| taken(address, unit)).collect();
    let mut accepted =
        Accepted { columns: Columns::default(), refused: batch.refused, refused_count: batch.refused_count };
    let plain = |one: &Result<Taken, String>| matches!(one, Ok(Taken { conversion: None, .. }));
    let keys: Vec<i64> = found.iter().flatten().map(|taken| taken.key).collect();
    if found.iter().all(plain) && keys.iter().collect::<HashSet<_>>().len() == keys.len() {
        accepted.columns = Columns {
            properties: keys,
            property_index: batch.property_index,
            times: batch.times,
            values: batch.values,
            qualities: batch.qualities,
        };
        return accepted;
    }
    let mut numbers: HashMap<i64, u32> = HashMap::with_capacity(keys.len());
    for key in keys {
        if let Entry::Vacant(free) = numbers.entry(key) {
            free.insert(accepted.columns.properties.len() as u32);
            accepted.columns.properties.push(key);
        }
    }
    for row in 0..batch.times.len() {
        let value = |taken: &Taken| match &taken.conversion {
            None => Ok((taken.key, batch.values[row])),
            Some(conversion) => Ok((taken.key, conversion.apply(batch.values[row])?)),
        };
        let found = found[batch.property_index[row] as usize].as_ref().map_err(String::clone).and_then(value);
        match found {
            Ok((key, value)) => {
                accepted.columns.property_index.push(numbers[&key]);
                accepted.columns.times.push(batch.times[row]);
                accepted.columns.values.push(value);
                accepted.columns.qualities.push(batch.qualities[row]);
            }
            Err(why) => accepted.refuse(batch.lines[row], why),
        }
    }
    accepted.refused.sort_by_key(|refused| refused.line);
    accepted.refused.truncate(REFUSED_KEPT);
    accepted
}

impl Accepted {
    /// Both kinds of refusals may reach the bound before they are put in one order.
    fn refuse(&mut self, line: u64, why: String) {
        self.refused_count += 1;
        if self.refused.len() < 2 * REFUSED_KEPT {
            self.refused.push(Refused { line, why });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::{Format, parse};

    const BODY: &[u8] = b"property,time,value\na.x,2026-11-20T08:00:00Z,1\nb.x,2026-11-20T08:00:00Z,2\n\
        c.x,never,3\nc.x,2026-11-20T08:00:00Z,4\nb.x,2026-11-20T08:00:01Z,5\na.x,2026-11-20T08:00:01Z,6\n";

    fn first_byte(address: &str) -> Taken {
        Taken { key: i64::from(address.as_bytes()[0]), conversion: None }
    }

    #[test]
    fn known_properties_get_their_keys() {
        let accepted = resolve(parse(Format::Csv, BODY).unwrap(), |address, _| Ok(first_byte(address)));
        assert_eq!(accepted.columns.properties, [97, 98, 99]);
        assert_eq!(accepted.columns.values, [1.0, 2.0, 4.0, 5.0, 6.0]);
        assert_eq!(accepted.refused.len(), 1);
    }

    #[test]
    fn readings_of_unknown_properties_are_refused_by_their_lines() {
        let known = |address: &str, _: &str| match address {
            "b.x" => Err(format!("{address} is not known")),
            other => Ok(first_byte(other)),
        };
        let accepted = resolve(parse(Format::Csv, BODY).unwrap(), known);
        assert_eq!(
            (accepted.columns.properties.as_slice(), accepted.columns.property_index.as_slice()),
            (&[97, 99][..], &[0, 1, 0][..])
        );
        assert_eq!(accepted.columns.values, [1.0, 4.0, 6.0]);
        let lines: Vec<u64> = accepted.refused.iter().map(|r| r.line).collect();
        assert_eq!((lines, accepted.refused_count), (vec![3, 4, 6], 3));
        assert_eq!(accepted.refused[0].why, "b.x is not known");
    }

    #[test]
    fn nothing_known_leaves_nothing() {
        let accepted = resolve(parse(Format::Csv, BODY).unwrap(), |_, _| Err("no".to_owned()));
        assert_eq!((accepted.columns, accepted.refused_count), (Columns::default(), 6));
    }

    #[test]
    fn readings_under_several_units_become_one_property_in_its_own() {
        let body = b"property,time,value,unit\na.x,2026-11-20T08:00:00Z,0.3,kPa\na.x,2026-11-20T08:00:01Z,7,\n\
            a.x,2026-11-20T08:00:02Z,1.1,bar\na.x,2026-11-20T08:00:03Z,5,Pa\n";
        let taken = |_: &str, unit: &str| Ok(Taken { key: 5, conversion: Conversion::between(unit, "Pa")? });
        let accepted = resolve(parse(Format::Csv, body).unwrap(), taken);
        assert_eq!(
            (accepted.columns.properties.as_slice(), accepted.columns.property_index.as_slice()),
            (&[5][..], &[0; 4][..])
        );
        assert_eq!(accepted.columns.values, [300.0, 7.0, 110_000.0, 5.0], "exact, not nearly so");
    }

    #[test]
    fn a_value_without_an_image_is_refused_by_its_line() {
        let body = b"property,time,value\na.x,2026-11-20T08:00:00Z,2\na.x,2026-11-20T08:00:01Z,0\n";
        // A logarithm of nothing: decibels of a power of zero.
        let taken = |_: &str, _: &str| Ok(Taken { key: 5, conversion: Conversion::between("W", "B[W]")? });
        let accepted = resolve(parse(Format::Csv, body).unwrap(), taken);
        assert_eq!(
            (accepted.columns.len(), accepted.refused.len(), accepted.refused[0].line),
            (1, 1, 3),
            "{accepted:?}"
        );
    }

    #[test]
    fn a_unit_that_cannot_become_the_own_one_is_refused() {
        for (unit, own, word) in [
            ("K", "Pa", "same kind of thing"),
            ("Pa", "", "no unit of its own"),
            ("Pa", "thumbs", "no UCUM unit"),
            ("furlongs", "m", "furlongs"),
        ] {
            let why = Conversion::between(unit, own).unwrap_err();
            assert!(why.contains(word), "{why}");
        }
    }
}
