//! The JSON members of a type, found by name without allocation: a small open-addressed table each.

/// One JSON member: an element in one of its types.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// As in JSON: `valueQuantity`.
    pub name: &'static str,
    /// Its place in [`super::TypeDef::elements`].
    pub element: u16,
    /// Its type's place; see [`super::Definitions::target`].
    pub target: u16,
}

#[derive(Debug, Default)]
pub struct Table {
    members: Vec<Member>,
    /// Places in `members` plus one; 0 is empty. The length is a power of two, at most half full.
    slots: Vec<u16>,
}

impl Table {
    pub fn new(members: Vec<Member>) -> Self {
        let size = (members.len() * 2).next_power_of_two().max(4);
        let mut slots = vec![0u16; size];
        for (place, member) in (1u16..).zip(&members) {
            let mut at = hash(member.name) & (size - 1);
            while slots[at] != 0 {
                at = (at + 1) & (size - 1);
            }
            slots[at] = place;
        }
        Self { members, slots }
    }

    pub fn all(&self) -> &[Member] {
        &self.members
    }

    pub fn find(&self, name: &str) -> Option<&Member> {
        let mask = self.slots.len() - 1;
        let mut at = hash(name) & mask;
        loop {
            let place = self.slots[at].checked_sub(1)?;
            let member = &self.members[usize::from(place)];
            if member.name == name {
                return Some(member);
            }
            at = (at + 1) & mask;
        }
    }
}

fn hash(name: &str) -> usize {
    let mut hash = 0usize;
    for byte in name.bytes() {
        hash = hash.wrapping_mul(31).wrapping_add(usize::from(byte));
    }
    hash ^ (hash >> 7)
}
