//! The Merkle tree over a tenant's entries: RFC 6962 section 2 and RFC 9162 section 2,
//! <https://www.rfc-editor.org/rfc/rfc9162#section-2>.
//!
//! Pure: hashes go in, hashes come out. What is stored (leaf hashes, and the roots of full tiles of
//! 256, 256^2, ... leaves) is the store's business; a [`Plan`] says which of them a proof needs.

mod frontier;
mod proof;

use std::ops::Range;

use sha2::{Digest, Sha256};

pub use frontier::{Completed, Frontier};
pub use proof::{Plan, consistency, inclusion};

pub type Hash = [u8; 32];

/// A tile holds 2^8 hashes: the roots of full tiles are what is stored above the leaves.
pub const TILE_HEIGHT: u8 = 8;

/// SHA-256(0x00 || data).
pub fn leaf_hash(data: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(data).finalize().into()
}

/// SHA-256(0x01 || left || right).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root of the tree without leaves: SHA-256 of nothing.
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// The root over these neighbouring hashes, all of one level: leaves, or the roots of full tiles.
pub fn subtree_root(hashes: &[Hash]) -> Hash {
    let mut frontier = Frontier::default();
    for hash in hashes {
        frontier.push(*hash);
    }
    frontier.root()
}

/// A full subtree: the 2^level leaves from `index << level` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subtree {
    pub level: u8,
    pub index: u64,
}

impl Subtree {
    /// The leaves under it.
    pub fn leaves(self) -> Range<u64> {
        self.index << self.level..(self.index + 1) << self.level
    }

    /// Which stored hashes it is made of: their level (0 for leaves, 8, 16, ...) and their indexes.
    /// [`subtree_root`] of those is this subtree's hash.
    pub fn stored(self) -> (u8, Range<u64>) {
        let above = self.level % TILE_HEIGHT;
        (self.level - above, self.index << above..(self.index + 1) << above)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_the_published_ones() {
        // certificate-transparency's reference tree, also in transparency-dev/merkle testdata/ (Apache-2.0):
        // roots of the trees of size 1, 2, 3 and 8.
        let data: [&[u8]; 8] = [
            b"",
            &[0x00],
            &[0x10],
            &[0x20, 0x21],
            &[0x30, 0x31],
            &[0x40, 0x41, 0x42, 0x43],
            &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
            &[0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
        ];
        let leaves: Vec<Hash> = data.iter().map(|d| leaf_hash(d)).collect();
        for (size, root) in [
            (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
            (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
            (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
        ] {
            assert_eq!(theriac_core::hash::hex(&subtree_root(&leaves[..size])), root, "size {size}");
        }
    }

    #[test]
    fn a_subtree_names_the_stored_hashes_it_is_made_of() {
        assert_eq!(Subtree { level: 3, index: 5 }.stored(), (0, 40..48));
        assert_eq!(Subtree { level: 8, index: 5 }.stored(), (8, 5..6));
        assert_eq!(Subtree { level: 18, index: 1 }.stored(), (16, 4..8));
        assert_eq!(Subtree { level: 9, index: 1 }.leaves(), 512..1024);
    }
}
