//! The second factor: time-based one-time passwords (RFC 6238), SHA-1, six digits, thirty seconds, as every
//! authenticator application has them; and codes for the day the telephone is lost.

use crate::secret;
use aws_lc_rs::hmac;
use theriac_core::Result;

const STEP_S: i64 = 30;
/// A telephone's clock may be a step off.
const DRIFT: i64 = 1;
const RECOVERY: usize = 10;

/// A new key, in base32 without padding (RFC 4648, 6), as people type it when a picture does not help.
pub(crate) fn key() -> Result<String> {
    Ok(base32(&secret::bytes::<20>()?))
}

/// The step at which the code holds now, if it does; steps up to `last` were used.
pub(crate) fn step_of(key: &str, code: &str, now_s: i64, last: i64) -> Option<i64> {
    let key = unbase32(key)?;
    let now = now_s.div_euclid(STEP_S);
    let holds = |step: &i64| {
        aws_lc_rs::constant_time::verify_slices_are_equal(digits(&key, *step).as_bytes(), code.as_bytes()).is_ok()
    };
    (now - DRIFT..=now + DRIFT).filter(|step| *step > last).find(holds)
}

/// Six digits (RFC 4226, 5.3).
fn digits(key: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let bytes = tag.as_ref();
    let at = usize::from(bytes.last().copied().unwrap_or_default() & 15);
    let number = bytes.get(at..at + 4).unwrap_or_default().iter().fold(0_u32, |number, b| number << 8 | u32::from(*b));
    format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
}

/// What authenticator applications read from the picture.
pub(crate) fn address(tenant: &str, user: &str, key: &str) -> String {
    format!(
        "otpauth://totp/Theriac%20{tenant}:{user}?secret={key}&issuer=Theriac%20{tenant}&algorithm=SHA1&digits=6&period=30"
    )
}

/// Codes that stand in for the second factor, each once.
pub(crate) fn recovery_codes() -> Result<Vec<String>> {
    (0..RECOVERY).map(|_| secret::readable(2, 5)).collect()
}

/// As it is kept: people leave out what they think is decoration.
pub(crate) fn recovery_hash(code: &str) -> String {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    secret::hash(&plain)
}

const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn base32(bytes: &[u8]) -> String {
    let bits: Vec<u8> = bytes.iter().flat_map(|b| (0..8).rev().map(move |i| b >> i & 1)).collect();
    bits.chunks(5).map(|five| LETTERS[usize::from(five.iter().fold(0, |n, bit| n << 1 | bit))] as char).collect()
}

fn unbase32(text: &str) -> Option<Vec<u8>> {
    let mut bits = Vec::with_capacity(text.len() * 5);
    for letter in text.bytes() {
        let value = LETTERS.iter().position(|own| *own == letter)?;
        bits.extend((0..5).rev().map(|i| (value >> i & 1) as u8));
    }
    Some(bits.chunks_exact(8).map(|eight| eight.iter().fold(0, |n, bit| n << 1 | bit)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B: the key "12345678901234567890" and its codes, of which the last six digits are ours.
    #[test]
    fn codes_are_those_of_rfc_6238() {
        let key = base32(b"12345678901234567890");
        assert_eq!(key, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        let cases = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ];
        for (now_s, code) in cases {
            assert_eq!(step_of(&key, code, now_s, 0), Some(now_s / 30), "{now_s}");
        }
    }

    #[test]
    fn a_code_holds_once_and_about_now() {
        let key = base32(b"12345678901234567890");
        assert_eq!(step_of(&key, "287082", 59 + 30, 0), Some(1));
        assert_eq!(step_of(&key, "287082", 59 + 60, 0), None);
        assert_eq!(step_of(&key, "287082", 59, 1), None);
        for wrong in ["", "28708", "287083", "0287082", "28708２"] {
            assert_eq!(step_of(&key, wrong, 59, 0), None, "{wrong}");
        }
        assert_eq!(step_of("not base32!", "287082", 59, 0), None);
    }

    #[test]
    fn recovery_codes_may_be_typed_as_people_type() {
        let codes = recovery_codes().unwrap();
        assert_eq!((codes.len(), codes[0].len()), (RECOVERY, 11));
        assert_eq!(recovery_hash(&codes[0].to_uppercase().replace('-', " ")), recovery_hash(&codes[0]));
    }
}
