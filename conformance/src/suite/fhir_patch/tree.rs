//! Two documents in XML compared by what they say: white space between tags and the order of attributes do not count,
//! comments do.

use crate::run::text;
use theriac_core::xml::{Event, Limits, Reader, Start};

#[derive(Debug, PartialEq)]
pub enum Token {
    /// Namespace, name, attributes by name.
    Start(String, String, Vec<(String, String)>),
    End,
    Text(String),
    Comment(String),
}

pub fn read(bytes: &[u8]) -> Result<Vec<Token>, String> {
    let mut reader = Reader::document(bytes, Limits::default()).map_err(text)?;
    let (mut tokens, mut end, mut said) = (Vec::new(), 0, String::new());
    loop {
        let event = reader.event().map_err(text)?;
        // The reader passes over comments: they stand between its events.
        let gap = reader.slice(end, reader.at());
        for comment in gap.split("<!--").skip(1) {
            flush(&mut said, &mut tokens);
            tokens.push(Token::Comment(comment.split("-->").next().unwrap_or("").to_owned()));
        }
        end = reader.end().max(end);
        match event {
            Event::Text(text) | Event::CData(text) => said.push_str(text),
            // A character says the same by reference.
            Event::Reference(sign) => said.push(sign),
            other => {
                flush(&mut said, &mut tokens);
                match other {
                    Event::Start(start) => tokens.push(opened(&start)),
                    Event::End => tokens.push(Token::End),
                    Event::Eof => return Ok(tokens),
                    _ => {}
                }
            }
        }
    }
}

fn flush(said: &mut String, tokens: &mut Vec<Token>) {
    let text = std::mem::take(said);
    tokens.extend((!text.trim().is_empty()).then_some(Token::Text(text)));
}

fn opened(start: &Start<'_>) -> Token {
    let mut attributes: Vec<(String, String)> =
        start.attributes.iter().map(|a| (a.name.to_owned(), a.value.to_string())).collect();
    attributes.sort();
    Token::Start(start.namespace.to_string(), start.name.to_owned(), attributes)
}

/// A narrative as its tokens in one line, white space narrowed; one that is no XML as it is.
pub fn narrative(div: &str) -> String {
    let narrow = |token: &Token| match token {
        Token::Text(text) => format!("{:?}", text.split_whitespace().collect::<Vec<_>>().join(" ")),
        other => format!("{other:?}"),
    };
    read(div.as_bytes()).map_or_else(|_| div.to_owned(), |tokens| tokens.iter().map(narrow).collect())
}
