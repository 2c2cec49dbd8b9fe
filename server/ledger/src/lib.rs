//! What happened: entries, the sealer, the Merkle tree, checkpoints, proofs, the feed.

pub mod note;
pub mod tree;
