//! The lexical forms of primitives, matched by hand: <http://hl7.org/fhir/R4/datatypes.html#primitive>.
//! Each matcher takes what the standard's regular expression takes, and what its prose asks beyond it (ranges of
//! integers, real calendar days, length of strings).

use crate::definition::Primitive as P;
use theriac_core::json::Node;

/// Strings are not larger than 1 MB, in characters.
const LONGEST_STRING: usize = 1024 * 1024;

/// Is the value of the JSON kind the type is written in?
pub fn is_of_kind(kind: P, value: &Node<'_>) -> bool {
    match kind {
        P::Boolean => matches!(value, Node::Bool(_)),
        P::Decimal | P::Integer | P::UnsignedInt | P::PositiveInt => matches!(value, Node::Number(_)),
        _ => matches!(value, Node::String(_)),
    }
}

/// Says what would be right, if the value is not of the type.
pub fn check(kind: P, value: &Node<'_>) -> Result<(), &'static str> {
    match (value, kind) {
        (Node::Bool(_), P::Boolean) => Ok(()),
        (Node::Number(text), P::Decimal | P::Integer | P::UnsignedInt | P::PositiveInt) => number(kind, text),
        (_, P::Boolean) => Err("must be a JSON boolean: true or false"),
        (_, P::Decimal) => Err("must be a JSON number"),
        (_, P::Integer | P::UnsignedInt | P::PositiveInt) => Err("must be a JSON number without a fraction"),
        (Node::String(text), _) => string(kind, text),
        _ => Err("must be a JSON string"),
    }
}

fn number(kind: P, text: &str) -> Result<(), &'static str> {
    let integer = || text.parse::<i32>().ok();
    match kind {
        P::Decimal => Ok(()),
        P::Integer => ok(integer().is_some(), "must be an integer from -2147483648 to 2147483647"),
        P::UnsignedInt => ok(integer().is_some_and(|n| n >= 0), "must be an integer from 0 to 2147483647"),
        _ => ok(integer().is_some_and(|n| n >= 1), "must be an integer from 1 to 2147483647"),
    }
}

fn string(kind: P, text: &str) -> Result<(), &'static str> {
    let bytes = text.as_bytes();
    if bytes.is_empty() {
        return Err("must not be empty; leave it out instead");
    }
    match kind {
        P::String | P::Markdown => free_text(text),
        P::Code => ok(is_code(text), "must be a code: no space at either end, none doubled"),
        P::Id => ok(is_id(bytes), "must be an id: 1 to 64 letters, digits, '-' or '.'"),
        P::Uri | P::Url | P::Canonical => ok(!has_space(text), "must be an address without white space"),
        P::Oid => ok(is_oid(bytes), "must be an object identifier such as urn:oid:1.2.3"),
        P::Uuid => ok(is_uuid(bytes), "must be lower case, such as urn:uuid:c757873d-ec9a-4326-a141-556f43239520"),
        P::Date => ok(date(bytes).is_some_and(<[u8]>::is_empty), "must be a date: YYYY, YYYY-MM or YYYY-MM-DD"),
        P::DateTime => ok(
            is_date_time(bytes),
            "must be a dateTime: a date, or YYYY-MM-DDThh:mm:ss with a zone, such as 2015-02-07T13:28:17-05:00",
        ),
        P::Instant => ok(
            is_instant(bytes),
            "must be an instant: YYYY-MM-DDThh:mm:ss with a zone, such as 2015-02-07T13:28:17.239+02:00",
        ),
        P::Time => ok(time(bytes).is_some_and(<[u8]>::is_empty), "must be a time: hh:mm:ss, without a zone"),
        P::Base64Binary => ok(is_base64(bytes), "must be base64 in groups of four, padded with '='"),
        P::Xhtml => ok(is_div(bytes), "must be XHTML that begins with <div and ends with </div>"),
        P::Boolean | P::Decimal | P::Integer | P::UnsignedInt | P::PositiveInt => Err("must not be a JSON string"),
    }
}

fn ok(fits: bool, message: &'static str) -> Result<(), &'static str> {
    if fits { Ok(()) } else { Err(message) }
}

fn free_text(text: &str) -> Result<(), &'static str> {
    let control = |byte: &u8| (*byte < 0x20) & !matches!(byte, b'\t' | b'\n' | b'\r');
    if text.as_bytes().iter().fold(false, |found, byte| found | control(byte)) {
        return Err("must not hold control characters other than tab, line feed and carriage return");
    }
    let long = text.len() > LONGEST_STRING && text.chars().count() > LONGEST_STRING;
    ok(!long, "must not be longer than 1048576 characters")
}

fn has_space(text: &str) -> bool {
    let low = text.as_bytes().iter().fold(false, |found, byte| found | (*byte <= 0x20));
    low || (!text.is_ascii() && text.contains(char::is_whitespace))
}

/// `[^\s]+(\s[^\s]+)*`
fn is_code(text: &str) -> bool {
    if !has_space(text) {
        return true;
    }
    let mut after_space = true;
    for c in text.chars() {
        if c.is_whitespace() && after_space {
            return false;
        }
        after_space = c.is_whitespace();
    }
    !after_space
}

fn is_id(bytes: &[u8]) -> bool {
    bytes.len() <= 64 && bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
}

/// `urn:oid:[0-2](\.(0|[1-9][0-9]*))+`
fn is_oid(bytes: &[u8]) -> bool {
    let Some(arcs) = bytes.strip_prefix(b"urn:oid:") else { return false };
    let mut arcs = arcs.split(|b| *b == b'.');
    let first = matches!(arcs.next(), Some([b'0'..=b'2']));
    let mut count = 0;
    let rest = arcs.all(|arc| {
        count += 1;
        arc == b"0" || (!arc.is_empty() && arc[0] != b'0' && arc.iter().all(u8::is_ascii_digit))
    });
    first && rest && count > 0
}

fn is_uuid(bytes: &[u8]) -> bool {
    let Some(uuid) = bytes.strip_prefix(b"urn:uuid:").filter(|u| u.len() == 36) else { return false };
    uuid.iter().enumerate().all(|(i, b)| match i {
        8 | 13 | 18 | 23 => *b == b'-',
        _ => matches!(b, b'0'..=b'9' | b'a'..=b'f'),
    })
}

/// Groups of four with padding in the last one; white space may stand anywhere, as the expression lets it.
fn is_base64(bytes: &[u8]) -> bool {
    let (mut count, mut padding) = (0usize, 0usize);
    for byte in bytes {
        match byte {
            b'=' => padding += 1,
            b' ' | b'\t' | b'\r' | b'\n' => continue,
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' if padding == 0 => {}
            _ => return false,
        }
        count += 1;
    }
    count > 0 && count % 4 == 0 && padding <= 2
}

fn is_div(bytes: &[u8]) -> bool {
    let trimmed = bytes.trim_ascii();
    let opened = trimmed.strip_prefix(b"<div").and_then(|rest| rest.first());
    let closed = trimmed.ends_with(b"</div>") || trimmed.ends_with(b"/>");
    closed && matches!(opened, Some(b' ' | b'>' | b'\t' | b'\r' | b'\n' | b'/'))
}

/// Two digits within the range, and what follows.
fn two(bytes: &[u8], low: u8, high: u8) -> Option<(u8, &[u8])> {
    let [tens @ b'0'..=b'9', ones @ b'0'..=b'9', rest @ ..] = bytes else { return None };
    let value = (tens - b'0') * 10 + (ones - b'0');
    (low..=high).contains(&value).then_some((value, rest))
}

fn after(bytes: &[u8], mark: u8) -> Option<&[u8]> {
    bytes.split_first().filter(|(first, _)| **first == mark).map(|(_, rest)| rest)
}

/// Takes `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, and gives what follows.
fn date(bytes: &[u8]) -> Option<&[u8]> {
    let (century, rest) = two(bytes, 0, 99)?;
    let (year, rest) = two(rest, 0, 99)?;
    let year = u16::from(century) * 100 + u16::from(year);
    if year == 0 {
        return None;
    }
    let Some(rest) = after(rest, b'-') else { return Some(rest) };
    let (month, rest) = two(rest, 1, 12)?;
    let Some(rest) = after(rest, b'-') else { return Some(rest) };
    Some(two(rest, 1, days(year, month))?.1)
}

fn days(year: u16, month: u8) -> u8 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Takes `hh:mm:ss` with a fraction or without (second 60 is a leap second), and gives what follows.
fn time(bytes: &[u8]) -> Option<&[u8]> {
    let (_, rest) = two(bytes, 0, 23)?;
    let (_, rest) = two(after(rest, b':')?, 0, 59)?;
    let (_, rest) = two(after(rest, b':')?, 0, 60)?;
    let Some(fraction) = after(rest, b'.') else { return Some(rest) };
    let digits = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
    (digits > 0).then(|| &fraction[digits..])
}

/// `Z`, or `+hh:mm` up to 14:00.
fn is_zone(bytes: &[u8]) -> bool {
    let offset = match bytes {
        b"Z" => return true,
        [b'+' | b'-', offset @ ..] => offset,
        _ => return false,
    };
    let minutes =
        two(offset, 0, 14).and_then(|(hour, rest)| two(after(rest, b':')?, 0, if hour == 14 { 0 } else { 59 }));
    minutes.is_some_and(|(_, rest)| rest.is_empty())
}

fn is_date_time(bytes: &[u8]) -> bool {
    date(bytes).is_some_and(<[u8]>::is_empty) || is_instant(bytes)
}

fn is_instant(bytes: &[u8]) -> bool {
    let zone = bytes.get(10..).and_then(|rest| time(after(rest, b'T')?));
    zone.is_some_and(is_zone) && date(&bytes[..10]).is_some_and(<[u8]>::is_empty)
}

#[cfg(test)]
mod tests;
