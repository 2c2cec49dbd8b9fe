//! From what was read to what is stored: addresses become keys, and readings of properties that are not known are
//! refused by the lines they stood on.

use super::Columns;
use crate::reading::{Batch, REFUSED_KEPT, Refused};

/// What is stored of a body, and what is answered about the rest.
#[derive(Debug, Default, PartialEq)]
pub struct Accepted {
    pub columns: Columns,
    /// By line; the first [`REFUSED_KEPT`].
    pub refused: Vec<Refused>,
    /// All refused lines.
    pub refused_count: u64,
}

/// `key` gives the key of an address, or says why its readings are not taken.
pub fn resolve(batch: Batch, mut key: impl FnMut(&str) -> Result<i64, String>) -> Accepted {
    let keys: Vec<Result<i64, String>> = batch.properties.iter().map(|address| key(address)).collect();
    let mut accepted =
        Accepted { columns: Columns::default(), refused: batch.refused, refused_count: batch.refused_count };
    if let Ok(properties) = keys.iter().cloned().collect() {
        accepted.columns = Columns {
            properties,
            property_index: batch.property_index,
            times: batch.times,
            values: batch.values,
            qualities: batch.qualities,
        };
        return accepted;
    }
    let mut numbers = Vec::with_capacity(keys.len());
    for key in &keys {
        numbers.push(accepted.columns.properties.len() as u32);
        accepted.columns.properties.extend(key.as_ref().ok());
    }
    for row in 0..batch.times.len() {
        let property = batch.property_index[row] as usize;
        match &keys[property] {
            Ok(_) => {
                accepted.columns.property_index.push(numbers[property]);
                accepted.columns.times.push(batch.times[row]);
                accepted.columns.values.push(batch.values[row]);
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
    fn refuse(&mut self, line: u64, why: &str) {
        self.refused_count += 1;
        if self.refused.len() < 2 * REFUSED_KEPT {
            self.refused.push(Refused { line, why: why.to_owned() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::{Format, parse};

    const BODY: &[u8] = b"property,time,value\na.x,2026-11-20T08:00:00Z,1\nb.x,2026-11-20T08:00:00Z,2\n\
        c.x,never,3\nc.x,2026-11-20T08:00:00Z,4\nb.x,2026-11-20T08:00:01Z,5\na.x,2026-11-20T08:00:01Z,6\n";

    #[test]
    fn known_properties_get_their_keys() {
        let accepted = resolve(parse(Format::Csv, BODY).unwrap(), |address| Ok(i64::from(address.as_bytes()[0])));
        assert_eq!(accepted.columns.properties, [97, 98, 99]);
        assert_eq!(accepted.columns.values, [1.0, 2.0, 4.0, 5.0, 6.0]);
        assert_eq!(accepted.refused.len(), 1);
    }

    #[test]
    fn readings_of_unknown_properties_are_refused_by_their_lines() {
        let known = |address: &str| match address {
            "b.x" => Err(format!("{address} is not known")),
            other => Ok(i64::from(other.as_bytes()[0])),
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
        let accepted = resolve(parse(Format::Csv, BODY).unwrap(), |_| Err("no".to_owned()));
        assert_eq!((accepted.columns, accepted.refused_count), (Columns::default(), 6));
    }
}
