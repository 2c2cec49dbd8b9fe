//! One reading as a JSON object. The plain spelling (no escapes, no exponent, known members once) is read in place;
//! whatever is odd goes through the full JSON reader, which also finds the words for what is wrong.

use super::{Raw, Sink, number};
use crate::nearest;
use std::borrow::Cow;
use theriac_core::json::{self, Node};

const MEMBERS: &[&str] = &["property", "time", "value", "unit", "quality"];

/// How the message about text that is not JSON begins.
pub(super) const NOT_JSON: &str = "not JSON";

/// Reads the object at the start of `text`; gives its length if it was of the plain spelling and was taken.
pub(super) fn plain(text: &[u8], sink: &mut Sink) -> Option<usize> {
    let mut cursor = Cursor { text, at: 0 };
    let mut raw = Raw { property: b"", time: b"", value: f64::NAN, unit: b"", quality: b"" };
    cursor.expect(b'{')?;
    loop {
        cursor.space();
        let member = cursor.string()?;
        cursor.space();
        cursor.expect(b':')?;
        cursor.space();
        match member {
            b"property" if raw.property.is_empty() => raw.property = cursor.filled()?,
            b"time" if raw.time.is_empty() => raw.time = cursor.filled()?,
            b"value" if raw.value.is_nan() => raw.value = cursor.number()?,
            b"unit" if raw.unit.is_empty() => raw.unit = cursor.filled()?,
            b"quality" if raw.quality.is_empty() => raw.quality = cursor.filled()?,
            _ => return None,
        }
        cursor.space();
        match cursor.next()? {
            b',' => {}
            b'}' => break,
            _ => return None,
        }
    }
    sink.reading(raw).ok().map(|()| cursor.at)
}

/// Reads any object; the error says what is wrong with it.
pub(super) fn full(text: &[u8], sink: &mut Sink) -> Result<(), String> {
    let node = json::parse(text).map_err(|e| format!("{NOT_JSON}: column {}: {}", e.column, e.message))?;
    let Node::Object(object) = &node else {
        return Err(format!("a reading must be an object, not {}", node.kind()));
    };
    for (name, _) in object.iter() {
        if !MEMBERS.contains(&name) {
            return Err(nearest::unknown("member", name, MEMBERS));
        }
    }
    let property = needed_text(&node, "property")?;
    let time = needed_text(&node, "time")?;
    let value = match node.get("value") {
        None => return Err("value is needed; leave out readings that have no value".to_owned()),
        Some(Node::Number(text)) => number::cell(text.as_bytes())?,
        Some(other) => return Err(format!("value must be a number, not {}", other.kind())),
    };
    let unit = optional_text(&node, "unit", || "unit is empty; leave it out for the property's own".to_owned())?;
    let quality = optional_text(&node, "quality", || nearest::unknown("quality", "", super::Quality::NAMES))?;
    let (unit, quality) = (unit.as_bytes(), quality.as_bytes());
    sink.reading(Raw { property: property.as_bytes(), time: time.as_bytes(), value, unit, quality })
}

/// Empty where it is not there.
fn optional_text<'n>(node: &'n Node<'_>, name: &str, empty: impl Fn() -> String) -> Result<&'n str, String> {
    match node.get(name) {
        None | Some(Node::Null) => Ok(""),
        Some(Node::String(text)) if text.is_empty() => Err(empty()),
        Some(Node::String(text)) => Ok(text),
        Some(other) => Err(format!("{name} must be a string, not {}", other.kind())),
    }
}

fn needed_text<'n>(node: &'n Node<'_>, name: &str) -> Result<Cow<'n, str>, String> {
    match node.get(name) {
        None => Err(format!("{name} is needed")),
        Some(Node::String(text)) => Ok(Cow::Borrowed(text)),
        Some(other) => Err(format!("{name} must be a string, not {}", other.kind())),
    }
}

struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn next(&mut self) -> Option<u8> {
        let byte = *self.text.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }

    fn space(&mut self) {
        while matches!(self.text.get(self.at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// The bytes between two quotes. An escape would end the slice in a backslash, or leave one in it: no member
    /// name, address, time, unit or quality holds one, so such a string is never taken here.
    fn string(&mut self) -> Option<&'a [u8]> {
        self.expect(b'"')?;
        let rest = &self.text[self.at..];
        let length = memchr::memchr(b'"', rest)?;
        self.at += length + 1;
        Some(&rest[..length])
    }

    /// Not empty, so that a second member of the name is always seen to be one.
    fn filled(&mut self) -> Option<&'a [u8]> {
        self.string().filter(|text| !text.is_empty())
    }

    fn number(&mut self) -> Option<f64> {
        let (value, length) = number::short(&self.text[self.at..])?;
        self.at += length;
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::Batch;
    use proptest::prelude::*;

    const OBJECT: &str =
        r#"{"property":"a.b", "time":"2026-11-20T08:00:00.5Z","value" :-12.50,"unit":"kN","quality":"bad"}"#;

    fn by_plain(text: &[u8]) -> Option<Batch> {
        let mut sink = Sink::default();
        plain(text, &mut sink).filter(|length| *length == text.len()).map(|_| sink.batch)
    }

    fn by_full(text: &[u8]) -> Option<Batch> {
        let mut sink = Sink::default();
        full(text, &mut sink).ok().map(|()| sink.batch)
    }

    #[test]
    fn the_usual_spelling_is_read_in_place() {
        assert!(by_plain(OBJECT.as_bytes()).is_some());
        assert_eq!(by_plain(OBJECT.as_bytes()), by_full(OBJECT.as_bytes()));
    }

    #[test]
    fn a_member_that_stands_twice_is_refused_both_ways() {
        for member in [r#""time":"","#, r#""value":1,"#, r#""quality":"good","#, r#""unit":"N","#, r#""property":"","#]
        {
            let text = OBJECT.replacen('{', &format!("{{{member}"), 1);
            assert_eq!((by_plain(text.as_bytes()), by_full(text.as_bytes())), (None, None), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]
        #[test]
        fn what_is_read_in_place_the_full_reader_reads_the_same(
            at in 0..OBJECT.len(), byte in prop_oneof![any::<u8>(), proptest::sample::select(b"\"\\,:{}[]-.0e ".to_vec())],
            insert in any::<bool>(),
        ) {
            let mut text = OBJECT.as_bytes().to_vec();
            if insert { text.insert(at, byte) } else { text[at] = byte }
            if let Some(batch) = by_plain(&text) {
                prop_assert_eq!(Some(batch), by_full(&text), "{}", String::from_utf8_lossy(&text));
            }
        }
    }
}
