//! What is done to one value: the methods that need no tree.

use super::rules::Parameters;
use super::shift;
use crate::age;
use crate::date;
use aws_lc_rs::cipher::{AES_128, AES_192, AES_256, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use theriac_core::hash::hex;
use theriac_core::{Error, Result};

/// What is left of a value that is redacted; the second says that it is a part of it.
pub(super) fn redacted(
    of: &str,
    is_age: bool,
    is_zip: bool,
    text: &str,
    p: &Parameters,
    this_year: i32,
) -> Option<String> {
    if matches!(of, "date" | "dateTime") && p.enable_partial_dates_for_redact {
        return date::cut(text, false, this_year);
    }
    if is_age && p.enable_partial_ages_for_redact {
        return text.parse::<f64>().ok().filter(|age| *age <= f64::from(age::OLDEST)).map(|_| text.to_owned());
    }
    if is_zip && p.enable_partial_zip_codes_for_redact {
        return zip(text, &p.restricted_zip_code_tabulation_areas);
    }
    None
}

/// The digits after the third become zeros, or all of them where few people live.
fn zip(text: &str, few: &[String]) -> Option<String> {
    let kept = text.get(..3)?;
    let is_few = few.iter().any(|prefix| prefix == kept);
    let zeros = |(at, letter): (usize, char)| if letter.is_ascii_digit() && (is_few || at > 2) { '0' } else { letter };
    Some(text.chars().enumerate().map(zeros).collect())
}

/// A date without a day cannot be shifted, and is redacted.
pub(super) fn shifted(text: &str, of: &str, id: &str, p: &Parameters, this_year: i32) -> (Option<String>, bool) {
    let Some(year) = date::year(text).filter(|year| !age::is_too_old(*year, this_year)) else { return (None, false) };
    let days = p.date_shift_fixed_offset_in_days.unwrap_or_else(|| shift::offset(id, &p.date_shift_key));
    let is_whole = text.len() >= 10;
    match text.get(..10).filter(|_| is_whole).and_then(|day| date::shift(day, days, false, year)) {
        Some(day) => (Some(format!("{day}{}", midnight(text.get(10..).unwrap_or_default(), of))), true),
        None if p.enable_partial_dates_for_redact && of != "instant" => (Some(format!("{year:04}")), false),
        None => (None, false),
    }
}

/// The time of day becomes zero with as many digits, an instant's with whole seconds; the offset stays. A date has neither.
fn midnight(rest: &str, of: &str) -> String {
    let Some(time) = rest.strip_prefix('T') else { return String::new() };
    let zone = time.find(['Z', '+', '-']).unwrap_or(time.len());
    if of == "instant" {
        return format!("T00:00:00{}", &time[zone..]);
    }
    let zeros: String = time[..zone].chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    format!("T{zeros}{}", &time[zone..])
}

/// What the pseudonymizer binds its key of BLAKE3 to.
const BLAKE3_CONTEXT: &str = "FhirPseudonymizer.CryptoHash.Blake3.v1";

/// HMAC-SHA-256, or BLAKE3 under a key derived from the file's, in hexadecimal digits.
pub(super) fn hashed(text: &str, p: &Parameters, most: Option<usize>) -> String {
    let key = p.crypto_hash_key.as_bytes();
    let mut hash = match p.crypto_hash_algorithm.as_deref() {
        Some("blake3") => {
            let key = blake3::derive_key(BLAKE3_CONTEXT, key);
            hex(blake3::keyed_hash(&key, text.as_bytes()).as_bytes())
        }
        _ => hex(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref()),
    };
    hash.truncate(most.unwrap_or(usize::MAX));
    hash
}

/// AES-CBC, the initialisation vector before it, in base 64.
pub(super) fn encrypted(text: &str, p: &Parameters) -> Result<String> {
    let bytes = p.encrypt_key.as_bytes();
    let algorithm = match bytes.len() {
        16 => &AES_128,
        24 => &AES_192,
        32 => &AES_256,
        _ => {
            return Err(Error::invalid("encrypt needs an encryptKey of 16, 24 or 32 bytes").at("parameters.encryptKey"));
        }
    };
    let failed = |_| Error::internal("a value could not be encrypted");
    let key = UnboundCipherKey::new(algorithm, bytes).and_then(PaddedBlockEncryptingKey::cbc_pkcs7).map_err(failed)?;
    let mut sealed = text.as_bytes().to_vec();
    let context = key.encrypt(&mut sealed).map_err(failed)?;
    let vector: &[u8] = (&context).try_into().map_err(failed)?;
    Ok(STANDARD.encode([vector, &sealed].concat()))
}

/// The id inside a reference or address is changed, or the identifier it is found by; what holds none is changed as a whole.
pub(super) fn in_reference(text: &str, change: impl Fn(&str) -> Result<String>) -> Result<String> {
    if let Some(id) = text.strip_prefix('#') {
        return Ok(if id.is_empty() { text.to_owned() } else { format!("#{}", change(id)?) });
    }
    for urn in ["urn:uuid:", "urn:oid:"] {
        if let Some(id) = text.strip_prefix(urn) {
            return Ok(format!("{urn}{}", change(id)?));
        }
    }
    // A conditional reference names a record by its identifier: the value changes, its system stays.
    if let Some((kind, query)) = text.split_once("?identifier=")
        && is_type(kind)
        && let Some((system, value)) = query.rsplit_once('|')
    {
        return Ok(format!("{kind}?identifier={system}|{}", change(value)?));
    }
    let (path, version) = match text.find("/_history/") {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    match path.rsplit_once('/') {
        Some((before, id)) if before.rsplit('/').next().is_some_and(is_type) && crate::reference::is_id(id) => {
            Ok(format!("{before}/{}{version}", change(id)?))
        }
        _ => change(text),
    }
}

fn is_type(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_uppercase()) && text.bytes().all(|b| b.is_ascii_alphabetic())
}
