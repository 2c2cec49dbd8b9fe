//! `encode`, `decode`, `escape`, `unescape`. <https://hl7.org/fhirpath/#additional-string-functions>

use crate::evaluate::Invocation;
use crate::fault::Result;
use crate::item::{Item, Items, none, one, perhaps};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use std::borrow::Cow;
use std::fmt::Write as _;

fn two<'a>(call: &Invocation<'a, '_>, items: &[Item<'a>]) -> Result<Option<(Cow<'a, str>, Cow<'a, str>)>> {
    let text = call.input_text(items)?;
    Ok(text.zip(call.argument_text(0)?))
}

pub fn encode<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let Some((text, format)) = two(call, &items)? else { return Ok(none()) };
    call.evaluation.spend_text(call.at, text.len() * 2)?;
    let encoded = match format.as_ref() {
        "base64" => STANDARD.encode(text.as_bytes()),
        "urlbase64" => URL_SAFE.encode(text.as_bytes()),
        "hex" => text.bytes().fold(String::new(), |mut out, byte| {
            // Writing to a String cannot fail.
            let _ = write!(out, "{byte:02x}");
            out
        }),
        _ => return Err(call.fault("the format is base64, urlbase64 or hex")),
    };
    Ok(one(Item::text(encoded)))
}

pub fn decode<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let Some((text, format)) = two(call, &items)? else { return Ok(none()) };
    let bytes = match format.as_ref() {
        "base64" => STANDARD.decode(text.as_bytes()).ok(),
        "urlbase64" => URL_SAFE.decode(text.as_bytes()).ok(),
        "hex" => hex(&text),
        _ => return Err(call.fault("the format is base64, urlbase64 or hex")),
    };
    Ok(perhaps(bytes.and_then(|bytes| String::from_utf8(bytes).ok()).map(Item::text)))
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let pair = |pair: &[u8]| match pair {
        [high, low] => u8::try_from(digit(high)? * 16 + digit(low)?).ok(),
        _ => None,
    };
    text.as_bytes().chunks(2).map(pair).collect()
}

/// The ampersand first, so that it is not escaped twice.
const HTML: &[(&str, &str)] = &[("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", "&#39;")];
const JSON: &[(&str, &str)] = &[("\\", "\\\\"), ("\"", "\\\""), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")];

pub fn escape<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let Some((text, target)) = two(call, &items)? else { return Ok(none()) };
    call.evaluation.spend_text(call.at, text.len() * 6)?;
    let table = table(call, &target)?;
    let escaped = table.iter().fold(text.into_owned(), |text, (plain, escaped)| text.replace(plain, escaped));
    Ok(one(Item::text(escaped)))
}

pub fn unescape<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let Some((text, target)) = two(call, &items)? else { return Ok(none()) };
    let table = table(call, &target)?;
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    while let Some(letter) = rest.chars().next() {
        let (plain, length) = match table.iter().find(|(_, escaped)| rest.starts_with(escaped)) {
            Some((plain, escaped)) => (*plain, escaped.len()),
            None => (&rest[..letter.len_utf8()], letter.len_utf8()),
        };
        out.push_str(plain);
        rest = &rest[length..];
    }
    Ok(one(Item::text(out)))
}

fn table(call: &Invocation<'_, '_>, target: &str) -> Result<&'static [(&'static str, &'static str)]> {
    match target {
        "html" => Ok(HTML),
        "json" => Ok(JSON),
        _ => Err(call.fault("the target is html or json")),
    }
}
