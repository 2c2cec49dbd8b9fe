//! A mutation fuzzer on stable Rust for everything that reads what strangers send.
//!
//! [`target::TABLE`] names the readers; `corpus/<target>/` holds their seeds, written by us, and whatever once
//! broke them. Each round takes an input, changes it ([`mutate`]), and gives it to the reader. What leads to an
//! outcome not seen before, such as another message of refusal, is kept and changed further ([`run`]): the error
//! messages, which name every fault, stand in for coverage.
//!
//! A panic is a fault; so is a law that does not hold (what was read and written again reads the same), and so is
//! an input that takes very long.

pub mod corpus;
pub mod mutate;
pub mod run;
pub mod target;

pub use run::{Fault, Plan, fuzz};
pub use target::Target;
