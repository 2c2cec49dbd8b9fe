//! What happened: entries, the sealer, the Merkle tree, checkpoints, proofs, the feed.
//!
//! record -> seal -> publish. [`entry::record`] puts the entry into the unit that makes the change;
//! [`sealer`] orders entries by commit, numbers them without gaps, hangs them into the tenant's RFC 6962
//! tree and signs a checkpoint; [`feed`] and [`follow`] read the sealed line by position.
//!
//! Never: an entry without its change, a change without its entry, a reader that sees an unsealed entry.

pub mod entry;
pub mod feed;
pub mod follow;
mod ledger;
pub mod note;
pub mod proof;
pub mod reads;
pub mod rounds;
pub mod routes;
pub mod sealer;
mod segment;
mod signing;
mod store;
pub mod tree;

pub use entry::{Entry, Record, record};
pub use follow::{Follower, Watcher};
pub use ledger::Ledger;
pub use rounds::Rounds;
pub use segment::Segment;
pub use signing::load_or_create as load_signing_key;
