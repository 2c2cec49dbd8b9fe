//! Hashes that leave the process: SHA-256 for contents, and the 64-bit index hash of search values.

use sha2::{Digest, Sha256};

/// SHA-256 of the bytes.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(DIGITS[usize::from(byte >> 4)] as char);
        text.push(DIGITS[usize::from(byte & 15)] as char);
    }
    text
}

/// The 64-bit hash under which a search value stands in an index.
///
/// The parts are framed by their lengths, so that `("ab","c")` and `("a","bc")` differ. The function
/// is FNV-1a with a finishing mix; it is part of the stored format and must not change.
pub fn index_hash(parts: &[&str]) -> i64 {
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let mut state: u64 = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        for byte in (part.len() as u32).to_le_bytes().iter().chain(part.as_bytes()) {
            state = (state ^ u64::from(*byte)).wrapping_mul(PRIME);
        }
    }
    state ^= state >> 33;
    state = state.wrapping_mul(0xff51_afd7_ed55_8ccd);
    state ^= state >> 33;
    state.cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha256_of_the_empty_string_is_the_published_one() {
        assert_eq!(hex(&sha256(b"")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    #[test]
    fn the_framing_of_parts_counts() {
        assert_ne!(index_hash(&["ab", "c"]), index_hash(&["a", "bc"]));
        assert_ne!(index_hash(&["a"]), index_hash(&["a", ""]));
        assert_eq!(index_hash(&["Patient", "gender", "male"]), index_hash(&["Patient", "gender", "male"]));
    }
}
