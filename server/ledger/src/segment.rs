//! A sealed run of entries as it is stored: the leaves, one a line, compressed; and their hashes.

use crate::entry::Record;
use crate::tree::Hash;
use std::sync::Arc;
use theriac_core::{Error, Result};

const LEVEL: i32 = 1;
/// No honest segment unpacks to more.
const MOST: usize = 1 << 30;

/// Consecutive sealed entries, read.
#[derive(Debug)]
pub struct Segment {
    pub first: u64,
    pub records: Vec<Arc<Record>>,
}

impl Segment {
    /// The segment these leaves make.
    ///
    /// # Errors
    /// `Internal` if a leaf is no entry.
    pub fn of(first: u64, leaves: &[Vec<u8>]) -> Result<Self> {
        let records =
            leaves.iter().zip(first..).map(|(leaf, at)| Record::read(at, leaf).map(Arc::new)).collect::<Result<_>>()?;
        Ok(Self { first, records })
    }

    pub fn end(&self) -> u64 {
        self.first + self.records.len() as u64
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// `Internal` if it was damaged.
    pub fn read(first: u64, packed: &[u8]) -> Result<Self> {
        let text = unpack(packed)?;
        let records =
            lines(&text).zip(first..).map(|(leaf, at)| Record::read(at, leaf).map(Arc::new)).collect::<Result<_>>()?;
        Ok(Self { first, records })
    }
}

pub fn pack(leaves: &[Vec<u8>]) -> Result<Vec<u8>> {
    zstd::bulk::compress(&leaves.join(&b'\n'), LEVEL).map_err(Error::internal)
}

pub fn unpack(packed: &[u8]) -> Result<Vec<u8>> {
    zstd::stream::decode_all(packed).map_err(Error::internal).and_then(|text| {
        if text.len() > MOST { Err(Error::internal("a ledger segment is too large")) } else { Ok(text) }
    })
}

/// The leaves of an unpacked segment; JSON has no bare line feeds.
pub fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|b| *b == b'\n')
}

pub fn hashes(packed: &[u8]) -> &[Hash] {
    packed.as_chunks::<32>().0
}
