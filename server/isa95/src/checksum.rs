//! The checksum at the end of stored bodies: CRC-32 (IEEE 802.3, ISO-HDLC), four bytes, least significant first. Finds what a disk or
//! a hand has changed; the ledger's hash of a batch is another matter.

const LENGTH: usize = 4;

pub(crate) fn put(body: &mut Vec<u8>) {
    let sum = crc32fast::hash(body);
    body.extend_from_slice(&sum.to_le_bytes());
}

/// The body without its checksum, if that is right.
pub(crate) fn checked(bytes: &[u8]) -> Option<&[u8]> {
    let (body, sum) = bytes.split_last_chunk::<LENGTH>()?;
    (crc32fast::hash(body) == u32::from_le_bytes(*sum)).then_some(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_the_published_one() {
        // The check value of CRC-32/ISO-HDLC in the catalogue of parametrised CRC algorithms.
        let mut body = b"123456789".to_vec();
        put(&mut body);
        assert_eq!(body[9..], 0xcbf4_3926_u32.to_le_bytes());
        assert_eq!(checked(&body), Some(&b"123456789"[..]));
        assert_eq!((checked(&body[1..]), checked(b"abc")), (None, None));
    }
}
