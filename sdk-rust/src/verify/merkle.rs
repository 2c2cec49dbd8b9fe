//! Tree hashes and the verification of proofs, RFC 9162 sections 2.1.1, 2.1.3.2 and 2.1.4.2.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::{Checkpoint, Failure};

pub type Hash = [u8; 32];

/// SHA-256(0x00 || data).
pub fn leaf_hash(data: &[u8]) -> Hash {
    Sha256::new_with_prefix([0]).chain_update(data).finalize().into()
}

/// SHA-256(0x01 || left || right).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new_with_prefix([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root of a tree without leaves.
pub fn empty_root() -> Hash {
    Sha256::new().finalize().into()
}

/// Hashes a whole tree, leaf by leaf, in memory that grows with the logarithm of its size.
#[derive(Debug, Clone, Default)]
pub struct TreeHasher {
    size: u64,
    /// (height, root) of the full subtrees so far; heights fall from left to right.
    stack: Vec<(u32, Hash)>,
}

impl TreeHasher {
    pub fn append(&mut self, data: &[u8]) {
        self.append_hash(leaf_hash(data));
    }

    pub fn append_hash(&mut self, leaf: Hash) {
        let mut top = (0, leaf);
        while let Some((height, left)) = self.stack.pop_if(|(height, _)| *height == top.0) {
            top = (height + 1, node_hash(&left, &top.1));
        }
        self.stack.push(top);
        self.size += 1;
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    pub fn root(&self) -> Hash {
        let merged = self.stack.iter().map(|(_, hash)| *hash).rev().reduce(|right, left| node_hash(&left, &right));
        merged.unwrap_or_else(empty_root)
    }

    /// Do these leaves make up exactly the checkpoint's tree?
    pub fn check(&self, checkpoint: &Checkpoint) -> Result<(), Failure> {
        if self.size != checkpoint.size {
            return Err(Failure::SizeMismatch { expected: checkpoint.size, found: self.size });
        }
        same("root", &checkpoint.root, &self.root())
    }
}

/// Checks that the leaf at this index (from 0) is in the tree of this size and root.
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, root: &Hash, proof: &[Hash]) -> Result<(), Failure> {
    if index >= size {
        return Err(Failure::NoSuchLeaf { leaf: index, size });
    }
    let (mut node, mut last, mut hash) = (index, size - 1, *leaf);
    let mut used = 0;
    while last > 0 {
        // At the right edge a node without sibling moves up as it is.
        if node & 1 == 1 || node < last {
            let sibling = proof.get(used).ok_or_else(|| wrong_length(inclusion_length(index, size), proof))?;
            hash = if node & 1 == 1 { node_hash(sibling, &hash) } else { node_hash(&hash, sibling) };
            used += 1;
        }
        (node, last) = (node >> 1, last >> 1);
    }
    if used != proof.len() {
        return Err(wrong_length(used, proof));
    }
    same("root", root, &hash)
}

/// Checks that the tree of size `to` begins with the tree of size `from`: nothing was altered or taken out.
pub fn verify_consistency(from: u64, to: u64, old: &Hash, new: &Hash, proof: &[Hash]) -> Result<(), Failure> {
    if from > to {
        return Err(Failure::NoSuchSizes { from, to });
    }
    if from == 0 || from == to {
        if !proof.is_empty() {
            return Err(wrong_length(0, proof));
        }
        let expected = if from == 0 { empty_root() } else { *new };
        return same("old root", &expected, old);
    }
    let expected = consistency_length(from, to);
    if proof.len() != expected {
        return Err(wrong_length(expected, proof));
    }
    // A power of two is a full subtree: its hash is the old root, which the proof leaves out.
    let (start, rest) = if from.is_power_of_two() { (*old, proof) } else { (proof[0], &proof[1..]) };
    let (was, is) = climb(from, to, start, rest);
    same("old root", old, &was)?;
    same("new root", new, &is)
}

/// Both roots that a consistency proof leads to, from the last full subtree of the old tree upwards.
fn climb(from: u64, to: u64, start: Hash, rest: &[Hash]) -> (Hash, Hash) {
    let level = from.trailing_zeros();
    let (mut node, mut last) = ((from - 1) >> level, (to - 1) >> level);
    let (mut was, mut is) = (start, start);
    let mut rest = rest.iter();
    while last > 0 {
        if node & 1 == 1 {
            if let Some(left) = rest.next() {
                (was, is) = (node_hash(left, &was), node_hash(left, &is));
            }
        } else if node < last
            && let Some(right) = rest.next()
        {
            is = node_hash(&is, right);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    (was, is)
}

/// How many of the steps from a node to the root have a sibling.
fn siblings(mut node: u64, mut last: u64) -> usize {
    let mut count = 0;
    while last > 0 {
        count += usize::from(node & 1 == 1 || node < last);
        (node, last) = (node >> 1, last >> 1);
    }
    count
}

fn inclusion_length(index: u64, size: u64) -> usize {
    siblings(index, size - 1)
}

fn consistency_length(from: u64, to: u64) -> usize {
    let level = from.trailing_zeros();
    siblings((from - 1) >> level, (to - 1) >> level) + usize::from(!from.is_power_of_two())
}

fn wrong_length(expected: usize, proof: &[Hash]) -> Failure {
    Failure::ProofLength { expected, found: proof.len() }
}

fn same(what: &'static str, expected: &Hash, found: &Hash) -> Result<(), Failure> {
    if expected == found {
        return Ok(());
    }
    Err(Failure::RootMismatch { what, expected: STANDARD.encode(expected), found: STANDARD.encode(found) })
}
