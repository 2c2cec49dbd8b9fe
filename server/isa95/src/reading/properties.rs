//! Addresses of properties to small numbers, in the order in which they came first.
//!
//! Senders go round their properties in the same order again and again, so the one that followed the last one
//! before is tried first; only when that guess fails is the name hashed.

use crate::equipment::Address;
use std::collections::HashMap;

#[derive(Debug, Default)]
pub(super) struct Properties {
    known: HashMap<Box<[u8]>, u32>,
    /// For each property, which one came after it last time.
    follower: Vec<u32>,
    last: usize,
}

impl Properties {
    /// The number of this property; a new one is checked and added to `names`.
    pub fn index(&mut self, property: &[u8], names: &mut Vec<String>) -> Result<u32, String> {
        if let Some(guess) = self.follower.get(self.last).copied()
            && names.get(guess as usize).is_some_and(|name| name.as_bytes() == property)
        {
            self.last = guess as usize;
            return Ok(guess);
        }
        let index = match self.known.get(property) {
            Some(index) => *index,
            None => self.add(property, names)?,
        };
        if let Some(follower) = self.follower.get_mut(self.last) {
            *follower = index;
        }
        self.last = index as usize;
        Ok(index)
    }

    fn add(&mut self, property: &[u8], names: &mut Vec<String>) -> Result<u32, String> {
        let text = std::str::from_utf8(property).map_err(|_| "property is not valid UTF-8".to_owned())?;
        Address::parse(text).map_err(|error| error.message)?;
        let index = u32::try_from(names.len()).map_err(|_| "too many different properties in one body".to_owned())?;
        names.push(text.to_owned());
        self.known.insert(property.into(), index);
        self.follower.push(index);
        Ok(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_first_arrival_in_any_order_of_repetition() {
        let (mut properties, mut names) = (Properties::default(), Vec::new());
        let order = ["a.x", "b.x", "a.x", "b.x", "c.x", "c.x", "a.x", "c.x", "b.x"];
        let found: Vec<u32> = order.iter().map(|n| properties.index(n.as_bytes(), &mut names).unwrap()).collect();
        assert_eq!(found, [0, 1, 0, 1, 2, 2, 0, 2, 1]);
        assert_eq!(names, ["a.x", "b.x", "c.x"]);
    }

    #[test]
    fn what_is_not_an_address_is_not_numbered() {
        let (mut properties, mut names) = (Properties::default(), Vec::new());
        assert!(properties.index(b"force", &mut names).unwrap_err().contains("such as press1.force"));
        assert!(properties.index(b"a.\xff", &mut names).is_err());
        assert_eq!(properties.index(b"a.x", &mut names), Ok(0));
    }
}
