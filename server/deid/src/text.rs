//! Free text scrubbed: first what the patient's own record tells (names, numbers, addresses, dates, in whatever form),
//! then what has the form of an identifier, then what looks like a name.
//!
//! English. Whoever wants another language has the first two; the third then takes away too much rather than too little.

mod known;
mod nation;
mod pattern;
mod token;
mod word;

pub use known::Known;

use std::ops::Range;
use token::Token;

/// What stands in place of what was taken away.
pub const GONE: &str = "[…]";

/// The text without what was found.
pub fn scrubbed(text: &str, known: &Known) -> Option<String> {
    let spans = spans(text, known);
    if spans.is_empty() {
        return None;
    }
    let (mut out, mut from) = (String::with_capacity(text.len()), 0);
    for span in spans {
        out.push_str(&text[from..span.start]);
        out.push_str(GONE);
        from = span.end;
    }
    out.push_str(&text[from..]);
    Some(out)
}

/// What must not be told, in bytes, in order; neighbours are one.
pub fn spans(text: &str, known: &Known) -> Vec<Range<usize>> {
    let mut marked = Marked { text, bytes: vec![false; text.len()] };
    let tokens = token::tokens(text);
    known.find(text, &tokens, &mut marked);
    pattern::find(text, &mut marked);
    nation::find(text, &tokens, &mut marked);
    word::names(text, &tokens, &mut marked);
    word::neighbours(text, &tokens, &mut marked);
    marked.spans()
}

/// Which bytes of a text go.
struct Marked<'t> {
    text: &'t str,
    bytes: Vec<bool>,
}

impl Marked<'_> {
    fn mark(&mut self, span: Range<usize>) {
        self.bytes[span].iter_mut().for_each(|byte| *byte = true);
    }

    fn has(&self, token: &Token<'_>) -> bool {
        self.bytes[token.at]
    }

    fn spans(&self) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        let mut at = 0;
        while let Some(start) = self.bytes[at..].iter().position(|byte| *byte).map(|from| at + from) {
            let end = self.bytes[start..].iter().position(|byte| !*byte).map_or(self.bytes.len(), |to| start + to);
            match found.last_mut() {
                Some(last) if joins(&self.text[last.end..start]) => last.end = end,
                _ => found.push(start..end),
            }
            at = end;
        }
        found
    }
}

/// Is there nothing between two spans that would tell anything?
fn joins(gap: &str) -> bool {
    gap.chars().count() <= 4 && gap.chars().all(|c| c.is_whitespace() || ",.&'’-#".contains(c))
}

#[cfg(test)]
mod tests;
