//! From text to words. <http://hl7.org/fhirpath/N1/#lexical-elements>

use crate::fault::{Fault, Position, Result};
use crate::temporal::Temporal;

/// Longest expression read, in bytes.
pub const LONGEST: usize = 65_536;

#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    /// A plain word; keywords are words too.
    Word(String),
    /// A name in backticks.
    Delimited(String),
    Text(String),
    /// Digits with at most one dot.
    Number(String),
    Temporal(Temporal),
    /// `$this`, `$index`, `$total`.
    Special(&'static str),
    /// `%name`
    Variable(String),
    Symbol(&'static str),
    End,
}

/// The longer ones first.
const SYMBOLS: &[&str] =
    &["!=", "!~", "<=", ">=", "(", ")", "[", "]", "{", "}", ".", ",", "+", "-", "*", "/", "&", "|", "=", "~", "<", ">"];
const SPECIALS: &[&str] = &["$this", "$index", "$total"];

impl Token {
    /// For messages.
    pub fn name(&self) -> String {
        match self {
            Self::Word(word) => format!("`{word}`"),
            Self::Delimited(name) => format!("the name `{name}`"),
            Self::Text(_) => "a text".to_owned(),
            Self::Number(digits) => format!("the number {digits}"),
            Self::Temporal(value) => format!("the date or time {value}"),
            Self::Special(word) => format!("`{word}`"),
            Self::Variable(name) => format!("`%{name}`"),
            Self::Symbol(symbol) => format!("`{symbol}`"),
            Self::End => "the end".to_owned(),
        }
    }
}

pub struct Lexer<'t> {
    text: &'t str,
    at: usize,
    position: Position,
}

/// All words with their places, `End` last.
pub fn tokens(text: &str) -> Result<Vec<(Token, Position)>> {
    if text.len() > LONGEST {
        let message = format!("an expression has at most {LONGEST} bytes, this has {}", text.len());
        return Err(Fault::syntax(Position::default(), message));
    }
    let mut lexer = Lexer { text, at: 0, position: Position::default() };
    let mut tokens = Vec::new();
    loop {
        lexer.space()?;
        let position = lexer.position;
        let token = lexer.token()?;
        let is_end = token == Token::End;
        tokens.push((token, position));
        if is_end {
            return Ok(tokens);
        }
    }
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn fail<T>(&self, message: impl Into<String>) -> Result<T> {
        Err(Fault::syntax(self.position, message))
    }

    fn skip(&mut self, bytes: usize) -> &'t str {
        let skipped = &self.rest()[..bytes];
        for letter in skipped.chars() {
            match letter {
                '\n' => self.position = Position { line: self.position.line + 1, column: 1 },
                _ => self.position.column += 1,
            }
        }
        self.at += bytes;
        skipped
    }

    fn skip_while(&mut self, goes_on: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        self.skip(rest.find(|c| !goes_on(c)).unwrap_or(rest.len()))
    }

    fn space(&mut self) -> Result<()> {
        loop {
            self.skip_while(|c| matches!(c, ' ' | '\t' | '\r' | '\n' | '\u{feff}' | '\u{a0}'));
            if self.rest().starts_with("//") {
                self.skip_while(|c| c != '\n' && c != '\r');
            } else if self.rest().starts_with("/*") {
                match self.rest()[2..].find("*/") {
                    Some(length) => self.skip(length + 4),
                    None => return self.fail("the comment that begins here has no `*/`"),
                };
            } else {
                return Ok(());
            }
        }
    }

    fn token(&mut self) -> Result<Token> {
        let Some(first) = self.rest().chars().next() else { return Ok(Token::End) };
        match first {
            'A'..='Z' | 'a'..='z' | '_' => Ok(Token::Word(self.word().to_owned())),
            '0'..='9' => Ok(Token::Number(self.number().to_owned())),
            '\'' => Ok(Token::Text(self.quoted('\'')?)),
            '`' => Ok(Token::Delimited(self.quoted('`')?)),
            '@' => self.temporal(),
            '$' => self.special(),
            '%' => self.variable(),
            _ => self.symbol(first),
        }
    }

    fn word(&mut self) -> &'t str {
        self.skip_while(|c| c.is_ascii_alphanumeric() || c == '_')
    }

    fn number(&mut self) -> &'t str {
        let start = self.at;
        self.skip_while(|c| c.is_ascii_digit());
        let mut after = self.rest().chars();
        if after.next() == Some('.') && after.next().is_some_and(|c| c.is_ascii_digit()) {
            self.skip(1);
            self.skip_while(|c| c.is_ascii_digit());
        }
        &self.text[start..self.at]
    }

    fn temporal(&mut self) -> Result<Token> {
        let Some((value, length)) = Temporal::literal(&self.rest()[1..]) else {
            return self
                .fail("`@` wants a date or a time that exists, such as @2014-01-25, @2014-01-25T14:30Z or @T14:30");
        };
        self.skip(length + 1);
        Ok(Token::Temporal(value))
    }

    fn special(&mut self) -> Result<Token> {
        let found = SPECIALS.iter().find(|word| self.rest().starts_with(**word));
        match found {
            Some(word) => {
                self.skip(word.len());
                Ok(Token::Special(word))
            }
            None => self.fail("after `$` comes `this`, `index` or `total`"),
        }
    }

    fn variable(&mut self) -> Result<Token> {
        self.skip(1);
        let rest = self.rest();
        let name = match rest.chars().next() {
            Some(quote @ ('`' | '\'' | '"')) => self.quoted(quote)?,
            // Written before names could be delimited.
            _ if rest.starts_with("vs-") || rest.starts_with("ext-") => {
                self.skip_while(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_').to_owned()
            }
            _ => self.word().to_owned(),
        };
        if name.is_empty() {
            self.fail("after `%` comes a name, as in %resource or %`vs-name`")
        } else {
            Ok(Token::Variable(name))
        }
    }

    fn symbol(&mut self, first: char) -> Result<Token> {
        match SYMBOLS.iter().find(|symbol| self.rest().starts_with(**symbol)) {
            Some(symbol) => {
                self.skip(symbol.len());
                Ok(Token::Symbol(symbol))
            }
            None => self.fail(format!("{first:?} begins nothing in FHIRPath")),
        }
    }

    /// A text in quotes of that kind, its escapes undone.
    fn quoted(&mut self, quote: char) -> Result<String> {
        let begin = self.position;
        self.skip(quote.len_utf8());
        let mut out = String::new();
        loop {
            out.push_str(self.skip_while(|c| c != quote && c != '\\'));
            if self.rest().is_empty() {
                return Err(Fault::syntax(begin, format!("the text that begins here has no closing {quote}")));
            }
            if self.rest().starts_with(quote) {
                self.skip(quote.len_utf8());
                return Ok(out);
            }
            out.push(self.escape()?);
        }
    }

    fn escape(&mut self) -> Result<char> {
        let letter = self.rest().chars().nth(1);
        let plain = match letter {
            Some(c @ ('\'' | '"' | '`' | '\\' | '/')) => c,
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => return self.unicode(),
            _ => return self.fail(r"after a backslash comes one of \' \` \\ \/ \f \n \r \t or u and four hex digits; a backslash itself is \\"),
        };
        self.skip(2);
        Ok(plain)
    }

    fn unicode(&mut self) -> Result<char> {
        let unit = |text: &str| u32::from_str_radix(text.get(2..6)?, 16).ok().filter(|_| text.starts_with("\\u"));
        let rest = self.rest();
        let (code, length) = match (unit(rest), rest.get(6..).and_then(unit)) {
            (Some(high @ 0xD800..=0xDBFF), Some(low @ 0xDC00..=0xDFFF)) => {
                (Some(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)), 12)
            }
            (code, _) => (code, 6),
        };
        match code.and_then(char::from_u32) {
            Some(letter) => {
                self.skip(length);
                Ok(letter)
            }
            None => self.fail(r"\u wants four hex digits that are a character"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Token> {
        tokens(text).unwrap().into_iter().map(|(token, _)| token).collect()
    }

    #[test]
    fn comments_and_space_are_skipped_and_places_counted() {
        let found = tokens("a /* x\n y */ // z\n  <= 'é' b").unwrap();
        let places: Vec<_> = found.iter().map(|(_, p)| (p.line, p.column)).collect();
        assert_eq!(places, [(1, 1), (3, 3), (3, 6), (3, 10), (3, 11)]);
    }

    #[test]
    fn texts_lose_their_escapes() {
        assert_eq!(words(r"'\\\/\f\r\n\t\`\'\u002a\uD83D\uDE00'")[0], Token::Text("\\/\u{c}\r\n\t`'*😀".to_owned()));
        assert_eq!(words("%`vs-a`")[0], Token::Variable("vs-a".to_owned()));
        assert_eq!(words("%ext-b-c = 1")[0], Token::Variable("ext-b-c".to_owned()));
        assert_eq!(words("1.5.a")[..3], [Token::Number("1.5".into()), Token::Symbol("."), Token::Word("a".into())]);
    }

    #[test]
    fn what_is_no_word_is_refused_where_it_stands() {
        for (text, column) in [
            ("a ; b", 3),
            ("'abc", 1),
            (r"'a\p'", 3),
            ("/* a", 1),
            ("@2014-13", 1),
            ("$that", 1),
            ("% a", 2),
            (r"'\uD800'", 2),
            ("`a", 1),
        ] {
            assert_eq!(tokens(text).unwrap_err().at, Position { line: 1, column }, "{text}");
        }
        assert!(tokens(&"a".repeat(LONGEST + 1)).is_err());
    }
}
