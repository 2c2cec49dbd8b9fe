//! EPC pure identity, class and pattern URNs. TDS 2.0, chapters 6 to 8.

use super::key::{Key, Tail};
use super::{Identifier, check_digit, percent};
use theriac_core::{Error, Result};

/// Shortest and longest GS1 company prefix.
pub const PREFIX_DIGITS: std::ops::RangeInclusive<usize> = 6..=12;

/// Reads `urn:epc:id:…`, `urn:epc:class:…`, or a `urn:epc:idpat:…` whose last part alone is `*`.
///
/// # Errors
/// Unknown schemes, wrong digits, broken escapes, and patterns wider than a class.
pub fn parse(uri: &str) -> Result<Identifier> {
    read(uri).map_err(|why| Error::invalid(format!("`{uri}` is not a well-formed EPC URN: {why}")))
}

fn read(uri: &str) -> Result<Identifier, String> {
    let rest = uri.strip_prefix("urn:epc:").ok_or("it must begin with urn:epc:")?;
    let mut parts = rest.splitn(3, ':');
    let (space, scheme, body) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let key = Key::by_scheme(scheme).ok_or_else(|| format!("the scheme `{scheme}` is not one of GS1's keys"))?;
    if space != key.space && space != "idpat" {
        return Err(format!("the scheme `{scheme}` belongs under urn:epc:{}: or urn:epc:idpat:", key.space));
    }
    let (prefix, rest) = body.split_once('.').ok_or("a dot must follow the company prefix")?;
    if !is_digits(prefix) || !PREFIX_DIGITS.contains(&prefix.len()) {
        return Err(format!("the company prefix `{prefix}` must have 6 to 12 digits"));
    }
    let pattern = space == "idpat";
    if key.digits == 0 { free(key, prefix, rest, pattern) } else { numeric(key, prefix, rest, pattern) }
}

/// Keys whose reference is free text: GIAI, GINC, CPI.
fn free(key: &'static Key, prefix: &str, rest: &str, pattern: bool) -> Result<Identifier, String> {
    let (reference, tail) = match key.tail {
        Tail::None => (rest, None),
        _ => rest.rsplit_once('.').map(|(r, t)| (r, Some(t))).ok_or("a serial must follow the reference")?,
    };
    let reference = unescape(reference, 30)?;
    if !tail.is_none_or(|t| is_digits(t) || (t == "*" && pattern)) {
        return Err("the serial of a component must be digits".to_owned());
    }
    if reference == "*" && pattern {
        return Err("a pattern may leave open the last part after the reference only".to_owned());
    }
    Ok(Identifier { key, primary: format!("{prefix}{reference}"), qualifier: qualifier(key, tail, pattern)? })
}

fn numeric(key: &'static Key, prefix: &str, rest: &str, pattern: bool) -> Result<Identifier, String> {
    let (reference, rest) = match key.tail {
        Tail::None => (rest, None),
        _ => rest.split_once('.').map(|(r, t)| (r, Some(t))).ok_or("a part is missing after the reference")?,
    };
    let wanted = key.digits.saturating_sub(prefix.len());
    if reference.len() != wanted || !is_digits(reference) {
        return Err(format!(
            "after a company prefix of {} digits the reference must have {wanted}, not `{reference}`",
            prefix.len()
        ));
    }
    let (pieces, tail) = match rest {
        Some(rest) if key.pieces => take_pieces(rest)?,
        rest => (String::new(), rest),
    };
    let mut body = String::from(if key.filler { "0" } else { "" });
    let (indicator, reference) = reference.split_at(usize::from(key.indicator));
    body.extend([indicator, prefix, reference]);
    let primary = check_digit::append(&body) + &pieces;
    Ok(Identifier { key, primary, qualifier: qualifier(key, tail, pattern)? })
}

fn take_pieces(rest: &str) -> Result<(String, Option<&str>), String> {
    let mut parts = rest.splitn(3, '.');
    let (piece, total) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    if [piece, total].iter().any(|p| p.len() != 2 || !is_digits(p)) {
        return Err("piece and total must have two digits each".to_owned());
    }
    Ok((format!("{piece}{total}"), parts.next()))
}

fn qualifier(key: &Key, tail: Option<&str>, pattern: bool) -> Result<Option<String>, String> {
    match (key.tail, tail) {
        (Tail::None, _) => Ok(None),
        (_, None) => Err("the serial is missing".to_owned()),
        (_, Some("*")) if pattern => Ok(None),
        (Tail::Extension(_), Some("0")) => Ok(None),
        // A document type without reference digits is written with two dots: `gdti:987659999999..9`.
        (_, Some(tail)) => unescape(tail, key.longest).map(Some),
    }
}

fn unescape(text: &str, longest: usize) -> Result<String, String> {
    let plain = percent::decode(text).ok_or_else(|| format!("`{text}` has a broken percent escape"))?;
    match plain.len() {
        0 => Err("a part is empty".to_owned()),
        _ if !plain.bytes().all(|b| b.is_ascii_graphic()) => {
            Err(format!("`{plain}` has characters outside GS1's set 82"))
        }
        n if n > longest => Err(format!("`{plain}` is longer than {longest} characters")),
        _ => Ok(plain),
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// The URN of an identifier whose company prefix has that many digits.
///
/// # Errors
/// A length outside 6 to 12 or longer than the key.
pub fn write(identifier: &Identifier, prefix_digits: usize) -> Result<String> {
    let key = identifier.key;
    if !PREFIX_DIGITS.contains(&prefix_digits) || identifier.primary.len() < prefix_digits + usize::from(key.filler) {
        return Err(Error::invalid(format!("a company prefix has 6 to 12 digits, not {prefix_digits}")));
    }
    let stem = stem(identifier, prefix_digits);
    if !stem.split('.').next().is_some_and(is_digits) {
        return Err(Error::invalid(format!("`{}` does not begin with {prefix_digits} digits", identifier.primary)));
    }
    let tail = match (key.tail, &identifier.qualifier) {
        (Tail::None, _) => String::new(),
        (Tail::Extension(_), None) => ".0".to_owned(),
        (_, None) => ".*".to_owned(),
        (_, Some(text)) => format!(".{}", percent::encode_urn(text)),
    };
    let space = if tail == ".*" { "idpat" } else { key.space };
    Ok(format!("urn:epc:{space}:{}:{stem}{tail}", key.scheme))
}

fn stem(identifier: &Identifier, prefix_digits: usize) -> String {
    let (key, primary) = (identifier.key, identifier.primary.as_str());
    if key.digits == 0 {
        let (prefix, reference) = primary.split_at(prefix_digits);
        return format!("{prefix}.{}", percent::encode_urn(reference));
    }
    let from = usize::from(key.filler || key.indicator);
    let indicator = if key.indicator { &primary[..1] } else { "" };
    let end = key.digits + usize::from(key.filler);
    let (prefix, reference) = primary[from..end].split_at(prefix_digits);
    let pieces = if key.pieces { format!(".{}.{}", &primary[14..16], &primary[16..18]) } else { String::new() };
    format!("{prefix}.{indicator}{reference}{pieces}")
}
