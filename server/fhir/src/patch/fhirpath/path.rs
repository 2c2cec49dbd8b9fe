//! The paths of a patch: child elements, indexes, and the functions that choose among elements that are there.
//! <http://hl7.org/fhir/R4/fhirpatch.html#simple>

use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// An element, or at the beginning a type.
    Child(String),
    Index(usize),
    First,
    Last,
    OfType(String),
    Extension(String),
    /// A FHIRPath expression that is true for what is meant.
    Where(String),
}

/// Steps one path may have.
const MOST: usize = 64;

impl Path {
    /// # Errors
    /// What is wrong, and where.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader { text, at: 0 };
        let mut steps = Vec::new();
        loop {
            steps.push(reader.step().map_err(|why| format!("the path {text:?}: {why}"))?);
            while reader.take('[') {
                let digits = reader.until(']').ok_or_else(|| format!("the path {text:?}: ']' is missing"))?;
                let index = digits.trim().parse().map_err(|_| format!("{digits:?} in {text:?} is no index"))?;
                steps.push(Step::Index(index));
            }
            if steps.len() > MOST {
                return Err(format!("a path has at most {MOST} steps"));
            }
            if reader.rest().trim().is_empty() {
                return Ok(Self { steps });
            }
            if !reader.take('.') {
                return Err(format!("the path {text:?} cannot be read from {:?} on", reader.rest()));
            }
        }
    }

    /// The path without its last step, if that is the name of an element.
    pub fn split_list(&self) -> Option<(Self, &str)> {
        match self.steps.split_last()? {
            (Step::Child(name), rest) if !rest.is_empty() => Some((Self { steps: rest.to_vec() }, name)),
            _ => None,
        }
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn take(&mut self, sign: char) -> bool {
        let taken = self.rest().starts_with(sign);
        self.at += if taken { sign.len_utf8() } else { 0 };
        taken
    }

    fn until(&mut self, end: char) -> Option<&'t str> {
        let (inner, _) = self.rest().split_once(end)?;
        self.at += inner.len() + end.len_utf8();
        Some(inner)
    }

    fn step(&mut self) -> Result<Step, String> {
        let name = self.name()?;
        if !self.take('(') {
            return Ok(Step::Child(name.to_owned()));
        }
        let argument = self.argument().ok_or("a parenthesis is not closed")?.trim();
        match (name, argument) {
            ("first", "") => Ok(Step::First),
            ("last", "") => Ok(Step::Last),
            ("ofType" | "as", kind) if !kind.is_empty() => {
                Ok(Step::OfType(kind.trim_start_matches("FHIR.").trim_matches('`').to_owned()))
            }
            ("extension", url) => {
                quoted(url).map(Step::Extension).ok_or_else(|| "extension takes a url in quotes".to_owned())
            }
            ("where", expression) if !expression.is_empty() => Ok(Step::Where(expression.to_owned())),
            _ => Err(format!(
                "{name}({argument}) is not taken; first(), last(), where(...), ofType(...), extension('...') are"
            )),
        }
    }

    fn name(&mut self) -> Result<&'t str, String> {
        if self.take('`') {
            return self.until('`').ok_or_else(|| "a backtick is not closed".to_owned());
        }
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '%')).unwrap_or(rest.len());
        if end == 0 || rest.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(format!("a name is missing before {rest:?}"));
        }
        self.at += end;
        Ok(&rest[..end])
    }

    /// Up to the parenthesis that closes; quotes hide parentheses.
    fn argument(&mut self) -> Option<&'t str> {
        let (rest, mut depth, mut quote) = (self.rest(), 0, None);
        let mut signs = rest.char_indices();
        while let Some((at, sign)) = signs.next() {
            match (quote, sign) {
                (Some(_), '\\') => drop(signs.next()),
                (Some(open), sign) if open == sign => quote = None,
                (Some(_), _) => {}
                (None, '\'' | '`' | '"') => quote = Some(sign),
                (None, '(') => depth += 1,
                (None, ')') if depth > 0 => depth -= 1,
                (None, ')') => {
                    self.at += at + 1;
                    return Some(&rest[..at]);
                }
                (None, _) => {}
            }
        }
        None
    }
}

fn quoted(text: &str) -> Option<String> {
    let inner = text.strip_prefix('\'')?.strip_suffix('\'')?;
    (!inner.contains(['\'', '\\'])).then(|| inner.to_owned())
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.steps.iter().enumerate() {
            let dot = if i == 0 { "" } else { "." };
            match step {
                Step::Child(name) => write!(f, "{dot}{name}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::First => write!(f, "{dot}first()")?,
                Step::Last => write!(f, "{dot}last()")?,
                Step::OfType(kind) => write!(f, "{dot}ofType({kind})")?,
                Step::Extension(url) => write!(f, "{dot}extension('{url}')")?,
                Step::Where(expression) => write!(f, "{dot}where({expression})")?,
            }
        }
        Ok(())
    }
}
