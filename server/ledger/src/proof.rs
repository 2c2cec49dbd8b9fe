//! Proofs from the stored tree: hashes of leaves come from segments, those of 256 and more from nodes.

use crate::store;
use crate::tree::{self, Hash, Plan, Subtree};
use theriac_core::{Error, Result};
use theriac_platform::db::TenantDb;

/// That the leaf stands in the tree of that size (RFC 9162, 2.1.3).
///
/// # Errors
/// `Invalid` for a leaf that is not in a tree of that size.
pub async fn inclusion(db: &TenantDb, leaf: u64, size: u64) -> Result<Vec<Hash>> {
    fetch(db, &tree::inclusion(leaf, size)?).await
}

/// That the tree of size `to` only adds to the tree of size `from` (RFC 9162, 2.1.4).
///
/// # Errors
/// `Invalid` if `from` is greater than `to`.
pub async fn consistency(db: &TenantDb, from: u64, to: u64) -> Result<Vec<Hash>> {
    fetch(db, &tree::consistency(from, to)?).await
}

async fn fetch(db: &TenantDb, plan: &Plan) -> Result<Vec<Hash>> {
    let mut hashes = Vec::new();
    for node in plan.nodes() {
        hashes.push(subtree(db, node).await?);
    }
    plan.assemble(&hashes)
}

async fn subtree(db: &TenantDb, subtree: Subtree) -> Result<Hash> {
    let (level, range) = subtree.stored();
    let wanted = range.end - range.start;
    let parts = match level {
        0 => store::leaf_hashes(db, range.start, range.end).await?,
        _ => store::node_hashes(db, level, range.start, range.end).await?,
    };
    match parts.len() as u64 == wanted {
        true => Ok(tree::subtree_root(&parts)),
        false => Err(Error::internal(format!("the ledger lacks hashes of level {level} in {range:?}"))),
    }
}
