//! All SQL of the domain.

pub(crate) mod pack;
pub(crate) mod record;
