//! Laws of the proofs, against a verifier written as RFC 9162 defines them (by recursion), not as
//! it suggests to check them (by bits), which is what the SDK's verifier does.

use proptest::prelude::*;

use super::super::{leaf_hash, subtree_root};
use super::*;

fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
}

fn hash_of(leaves: &[Hash], node: Subtree) -> Hash {
    let range = node.leaves();
    subtree_root(&leaves[range.start as usize..range.end as usize])
}

fn prove(plan: &Plan, leaves: &[Hash]) -> Vec<Hash> {
    let fetched: Vec<Hash> = plan.nodes().map(|node| hash_of(leaves, node)).collect();
    plan.assemble(&fetched).unwrap()
}

/// The root that an inclusion proof leads to; `None` if the proof has the wrong length.
fn root_by_inclusion(leaf: Hash, range: Range<u64>, index: u64, proof: &[Hash]) -> Option<Hash> {
    if range.end - range.start == 1 {
        return proof.is_empty().then_some(leaf);
    }
    let (last, rest) = proof.split_last()?;
    let middle = split(&range);
    if index < middle {
        Some(node_hash(&root_by_inclusion(leaf, range.start..middle, index, rest)?, last))
    } else {
        Some(node_hash(last, &root_by_inclusion(leaf, middle..range.end, index, rest)?))
    }
}

/// The old and the new root that a consistency proof leads to, given the old root.
fn roots_by_consistency(old: Hash, from: u64, range: Range<u64>, proof: &[Hash]) -> Option<(Hash, Hash)> {
    if from == range.end {
        return match (range.start, proof) {
            (0, []) => Some((old, old)),
            (1.., [one]) => Some((*one, *one)),
            _ => None,
        };
    }
    let (last, rest) = proof.split_last()?;
    let middle = split(&range);
    if from <= middle {
        let (was, is) = roots_by_consistency(old, from, range.start..middle, rest)?;
        Some((was, node_hash(&is, last)))
    } else {
        let (was, is) = roots_by_consistency(old, from, middle..range.end, rest)?;
        Some((node_hash(last, &was), node_hash(last, &is)))
    }
}

fn flip(hash: &mut Hash, bit: usize) {
    hash[bit / 8] ^= 1 << (bit % 8);
}

#[test]
fn every_proof_of_small_trees_verifies() {
    let all = leaves(40);
    for size in 1..=40 {
        let tree = &all[..size as usize];
        for leaf in 0..size {
            let proof = prove(&inclusion(leaf, size).unwrap(), tree);
            assert_eq!(root_by_inclusion(tree[leaf as usize], 0..size, leaf, &proof), Some(subtree_root(tree)));
        }
        for from in 1..=size {
            let old = subtree_root(&tree[..from as usize]);
            let proof = prove(&consistency(from, size).unwrap(), tree);
            assert_eq!(roots_by_consistency(old, from, 0..size, &proof), Some((old, subtree_root(tree))));
        }
    }
}

#[test]
fn impossible_proofs_are_refused_with_the_parameter() {
    assert_eq!(inclusion(5, 5).unwrap_err().issues[0].path, "leaf");
    assert_eq!(inclusion(0, 0).unwrap_err().code, Code::Invalid);
    assert_eq!(consistency(6, 5).unwrap_err().issues[0].path, "from");
}

#[test]
fn the_largest_tree_can_be_planned() {
    assert!(inclusion(u64::MAX - 1, u64::MAX).unwrap().nodes().count() <= 64);
    assert!(consistency(u64::MAX - 1, u64::MAX).unwrap().nodes().count() <= 65);
}

#[test]
fn too_few_hashes_are_an_error_and_no_proof() {
    let plan = inclusion(3, 11).unwrap();
    assert!(plan.assemble(&[[0; 32]]).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn inclusion_verifies_and_no_flipped_bit_does(size in 2u64..700, pick: u64, part: usize, bit in 0usize..256) {
        let tree = leaves(size);
        let (leaf, root) = (pick % size, subtree_root(&tree));
        let mut proof = prove(&inclusion(leaf, size).unwrap(), &tree);
        let hash = tree[leaf as usize];
        prop_assert_eq!(root_by_inclusion(hash, 0..size, leaf, &proof), Some(root));
        let part = part % proof.len();
        flip(&mut proof[part], bit);
        prop_assert_ne!(root_by_inclusion(hash, 0..size, leaf, &proof), Some(root));
        flip(&mut proof[part], bit);
        let mut other = hash;
        flip(&mut other, bit);
        prop_assert_ne!(root_by_inclusion(other, 0..size, leaf, &proof), Some(root));
    }

    #[test]
    fn consistency_verifies_and_no_flipped_bit_does(to in 2u64..700, pick: u64, part: usize, bit in 0usize..256) {
        let tree = leaves(to);
        let from = 1 + pick % (to - 1);
        let roots = (subtree_root(&tree[..from as usize]), subtree_root(&tree));
        let mut proof = prove(&consistency(from, to).unwrap(), &tree);
        prop_assert_eq!(roots_by_consistency(roots.0, from, 0..to, &proof), Some(roots));
        let part = part % proof.len();
        flip(&mut proof[part], bit);
        prop_assert_ne!(roots_by_consistency(roots.0, from, 0..to, &proof), Some(roots));
    }

    #[test]
    fn nodes_are_full_subtrees_inside_the_tree(size in 1u64..1_000_000_000, pick: u64) {
        for plan in [inclusion(pick % size, size).unwrap(), consistency(1 + pick % size, size).unwrap()] {
            for node in plan.nodes() {
                prop_assert!(node.leaves().end <= size);
            }
        }
    }
}
