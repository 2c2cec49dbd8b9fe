//! Characters, names, references: productions 2, 4, 5, 66 and 68 of <https://www.w3.org/TR/xml/>.

use std::borrow::Cow;

/// May the character stand in a document, as itself or by reference?
pub fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

/// Where a character stands that no document may hold.
pub(super) fn illegal(text: &str) -> Option<usize> {
    // U+FFFE and U+FFFF begin with 0xEF; few texts hold that byte at all.
    let suspicious = |byte: &u8| (*byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || *byte == 0xef;
    if !text.as_bytes().iter().fold(false, |found, byte| found | suspicious(byte)) {
        return None;
    }
    text.char_indices().find(|(_, c)| !is_char(*c)).map(|(at, _)| at)
}

/// A name as the productions say for ASCII; beyond it every character is taken.
pub fn is_name(name: &str) -> bool {
    let starts = |c: char| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii();
    let goes_on = |c: char| starts(c) || c.is_ascii_digit() || matches!(c, '-' | '.');
    name.chars().next().is_some_and(starts) && name.chars().all(goes_on)
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// The character that `&name;` stands for, where `name` is one of XML's five or a number.
pub(super) fn resolve(name: &str) -> Option<char> {
    let number = |digits: &str, radix| {
        let digits = digits.bytes().all(|b| b.is_ascii_alphanumeric()).then_some(digits)?;
        u32::from_str_radix(digits, radix).ok().and_then(char::from_u32).filter(|c| is_char(*c))
    };
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => match name.strip_prefix('#')? {
            hex if hex.starts_with('x') => number(&hex[1..], 16),
            decimal => number(decimal, 10),
        },
    }
}

/// The value of an attribute as <https://www.w3.org/TR/xml/#AVNormalize> reads it.
///
/// # Errors
/// The place within `raw`, and what is wrong there.
pub(super) fn value(raw: &str) -> Result<Cow<'_, str>, (usize, String)> {
    if let Some(at) = raw.find('<') {
        return Err((at, "'<' in an attribute is written &lt;".to_owned()));
    }
    if !raw.bytes().any(|b| matches!(b, b'&' | b'\t' | b'\r' | b'\n')) {
        return Ok(Cow::Borrowed(raw));
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(['&', '\t', '\r', '\n']) {
        out.push_str(&rest[..at]);
        let place = raw.len() - rest.len() + at;
        let found = &rest[at..];
        if let Some(named) = found.strip_prefix('&') {
            let (name, after) = named.split_once(';').unwrap_or((named, ""));
            let known = resolve(name).filter(|_| named.len() > name.len());
            out.push(known.ok_or_else(|| (place, unknown(name)))?);
            rest = after;
        } else {
            out.push(' ');
            rest = found.strip_prefix("\r\n").unwrap_or(&found[1..]);
        }
    }
    out.push_str(rest);
    Ok(Cow::Owned(out))
}

pub(super) fn unknown(name: &str) -> String {
    let shown: String = name.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '#').take(32).collect();
    format!("'&{shown}' is none of XML's references; write &amp; for '&', or the character itself in UTF-8")
}

/// Appends the text so that it reads the same in an attribute or between tags.
///
/// # Errors
/// The character that no XML document can hold.
pub fn escape(text: &str, out: &mut Vec<u8>) -> Result<(), char> {
    if let Some(at) = illegal(text) {
        return Err(text[at..].chars().next().unwrap_or_default());
    }
    let bytes = text.as_bytes();
    let mut from = 0;
    for (i, byte) in bytes.iter().enumerate() {
        let escape: &[u8] = match byte {
            b'<' => b"&lt;",
            b'>' => b"&gt;",
            b'&' => b"&amp;",
            b'"' => b"&quot;",
            b'\t' => b"&#9;",
            b'\n' => b"&#10;",
            b'\r' => b"&#13;",
            _ => continue,
        };
        out.extend_from_slice(&bytes[from..i]);
        out.extend_from_slice(escape);
        from = i + 1;
    }
    out.extend_from_slice(&bytes[from..]);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn white_space_of_an_attribute_becomes_spaces_unless_it_is_a_reference() {
        assert_eq!(value("a\r\nb\tc\nd&#10;e&#x9;f").unwrap(), "a b c d\ne\tf");
        assert_eq!(value("&lt;&gt;&amp;&apos;&quot;&#233;&#xE9;").unwrap(), "<>&'\"éé");
        assert!(matches!(value("plain é"), Ok(Cow::Borrowed(_))));
    }

    #[test]
    fn what_is_no_reference_is_refused_at_its_place() {
        for (raw, at) in [
            ("ab&nbsp;", 2),
            ("&", 0),
            ("x&amp", 1),
            ("&#0;", 0),
            ("&#xFFFE;", 0),
            ("&#x110000;", 0),
            ("&#-1;", 0),
            ("&#+5;", 0),
            ("a<b", 1),
        ] {
            assert_eq!(value(raw).unwrap_err().0, at, "{raw}");
        }
    }

    #[test]
    fn names_begin_with_a_letter_or_a_low_line() {
        assert!(["a", "_b", "value.x-1", "é"].into_iter().all(is_name));
        assert!(!["", "1a", "-a", "a b", "a:b", "a/"].into_iter().any(is_name));
    }

    proptest! {
        #[test]
        fn what_is_escaped_reads_the_same(text in any::<String>()) {
            let mut out = Vec::new();
            match escape(&text, &mut out) {
                Err(c) => prop_assert!(!is_char(c)),
                Ok(()) => {
                    let escaped = String::from_utf8(out).unwrap();
                    prop_assert_eq!(value(&escaped).unwrap(), text);
                }
            }
        }
    }
}
