//! Bodies as they are stored: the final JSON bytes, compressed with a trained dictionary (docs/adr/0004).
//!
//! Each row names its dictionary, and a dictionary that rows name is never dropped. 0 means none.

use std::cell::RefCell;
use std::sync::OnceLock;
use theriac_core::{Error, Result};
use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

/// The dictionary new rows are written with.
pub const DICTIONARY: i16 = 1;
const BYTES: &[u8] = include_bytes!("../../../fhir-profiles/dictionary/1.dict");
const LEVEL: i32 = 3;
/// A stored body never unpacks to more.
const MOST: usize = 256 << 20;

fn encoder() -> &'static EncoderDictionary<'static> {
    static DICTIONARY: OnceLock<EncoderDictionary<'static>> = OnceLock::new();
    DICTIONARY.get_or_init(|| EncoderDictionary::copy(BYTES, LEVEL))
}

fn decoder() -> &'static DecoderDictionary<'static> {
    static DICTIONARY: OnceLock<DecoderDictionary<'static>> = OnceLock::new();
    DICTIONARY.get_or_init(|| DecoderDictionary::copy(BYTES))
}

thread_local! {
    static PACK: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static UNPACK: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

pub fn pack(bytes: &[u8]) -> Result<Vec<u8>> {
    PACK.with_borrow_mut(|slot| {
        let compressor = match slot {
            Some(compressor) => compressor,
            None => slot.insert(Compressor::with_prepared_dictionary(encoder()).map_err(Error::internal)?),
        };
        compressor.compress(bytes).map_err(Error::internal)
    })
}

/// The stored bytes as they were given to [`pack`].
///
/// # Errors
/// `Internal` for a damaged body or a dictionary this program does not know.
pub fn unpack(dictionary: i16, packed: &[u8]) -> Result<Vec<u8>> {
    match dictionary {
        DICTIONARY => with_dictionary(packed),
        other => Err(Error::internal(format!("the body dictionary {other} is not known"))),
    }
}

fn with_dictionary(packed: &[u8]) -> Result<Vec<u8>> {
    let size = Decompressor::upper_bound(packed).unwrap_or(1 << 20).min(MOST);
    UNPACK.with_borrow_mut(|slot| {
        let decompressor = match slot {
            Some(decompressor) => decompressor,
            None => slot.insert(Decompressor::with_prepared_dictionary(decoder()).map_err(Error::internal)?),
        };
        decompressor.decompress(packed, size).map_err(Error::internal)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_unpacks_and_small_resources_shrink() {
        let body = br#"{"resourceType":"Patient","id":"1","meta":{"versionId":"1","lastUpdated":"2026-11-20T08:00:00.000Z"},"name":[{"family":"Rossi","given":["Anna"]}],"gender":"female"}"#;
        let packed = pack(body).unwrap();
        assert!(packed.len() * 10 < body.len() * 7, "{}", packed.len());
        assert_eq!(unpack(DICTIONARY, &packed).unwrap(), body);
        assert_eq!(unpack(7, &packed).unwrap_err().status(), 500);
        assert_eq!(unpack(DICTIONARY, b"junk").unwrap_err().status(), 500);
    }
}
