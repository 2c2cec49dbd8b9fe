//! Cuts Rust text into tokens, just finely enough for the house rules: a word in a comment or in a
//! string is not code. Grammar: the Rust reference, chapters 2.2 to 2.6 (lexical structure).

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Word,
    /// The text between the quotes, escapes as they were written.
    Str,
    Comment,
    /// One character.
    Sign,
    /// Character literals, lifetimes and numbers.
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    pub kind: Kind,
    pub text: &'a str,
    /// The line it begins on, from 1.
    pub line: usize,
}

impl Token<'_> {
    pub fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text == word
    }
}

pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let (mut at, mut line) = (0, 1);
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let (kind, length, inner) = next(rest, first);
        if let Some(kind) = kind {
            found.push(Token { kind, text: &rest[inner.0..inner.1], line });
        }
        line += rest[..length].matches('\n').count();
        at += length;
    }
    found
}

type Inner = (usize, usize);

/// What begins here: its kind (none for blanks), its whole length, and the part of it that matters.
fn next(rest: &str, first: char) -> (Option<Kind>, usize, Inner) {
    let whole = |kind, length| (Some(kind), length, (0, length));
    if first.is_whitespace() {
        return (None, first.len_utf8(), (0, 0));
    }
    if rest.starts_with("//") {
        return whole(Kind::Comment, rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return whole(Kind::Comment, block_comment(rest));
    }
    if let Some((length, inner)) = string(rest) {
        return (Some(Kind::Str), length, inner);
    }
    match first {
        '\'' => whole(Kind::Other, quote(rest)),
        c if c.is_alphabetic() || c == '_' => whole(Kind::Word, word(rest)),
        c if c.is_ascii_digit() => whole(Kind::Other, word(rest)),
        c => whole(Kind::Sign, c.len_utf8()),
    }
}

fn word(rest: &str) -> usize {
    rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        let here = &rest.as_bytes()[at..];
        let step = match (here.starts_with(b"/*"), here.starts_with(b"*/")) {
            (true, _) => 1,
            (_, true) => -1,
            _ => 0,
        };
        depth += step;
        at += if step == 0 { 1 } else { 2 };
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// A plain, byte, C or raw string: its whole length and the place of its content.
fn string(rest: &str) -> Option<(usize, Inner)> {
    let prefix = rest.find(|c: char| !matches!(c, 'b' | 'c' | 'r')).filter(|n| *n <= 2)?;
    let after = &rest[prefix..];
    if rest[..prefix].contains('r') {
        let hashes = after.len() - after.trim_start_matches('#').len();
        let open = prefix + hashes + 1;
        after[hashes..].starts_with('"').then_some(())?;
        let close = format!("\"{}", "#".repeat(hashes));
        let length = rest[open..].find(&close).unwrap_or(rest.len() - open);
        return Some(((open + length + close.len()).min(rest.len()), (open, open + length)));
    }
    after.starts_with('"').then_some(())?;
    let end = closing(&rest[prefix + 1..], '"') + prefix + 1;
    Some(((end + 1).min(rest.len()), (prefix + 1, end)))
}

/// Where the closing quote stands, escapes passed over.
fn closing(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at,
            _ => {}
        }
    }
    rest.len()
}

/// A character literal or a lifetime.
fn quote(rest: &str) -> usize {
    let mut after = rest[1..].chars();
    match (after.next(), after.next()) {
        (Some('\\'), _) => (closing(&rest[1..], '\'') + 2).min(rest.len()),
        (Some(c), Some('\'')) => 2 + c.len_utf8(),
        _ => 1 + word(&rest[1..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(Kind, &str)> {
        tokens(text).into_iter().map(|t| (t.kind, t.text)).collect()
    }

    #[test]
    fn words_in_strings_and_comments_are_not_code() {
        let found = kinds("a // b\n\"c\\\"d\" r#\"e\"f\"# /* g /* h */ */ i");
        let expected = [
            (Kind::Word, "a"),
            (Kind::Comment, "// b"),
            (Kind::Str, "c\\\"d"),
            (Kind::Str, "e\"f"),
            (Kind::Comment, "/* g /* h */ */"),
            (Kind::Word, "i"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn lifetimes_do_not_open_character_literals() {
        let found = kinds("&'a str '\\'' 'x' b'\"' y");
        let words: Vec<&str> = found.iter().filter(|t| t.0 == Kind::Word).map(|t| t.1).collect();
        assert_eq!(words, ["str", "b", "y"]);
        assert!(found.iter().all(|t| t.0 != Kind::Str));
    }

    #[test]
    fn lines_are_counted_through_strings_of_many_lines() {
        let found = tokens("\"one\ntwo\"\nthree");
        assert_eq!((found[1].text, found[1].line), ("three", 3));
    }

    #[test]
    fn text_cut_off_in_the_middle_does_not_break_it() {
        for text in ["\"open", "r#\"open", "/* open", "'", "b", "r#"] {
            assert!(tokens(text).len() <= 2, "{text}");
        }
    }
}
