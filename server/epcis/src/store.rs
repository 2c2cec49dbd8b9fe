//! All SQL of the domain, one file for each table or two, and one for the event query.

pub(crate) mod event;
pub(crate) mod exception;
pub(crate) mod item;
pub(crate) mod job;
pub(crate) mod master;
pub(crate) mod query;
pub(crate) mod reindex;
pub(crate) mod select;
pub(crate) mod subscription;
pub(crate) mod word;

use theriac_core::{Error, Result};

/// Bodies are kept as zstd frames that carry their length.
pub(crate) struct Packer(zstd::bulk::Compressor<'static>);

impl Packer {
    pub(crate) fn new() -> Result<Self> {
        zstd::bulk::Compressor::new(3).map(Self).map_err(Error::internal)
    }

    pub(crate) fn pack(&mut self, body: &[u8]) -> Result<Vec<u8>> {
        self.0.compress(body).map_err(Error::internal)
    }
}

pub(crate) fn unpack(packed: &[u8]) -> Result<Vec<u8>> {
    let size = zstd::bulk::Decompressor::upper_bound(packed);
    let size = size.ok_or_else(|| Error::internal("a stored body does not tell its length"))?;
    zstd::bulk::decompress(packed, size).map_err(Error::internal)
}
