//! Search values as they are written: commas for "or", bars between parts, backslashes before both, prefixes.
//! <http://hl7.org/fhir/R4/search.html#escaping>, <http://hl7.org/fhir/R4/search.html#prefix>

use std::borrow::Cow;

/// Splits where the separator stands without a backslash before it; the parts keep their escapes.
pub fn split(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut escaped) = (0, false);
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if letter == separator => {
                parts.push(&text[start..at]);
                start = at + letter.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// Takes the backslash from `\,` `\$` `\|` `\\`; before anything else it is an ordinary character.
pub fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, letters.peek()) {
            ('\\', Some(',' | '$' | '|' | '\\')) => out.extend(letters.next()),
            _ => out.push(letter),
        }
    }
    Cow::Owned(out)
}

/// How an ordered value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefix {
    Eq,
    Ne,
    Gt,
    Lt,
    Ge,
    Le,
    Sa,
    Eb,
    Ap,
    /// What is stored holds what is searched: `co` of `_filter`, no prefix of a value.
    Holds,
}

const PREFIXES: &[(&str, Prefix)] = &[
    ("eq", Prefix::Eq),
    ("ne", Prefix::Ne),
    ("gt", Prefix::Gt),
    ("lt", Prefix::Lt),
    ("ge", Prefix::Ge),
    ("le", Prefix::Le),
    ("sa", Prefix::Sa),
    ("eb", Prefix::Eb),
    ("ap", Prefix::Ap),
];

impl Prefix {
    /// The prefix before the value (`eq` if there is none) and the value.
    pub fn take(text: &str) -> (Self, &str) {
        let found = PREFIXES.iter().find_map(|(code, prefix)| Some((*prefix, text.strip_prefix(code)?)));
        found.unwrap_or((Self::Eq, text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_only_where_nothing_is_escaped() {
        assert_eq!(split(r"a,b\,c,d\\,e", ','), [r"a", r"b\,c", r"d\\", "e"]);
        assert_eq!(split("", ','), [""]);
        assert_eq!(unescape(r"b\,c\|d\$e\\f\g\"), r"b,c|d$e\f\g\");
    }

    #[test]
    fn prefixes_are_taken_off() {
        assert_eq!(Prefix::take("ge2020"), (Prefix::Ge, "2020"));
        assert_eq!(Prefix::take("2020"), (Prefix::Eq, "2020"));
        assert_eq!(Prefix::take("ap5.4|u|mg"), (Prefix::Ap, "5.4|u|mg"));
    }
}
