//! Words and numbers of a text, with where they stand.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'t> {
    pub text: &'t str,
    pub at: usize,
}

impl Token<'_> {
    pub fn end(&self) -> usize {
        self.at + self.text.len()
    }

    pub fn is_number(&self) -> bool {
        self.text.bytes().all(|byte| byte.is_ascii_digit())
    }

    pub fn is_capital(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_uppercase)
    }
}

/// Letters with apostrophes and hyphens inside, or digits.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut letters = text.char_indices().peekable();
    while let Some((at, first)) = letters.next() {
        if !first.is_alphanumeric() {
            continue;
        }
        let is_word = first.is_alphabetic();
        let mut end = at + first.len_utf8();
        while let Some((next, letter)) = letters.peek().copied() {
            let inside = if is_word { letter.is_alphabetic() } else { letter.is_numeric() };
            let joins = is_word && "'’-".contains(letter) && follows(text, next + letter.len_utf8());
            if !inside && !joins {
                break;
            }
            end = next + letter.len_utf8();
            letters.next();
        }
        found.push(Token { text: &text[at..end], at });
    }
    found
}

fn follows(text: &str, at: usize) -> bool {
    text[at..].chars().next().is_some_and(char::is_alphabetic)
}

/// Does a sentence, a line or a speech begin there?
pub(super) fn begins(text: &str, at: usize) -> bool {
    let before = text[..at].trim_end_matches([' ', '"', '“', '(', '>']);
    before.chars().next_back().is_none_or(|last| ".!?:\n".contains(last))
}

/// In small letters without marks, as names are compared: `É` and `e` are one.
pub(super) fn folded(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).map(plain).collect()
}

const MARKS: &[(&str, char)] = &[
    ("àáâãäåāăą", 'a'),
    ("çćĉċč", 'c'),
    ("ďđ", 'd'),
    ("èéêëēĕėęě", 'e'),
    ("ìíîïĩīĭį", 'i'),
    ("ñńņň", 'n'),
    ("òóôõöøōŏő", 'o'),
    ("ŕřŗ", 'r'),
    ("śŝşšș", 's'),
    ("ţťț", 't'),
    ("ùúûüũūŭůűų", 'u'),
    ("ýÿ", 'y'),
    ("źżž", 'z'),
    ("łĺļľ", 'l'),
];

fn plain(letter: char) -> char {
    if letter.is_ascii() {
        return letter;
    }
    MARKS.iter().find(|(marked, _)| marked.contains(letter)).map_or(letter, |(_, plain)| *plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_numbers_are_told_apart() {
        let texts: Vec<&str> = tokens("Dr. O'Neil-Šmíd's 12b, x-ray- 3").iter().map(|t| t.text).collect();
        assert_eq!(texts, ["Dr", "O'Neil-Šmíd's", "12", "b", "x-ray", "3"]);
        assert_eq!(folded("ŠMÍD"), "smid");
        assert!(begins("a. B", 3) && begins("x", 0) && !begins("a B", 2) && begins("Bot: \"B", 6));
    }
}
