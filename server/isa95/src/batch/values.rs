//! The values of a batch, property by property: neighbours in time lie next to each other, and each property has
//! its own decimal places.

use super::Columns;
use crate::decimal;
use crate::varint::{self, Bytes};

/// In place of the places: the bits as they are.
const BITS: u8 = 0xff;

/// Places of each property, then its values: differences of decimals, or 8 bytes each.
pub(super) fn put(columns: &Columns, out: &mut Vec<u8>) {
    let (rows, starts) = columns.by_property();
    let mut values = Vec::new();
    for range in starts.windows(2) {
        values.clear();
        values.extend(rows[range[0]..range[1]].iter().map(|row| columns.values[*row as usize]));
        put_property(&values, out);
    }
}

fn put_property(values: &[f64], out: &mut Vec<u8>) {
    let Some(places) = places(values) else {
        out.push(BITS);
        values.iter().for_each(|value| varint::put_f64(*value, out));
        return;
    };
    out.push(places);
    let mut before = 0i64;
    for value in values {
        // Exact by the choice of the places.
        let mantissa = decimal::mantissa(*value, places).unwrap_or_default();
        varint::put_signed(mantissa - before, out);
        before = mantissa;
    }
}

/// Fewest places with which all values are exact.
fn places(values: &[f64]) -> Option<u8> {
    let mut places = 0;
    for value in values {
        places = decimal::places(*value, places)?;
    }
    // More places make larger numbers, and one that was exact before may now be too large.
    values.iter().all(|value| decimal::mantissa(*value, places).is_some()).then_some(places)
}

pub(super) fn get(columns: &Columns, bytes: &mut Bytes<'_>) -> Option<Vec<f64>> {
    let (rows, starts) = columns.by_property();
    let mut values = vec![0.0; rows.len()];
    for range in starts.windows(2) {
        let rows = &rows[range[0]..range[1]];
        match bytes.byte()? {
            BITS => {
                for row in rows {
                    values[*row as usize] = bytes.f64()?;
                }
            }
            places if places <= decimal::PLACES_MAX => {
                let mut mantissa = 0i64;
                for row in rows {
                    mantissa = mantissa.wrapping_add(bytes.signed()?);
                    values[*row as usize] = decimal::value_of(mantissa, places);
                }
            }
            _ => return None,
        }
    }
    Some(values)
}
