//! Two documents in XML compared by what they say: white space between tags and the order of attributes do not count,
//! comments do.

use crate::run::text;
use theriac_core::xml::{Event, Limits, Reader};

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
    let (mut tokens, mut end) = (Vec::new(), 0);
    loop {
        let event = reader.event().map_err(text)?;
        // The reader passes over comments: they stand between its events.
        let gap = reader.slice(end, reader.at());
        tokens
            .extend(gap.split("<!--").skip(1).map(|c| Token::Comment(c.split("-->").next().unwrap_or("").to_owned())));
        end = reader.end().max(end);
        match event {
            Event::Start(start) => {
                let mut attributes: Vec<(String, String)> =
                    start.attributes.iter().map(|a| (a.name.to_owned(), a.value.to_string())).collect();
                attributes.sort();
                tokens.push(Token::Start(start.namespace.to_string(), start.name.to_owned(), attributes));
            }
            Event::End => tokens.push(Token::End),
            Event::Text(text) | Event::CData(text) if !text.trim().is_empty() => {
                tokens.push(Token::Text(text.to_owned()))
            }
            Event::Reference(sign) => tokens.push(Token::Text(sign.to_string())),
            Event::Eof => return Ok(tokens),
            _ => {}
        }
    }
}
