//! Tokens. <https://spec.graphql.org/June2018/#sec-Source-Text>

#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    Name(String),
    /// As written.
    Number(String),
    Text(String),
    /// `...`
    Spread,
    Sign(char),
}

/// Tokens one query may have.
const MOST: usize = 20_000;

/// Each token with the place where it begins.
///
/// # Errors
/// What cannot be read, and where: line and column.
pub fn tokens(text: &str) -> Result<Vec<(Token, usize)>, String> {
    let mut lexer = Lexer { text, at: 0 };
    let mut all = Vec::new();
    while let Some(start) = lexer.start() {
        let token = lexer.token().map_err(|why| format!("{why} ({})", place(text, start)))?;
        all.push((token, start));
        if all.len() > MOST {
            return Err(format!("a query has at most {MOST} tokens"));
        }
    }
    Ok(all)
}

/// `line 1, column 2`
pub fn place(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    format!("line {line}, column {column}")
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// Passes over what has no meaning; nothing at the end.
    fn start(&mut self) -> Option<usize> {
        loop {
            let rest = self.rest();
            let sign = rest.chars().next()?;
            self.at += match sign {
                ' ' | '\t' | '\n' | '\r' | ',' | '\u{feff}' => sign.len_utf8(),
                '#' => rest.find(['\n', '\r']).unwrap_or(rest.len()),
                _ => return Some(self.at),
            };
        }
    }

    fn token(&mut self) -> Result<Token, String> {
        let rest = self.rest();
        let sign = rest.chars().next().unwrap_or(' ');
        match sign {
            '"' => self.quoted(),
            '.' if rest.starts_with("...") => self.take(3, Token::Spread),
            '!' | '$' | '(' | ')' | ':' | '=' | '@' | '[' | ']' | '{' | '}' | '|' | '&' => {
                self.take(1, Token::Sign(sign))
            }
            '_' | 'a'..='z' | 'A'..='Z' => {
                let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
                self.take(end, Token::Name(rest[..end].to_owned()))
            }
            '-' | '0'..='9' => self.number(),
            other => Err(format!("{other:?} has no place in a query")),
        }
    }

    fn take(&mut self, length: usize, token: Token) -> Result<Token, String> {
        self.at += length;
        Ok(token)
    }

    /// As JSON has them.
    fn number(&mut self) -> Result<Token, String> {
        let rest = self.rest();
        let in_number = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E');
        let end = rest.find(|c| !in_number(c)).unwrap_or(rest.len());
        let text = &rest[..end];
        match theriac_core::json::parse(text.as_bytes()) {
            Ok(theriac_core::json::Node::Number(_)) => self.take(end, Token::Number(text.to_owned())),
            _ => Err(format!("{text:?} is no number")),
        }
    }

    fn quoted(&mut self) -> Result<Token, String> {
        if let Some(block) = self.rest().strip_prefix("\"\"\"") {
            let end = block.find("\"\"\"").ok_or("a block of text is not closed")?;
            return self.take(end + 6, Token::Text(block[..end].trim().to_owned()));
        }
        let inner = &self.rest()[1..];
        let mut escaped = false;
        for (at, sign) in inner.char_indices() {
            match sign {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '\n' | '\r' => break,
                '"' => {
                    // The escapes of GraphQL are those of JSON.
                    let json = &self.rest()[..at + 2];
                    let node = theriac_core::json::parse(json.as_bytes()).map_err(|_| format!("{json} is no text"))?;
                    let text = node.as_str().unwrap_or_default().to_owned();
                    return self.take(at + 2, Token::Text(text));
                }
                _ => {}
            }
        }
        Err("a text is not closed".to_owned())
    }
}
