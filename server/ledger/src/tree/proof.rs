//! Which hashes a proof needs, and the proof made of them: RFC 9162 sections 2.1.3 and 2.1.4.
//!
//! Planning is apart from fetching, so that the store can read everything in one statement.

use std::ops::Range;

use theriac_core::{Code, Error, Result};

use super::{Hash, Subtree, node_hash};

/// A proof yet to be filled: each of its hashes is made of one or more full subtrees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    parts: Vec<Vec<Subtree>>,
}

impl Plan {
    /// Every full subtree whose hash is needed, in the order in which [`Self::assemble`] takes them.
    pub fn nodes(&self) -> impl Iterator<Item = Subtree> + '_ {
        self.parts.iter().flatten().copied()
    }

    /// The proof, from the hashes of [`Self::nodes`] in the same order.
    pub fn assemble(&self, fetched: &[Hash]) -> Result<Vec<Hash>> {
        let needed: usize = self.parts.iter().map(Vec::len).sum();
        if fetched.len() != needed {
            return Err(Error::internal(format!("a proof needs {needed} hashes, {} were found", fetched.len())));
        }
        let mut fetched = fetched.iter().copied();
        self.resolve(|_| fetched.next().ok_or_else(|| Error::internal("a proof's hash is missing")))
    }

    /// The proof, asking `source` for each hash.
    pub fn resolve(&self, mut source: impl FnMut(Subtree) -> Result<Hash>) -> Result<Vec<Hash>> {
        self.parts.iter().map(|part| fold(part, &mut source)).collect()
    }

    fn push(&mut self, range: Range<u64>) {
        self.parts.push(cover(range));
    }
}

/// Full subtrees stand side by side, the largest first; the smaller ones merge first.
fn fold(part: &[Subtree], source: &mut impl FnMut(Subtree) -> Result<Hash>) -> Result<Hash> {
    let hashes = part.iter().map(|node| source(*node)).collect::<Result<Vec<Hash>>>()?;
    let merged = hashes.into_iter().rev().reduce(|right, left| node_hash(&left, &right));
    merged.ok_or_else(|| Error::internal("a proof has an empty part"))
}

/// The full subtrees, the largest first, that make up a range which begins at a multiple of its
/// own length rounded up to a power of two, as every range of a proof does.
fn cover(range: Range<u64>) -> Vec<Subtree> {
    let mut subtrees = Vec::new();
    let mut start = range.start;
    while start < range.end {
        let level = (range.end - start).ilog2() as u8;
        subtrees.push(Subtree { level, index: start >> level });
        start += 1 << level;
    }
    subtrees
}

/// The plan of the proof that the leaf at this index (from 0) is in the tree of this size.
pub fn inclusion(leaf: u64, size: u64) -> Result<Plan> {
    if leaf >= size {
        return Err(Error::new(Code::Invalid, format!("leaf {leaf} is not in a tree of size {size}: it must be less"))
            .at("leaf"));
    }
    let mut plan = Plan { parts: Vec::new() };
    let (mut range, mut siblings) = (0..size, Vec::new());
    while range.end - range.start > 1 {
        let middle = split(&range);
        let (kept, sibling) = if leaf < middle {
            (range.start..middle, middle..range.end)
        } else {
            (middle..range.end, range.start..middle)
        };
        siblings.push(sibling);
        range = kept;
    }
    siblings.into_iter().rev().for_each(|sibling| plan.push(sibling));
    Ok(plan)
}

/// The plan of the proof that the tree of size `to` begins with the tree of size `from`.
///
/// It is empty if the sizes are equal, or if `from` is 0: every tree begins with the empty one.
pub fn consistency(from: u64, to: u64) -> Result<Plan> {
    if from > to {
        let message =
            format!("a tree of size {from} cannot be the beginning of one of size {to}: from must be at most to");
        return Err(Error::new(Code::Invalid, message).at("from"));
    }
    let mut plan = Plan { parts: Vec::new() };
    if from == 0 || from == to {
        return Ok(plan);
    }
    let (mut range, mut siblings) = (0..to, Vec::new());
    while from < range.end {
        let middle = split(&range);
        let (kept, sibling) = if from <= middle {
            (range.start..middle, middle..range.end)
        } else {
            (middle..range.end, range.start..middle)
        };
        siblings.push(sibling);
        range = kept;
    }
    // The verifier knows the old root; it needs the hash of what is left only if that is not the old root.
    if range.start > 0 {
        plan.push(range);
    }
    siblings.into_iter().rev().for_each(|sibling| plan.push(sibling));
    Ok(plan)
}

/// Where RFC 9162 divides a range: the largest power of two below its length.
fn split(range: &Range<u64>) -> u64 {
    range.start + (1 << (range.end - range.start - 1).ilog2())
}

#[cfg(test)]
mod tests;
