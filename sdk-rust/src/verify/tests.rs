//! Notes against the published example of `golang.org/x/mod/sumdb/note`
//! (<https://pkg.go.dev/golang.org/x/mod/sumdb/note>); whole ledgers against tampering.
//! The proof vectors are run by `tests/merkle_vectors.rs`.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::*;

const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const NOTE: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n\n\
    \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

/// A signed checkpoint over the leaves, and the key to open it with.
fn sealed(origin: &str, leaves: &[String]) -> (String, VerifierKey) {
    let pair = Ed25519KeyPair::generate().unwrap();
    let blob = [&[1], pair.public_key().as_ref()].concat();
    let hash = &Sha256::digest([origin.as_bytes(), b"\n", &blob].concat())[..4];
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let key = format!("{origin}+{hex}+{}", STANDARD.encode(&blob)).parse().unwrap();
    let mut tree = TreeHasher::default();
    leaves.iter().for_each(|leaf| tree.append(leaf.as_bytes()));
    let text = format!("{origin}\n{}\n{}\n", tree.size(), STANDARD.encode(tree.root()));
    let signature = [hash, pair.sign(text.as_bytes()).as_ref()].concat();
    (format!("{text}\n\u{2014} {origin} {}\n", STANDARD.encode(signature)), key)
}

fn entries(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("{{\"seq\":{n}}}")).collect()
}

fn verify(note: &str, key: &VerifierKey, leaves: &[String]) -> Result<(), Failure> {
    verify_entries(leaves, &key.open_checkpoint(note)?)
}

#[test]
fn the_published_note_opens() {
    let key: VerifierKey = KEY.parse().unwrap();
    assert_eq!(key.open(NOTE).unwrap(), NOTE.split_once("\n\n").map(|(text, _)| format!("{text}\n")).unwrap());
    assert_eq!(key.to_string(), KEY);
    assert_eq!(format!("{KEY}\n").parse(), Ok(key));
}

#[test]
fn any_flipped_bit_of_the_published_note_is_found() {
    let key: VerifierKey = KEY.parse().unwrap();
    for bit in 0..NOTE.len() * 8 {
        let mut bytes = NOTE.as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let Ok(changed) = String::from_utf8(bytes) else { continue };
        assert!(key.open(&changed).is_err(), "bit {bit}");
    }
}

#[test]
fn a_whole_ledger_verifies_at_every_size() {
    for size in 0..70 {
        let leaves = entries(size);
        let (note, key) = sealed("theriac.example/mercy", &leaves);
        assert_eq!(verify(&note, &key, &leaves), Ok(()));
    }
}

#[test]
fn alteration_deletion_addition_and_reordering_are_found() {
    let leaves = entries(50);
    let (note, key) = sealed("theriac.example/mercy", &leaves);
    for at in 0..50 {
        let (mut altered, mut shorter, mut longer, mut swapped) =
            (leaves.clone(), leaves.clone(), leaves.clone(), leaves.clone());
        altered[at].push(' ');
        shorter.remove(at);
        longer.insert(at, "{}".into());
        swapped.swap(at, (at + 1) % 50);
        assert!(matches!(verify(&note, &key, &altered), Err(Failure::RootMismatch { .. })));
        assert_eq!(verify(&note, &key, &shorter), Err(Failure::SizeMismatch { expected: 50, found: 49 }));
        assert_eq!(verify(&note, &key, &longer), Err(Failure::SizeMismatch { expected: 50, found: 51 }));
        assert!(matches!(verify(&note, &key, &swapped), Err(Failure::RootMismatch { .. })));
    }
}

#[test]
fn another_key_or_another_ledger_does_not_open_the_checkpoint() {
    let leaves = entries(3);
    let (note, _) = sealed("theriac.example/mercy", &leaves);
    let (_, same_name) = sealed("theriac.example/mercy", &leaves);
    assert!(matches!(same_name.open_checkpoint(&note), Err(Failure::Unsigned(_))));
}

#[test]
fn a_bad_verifier_key_is_refused_with_a_reason() {
    for text in
        ["", "a", "a+b", "a b+00000000+AQ==", "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"]
    {
        let failure = text.parse::<VerifierKey>().unwrap_err();
        assert!(failure.to_string().contains("name+hash+key"), "{failure}");
    }
}

/// RFC 9162 section 2.1.1, word for word.
fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [one] => *one,
        many => {
            let (left, right) = halves(many);
            node_hash(&root(left), &root(right))
        }
    }
}

fn halves(leaves: &[Hash]) -> (&[Hash], &[Hash]) {
    leaves.split_at(leaves.len().next_power_of_two() / 2)
}

/// PATH(m, D) of section 2.1.3.1.
fn path(leaf: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = halves(leaves);
    let (mut path, sibling) =
        if leaf < left.len() { (path(leaf, left), right) } else { (path(leaf - left.len(), right), left) };
    path.push(root(sibling));
    path
}

/// SUBPROOF(m, D, b) of section 2.1.4.1.
fn subproof(from: usize, leaves: &[Hash], known: bool) -> Vec<Hash> {
    if from == leaves.len() {
        return if known { Vec::new() } else { vec![root(leaves)] };
    }
    let (left, right) = halves(leaves);
    let (mut proof, sibling) = if from <= left.len() {
        (subproof(from, left, known), right)
    } else {
        (subproof(from - left.len(), right, false), left)
    };
    proof.push(root(sibling));
    proof
}

fn hashes(count: u64) -> Vec<Hash> {
    (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
}

#[test]
fn every_proof_of_small_trees_verifies_and_no_other_length_does() {
    let all = hashes(40);
    for size in 1..=40 {
        let (tree, n) = (&all[..size], size as u64);
        let new = root(tree);
        for leaf in 0..size {
            let mut proof = path(leaf, tree);
            let check = |proof: &[Hash]| verify_inclusion(&tree[leaf], leaf as u64, n, &new, proof);
            assert_eq!(check(&proof), Ok(()), "leaf {leaf} of {size}");
            proof.push(new);
            assert_eq!(check(&proof), Err(Failure::ProofLength { expected: proof.len() - 1, found: proof.len() }));
            proof.truncate(proof.len().saturating_sub(2));
            assert!(size == 1 || check(&proof).is_err());
        }
        for from in 1..=size {
            let (old, mut proof) = (root(&tree[..from]), subproof(from, tree, true));
            let check = |proof: &[Hash]| verify_consistency(from as u64, n, &old, &new, proof);
            assert_eq!(check(&proof), Ok(()), "from {from} to {size}");
            proof.push(new);
            assert_eq!(check(&proof), Err(Failure::ProofLength { expected: proof.len() - 1, found: proof.len() }));
            proof.truncate(proof.len().saturating_sub(2));
            assert!(from == size || check(&proof).is_err());
        }
        assert_eq!(verify_consistency(0, n, &empty_root(), &new, &[]), Ok(()));
    }
}

proptest! {
    #[test]
    fn no_flipped_bit_of_a_proof_verifies(size in 2u64..200, pick: u64, part: usize, bit in 0usize..256) {
        let tree = hashes(size);
        let new = root(&tree);
        let leaf = pick % size;
        let mut proof = path(leaf as usize, &tree);
        let at = part % proof.len();
        proof[at][bit / 8] ^= 1 << (bit % 8);
        prop_assert!(verify_inclusion(&tree[leaf as usize], leaf, size, &new, &proof).is_err());
        let from = 1 + pick % (size - 1);
        let old = root(&tree[..from as usize]);
        let mut proof = subproof(from as usize, &tree, true);
        let at = part % proof.len();
        proof[at][bit / 8] ^= 1 << (bit % 8);
        prop_assert!(verify_consistency(from, size, &old, &new, &proof).is_err());
    }

    #[test]
    fn sizes_and_proofs_of_any_kind_never_panic(a: u64, b: u64, count in 0usize..130) {
        let proof = vec![[1; 32]; count];
        prop_assert!(verify_inclusion(&[2; 32], a, b, &[3; 32], &proof).is_err());
        prop_assert!(verify_consistency(a, b, &[2; 32], &[3; 32], &proof).is_err());
    }

    #[test]
    fn reading_anything_as_a_note_or_key_never_panics(text in "\\PC*|(a|\n|\u{2014}| |\\+|=|[0-9A-Za-z/]){0,80}") {
        let key: VerifierKey = KEY.parse().unwrap();
        prop_assert!(key.open(&text).is_err());
        let note = format!("{text}\n\n{text}\n");
        prop_assert!(key.open(&note).is_err());
        let _ = text.parse::<VerifierKey>();
        let _ = text.parse::<Checkpoint>();
    }
}
