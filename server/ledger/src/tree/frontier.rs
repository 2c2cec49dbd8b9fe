//! The right edge of a growing tree (a "compact range"): enough to append and to give the root.
//!
//! It holds one hash for every 1 bit of the size, so at most 64 of them.

use theriac_core::{Error, Result};

use super::{Hash, Subtree, TILE_HEIGHT, empty_root, leaf_hash, node_hash};

/// A full tile's root, to be stored: `subtree.level` is 8, 16, 24, ...
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Completed {
    pub subtree: Subtree,
    pub hash: Hash,
}

/// See the file's head.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// Roots of the full subtrees that make up the tree, the largest first.
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return empty_root() };
        peaks.fold(*last, |right, left| node_hash(left, &right))
    }

    /// Hashes an entry's bytes and appends it; the answer is the leaf's hash.
    pub fn append_data(&mut self, data: &[u8], completed: &mut Vec<Completed>) -> Hash {
        let hash = leaf_hash(data);
        self.append(hash, completed);
        hash
    }

    /// Appends one leaf hash; the roots of tiles that it fills are added to `completed`.
    pub fn append(&mut self, leaf: Hash, completed: &mut Vec<Completed>) {
        self.grow(leaf, |subtree, hash| {
            if subtree.level % TILE_HEIGHT == 0 {
                completed.push(Completed { subtree, hash });
            }
        });
    }

    /// Appends many leaf hashes; answers with the roots of the tiles that they fill, in order.
    pub fn append_all(&mut self, leaves: &[Hash]) -> Vec<Completed> {
        let mut completed = Vec::new();
        for leaf in leaves {
            self.append(*leaf, &mut completed);
        }
        completed
    }

    pub(super) fn push(&mut self, leaf: Hash) {
        self.grow(leaf, |_, _| ());
    }

    /// Carries like binary addition: each trailing 1 bit of the size is a peak that merges.
    fn grow(&mut self, leaf: Hash, mut merged: impl FnMut(Subtree, Hash)) {
        let mut hash = leaf;
        for level in 1..=self.size.trailing_ones() {
            let Some(left) = self.peaks.pop() else { break };
            hash = node_hash(&left, &hash);
            merged(Subtree { level: level as u8, index: self.size >> level }, hash);
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The stored form: the size as eight bytes, big end first, then the peaks.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(8 + 32 * self.peaks.len());
        bytes.extend_from_slice(&self.size.to_be_bytes());
        bytes.extend(self.peaks.iter().flatten());
        bytes
    }

    /// Reads [`Self::to_bytes`]; the number of peaks must fit the size.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let damaged = || Error::internal(format!("a stored tree frontier of {} bytes is damaged", bytes.len()));
        let (size, rest) = bytes.split_first_chunk::<8>().ok_or_else(damaged)?;
        let size = u64::from_be_bytes(*size);
        let (peaks, tail) = rest.as_chunks::<32>();
        if !tail.is_empty() || peaks.len() as u32 != size.count_ones() {
            return Err(damaged());
        }
        Ok(Self { size, peaks: peaks.to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use super::super::subtree_root;
    use super::*;

    /// RFC 9162 section 2.1.1, word for word.
    fn naive_root(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty_root(),
            [one] => *one,
            many => {
                let (left, right) = many.split_at(many.len().next_power_of_two() / 2);
                node_hash(&naive_root(left), &naive_root(right))
            }
        }
    }

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
    }

    #[test]
    fn the_root_is_the_naive_one_at_every_size() {
        let leaves = leaves(300);
        let mut frontier = Frontier::default();
        for size in 0..=300 {
            assert_eq!(frontier.root(), naive_root(&leaves[..size]), "size {size}");
            assert_eq!(frontier.size(), size as u64);
            frontier = Frontier::from_bytes(&frontier.to_bytes()).unwrap();
            if size < 300 {
                frontier.append(leaves[size], &mut Vec::new());
            }
        }
    }

    #[test]
    fn full_tiles_are_reported_once_with_their_root() {
        let leaves = leaves(256 * 256 + 300);
        let completed = Frontier::default().append_all(&leaves);
        let (small, large): (Vec<Completed>, Vec<Completed>) = completed.iter().partition(|c| c.subtree.level == 8);
        assert_eq!(small.len(), 257);
        for (index, tile) in small.iter().enumerate() {
            assert_eq!(tile.subtree.index, index as u64);
            assert_eq!(tile.hash, subtree_root(&leaves[index * 256..(index + 1) * 256]));
        }
        assert_eq!(large.len(), 1);
        assert_eq!(large[0].subtree, Subtree { level: 16, index: 0 });
        assert_eq!(large[0].hash, naive_root(&leaves[..65536]));
        let roots: Vec<Hash> = small[..256].iter().map(|c| c.hash).collect();
        assert_eq!(large[0].hash, subtree_root(&roots));
    }

    #[test]
    fn a_frontier_of_the_wrong_length_is_refused() {
        let mut frontier = Frontier::default();
        frontier.append_all(&leaves(7));
        let bytes = frontier.to_bytes();
        for end in 0..bytes.len() {
            assert!(Frontier::from_bytes(&bytes[..end]).is_err(), "{end} bytes");
        }
    }
}
