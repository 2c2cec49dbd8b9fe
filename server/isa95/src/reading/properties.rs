//! Addresses of properties to small numbers, in the order in which they came first; an address under another unit
//! is another number.
//!
//! Senders go round their properties in the same order again and again, so the one that followed the last one
//! before is tried first; only when that guess fails is the name hashed.

use super::{Batch, shown};
use crate::equipment::Address;
use std::collections::HashMap;

/// Longest unit, in bytes.
const UNIT_MAX: usize = 256;

#[derive(Debug, Default)]
pub(super) struct Properties {
    /// By address and unit.
    known: HashMap<Box<[u8]>, u32>,
    /// For each property, which one came after it last time.
    follower: Vec<u32>,
    last: usize,
}

impl Properties {
    /// The number of this property under this unit; a new one is checked and added to the batch.
    pub fn index(&mut self, (property, unit): (&[u8], &[u8]), batch: &mut Batch) -> Result<u32, String> {
        if let Some(guess) = self.follower.get(self.last).copied()
            && let Some(name) = batch.properties.get(guess as usize)
            && name.as_bytes() == property
            && batch.units[guess as usize].as_bytes() == unit
        {
            self.last = guess as usize;
            return Ok(guess);
        }
        // No address holds a blank.
        let name = [property, b" ", unit].concat();
        let index = match self.known.get(name.as_slice()) {
            Some(index) => *index,
            None => self.add((property, unit), name.into(), batch)?,
        };
        if let Some(follower) = self.follower.get_mut(self.last) {
            *follower = index;
        }
        self.last = index as usize;
        Ok(index)
    }

    fn add(&mut self, (property, unit): (&[u8], &[u8]), name: Box<[u8]>, batch: &mut Batch) -> Result<u32, String> {
        let text = std::str::from_utf8(property).map_err(|_| "property is not valid UTF-8".to_owned())?;
        Address::parse(text).map_err(|error| error.message)?;
        let unit = unit_code(unit)?;
        let index = u32::try_from(batch.properties.len())
            .map_err(|_| "too many different properties in one body".to_owned())?;
        batch.properties.push(text.to_owned());
        batch.units.push(unit.to_owned());
        self.known.insert(name, index);
        self.follower.push(index);
        Ok(index)
    }
}

/// The letters of a UCUM code (UCUM, section 6): ASCII without blanks; quotes and backslashes stand in none.
fn unit_code(unit: &[u8]) -> Result<&str, String> {
    let letters = unit.len() <= UNIT_MAX && unit.iter().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\'));
    std::str::from_utf8(unit)
        .ok()
        .filter(|_| letters)
        .ok_or_else(|| format!("unit {:?} is no UCUM code, such as kN, Cel or mm[Hg]", shown(unit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(properties: &mut Properties, batch: &mut Batch, name: &str, unit: &str) -> Result<u32, String> {
        properties.index((name.as_bytes(), unit.as_bytes()), batch)
    }

    #[test]
    fn numbers_follow_first_arrival_in_any_order_of_repetition() {
        let (mut properties, mut batch) = (Properties::default(), Batch::default());
        let order = ["a.x", "b.x", "a.x", "b.x", "c.x", "c.x", "a.x", "c.x", "b.x"];
        let found: Vec<u32> = order.iter().map(|n| index(&mut properties, &mut batch, n, "").unwrap()).collect();
        assert_eq!(found, [0, 1, 0, 1, 2, 2, 0, 2, 1]);
        assert_eq!(batch.properties, ["a.x", "b.x", "c.x"]);
    }

    #[test]
    fn a_property_under_another_unit_has_another_number() {
        let (mut properties, mut batch) = (Properties::default(), Batch::default());
        let order = [("a.x", "kN"), ("a.x", "N"), ("a.x", ""), ("a.x", "kN"), ("a.x", "N")];
        let found: Vec<u32> = order.iter().map(|(n, u)| index(&mut properties, &mut batch, n, u).unwrap()).collect();
        assert_eq!(found, [0, 1, 2, 0, 1]);
        assert_eq!(
            (batch.properties.as_slice(), batch.units.as_slice()),
            (&["a.x"; 3].map(String::from)[..], &["kN", "N", ""].map(String::from)[..])
        );
    }

    #[test]
    fn what_is_not_an_address_or_a_code_is_not_numbered() {
        let (mut properties, mut batch) = (Properties::default(), Batch::default());
        assert!(index(&mut properties, &mut batch, "force", "").unwrap_err().contains("such as press1.force"));
        assert!(properties.index((b"a.\xff", b""), &mut batch).is_err());
        for unit in ["k N", "k\"", "k\\", "\u{b0}C"] {
            assert!(index(&mut properties, &mut batch, "a.x", unit).unwrap_err().contains("UCUM"), "{unit}");
        }
        assert_eq!(index(&mut properties, &mut batch, "a.x", ""), Ok(0));
    }
}
