//! The grammar of `_filter`. <http://hl7.org/fhir/R4/search_filter.html>
//!
//! `and` and `or` have no precedence: an expression is evaluated from left to right.

use theriac_core::Error;
use theriac_core::error::Result;

/// A filter, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    Test { path: Vec<Hop>, operator: Operator, value: String },
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
}

/// One name of a path, and what must hold where it leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    pub name: String,
    pub filter: Option<Filter>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Eq,
    Ne,
    Co,
    Sw,
    Ew,
    Gt,
    Lt,
    Ge,
    Le,
    Ap,
    Sa,
    Eb,
    Pr,
    Po,
    Ss,
    Sb,
    In,
    Ni,
    Re,
}

/// Every operator beside its word.
pub const OPERATORS: &[(&str, Operator)] = &[
    ("eq", Operator::Eq),
    ("ne", Operator::Ne),
    ("co", Operator::Co),
    ("sw", Operator::Sw),
    ("ew", Operator::Ew),
    ("gt", Operator::Gt),
    ("lt", Operator::Lt),
    ("ge", Operator::Ge),
    ("le", Operator::Le),
    ("ap", Operator::Ap),
    ("sa", Operator::Sa),
    ("eb", Operator::Eb),
    ("pr", Operator::Pr),
    ("po", Operator::Po),
    ("ss", Operator::Ss),
    ("sb", Operator::Sb),
    ("in", Operator::In),
    ("ni", Operator::Ni),
    ("re", Operator::Re),
];

impl Operator {
    pub fn word(self) -> &'static str {
        OPERATORS.iter().find(|(_, operator)| *operator == self).map_or("", |(word, _)| word)
    }
}

/// Brackets and `not` stand in one another at most so deep.
const DEEPEST: usize = 32;

/// At most so many tests: each becomes a part of one statement.
const MOST: usize = 64;

/// Reads a whole filter.
///
/// # Errors
/// `Invalid`, with the place and what was expected there.
pub fn read(text: &str) -> Result<Filter> {
    let mut parser = Parser { text, at: 0, depth: 0, tests: 0 };
    let filter = parser.filter()?;
    parser.space();
    match parser.rest().is_empty() {
        true => Ok(filter),
        false => Err(parser.expected("and, or, or the end")),
    }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    tests: usize,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn expected(&self, what: &str) -> Error {
        let place = self.text[..self.at].chars().count() + 1;
        Error::invalid(format!("_filter: {what} was expected at character {place}"))
    }

    fn space(&mut self) -> bool {
        let trimmed = self.rest().trim_start();
        let found = trimmed.len() < self.rest().len();
        self.at = self.text.len() - trimmed.len();
        found
    }

    fn eat(&mut self, letter: char) -> bool {
        let found = self.rest().starts_with(letter);
        self.at += if found { letter.len_utf8() } else { 0 };
        found
    }

    /// `filter = paramExp / logExp / ("not") "(" filter ")"`
    fn filter(&mut self) -> Result<Filter> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Error::invalid(format!("_filter: brackets stand at most {DEEPEST} deep")));
        }
        let mut left = self.one()?;
        loop {
            let before = self.at;
            self.space();
            left = match self.word() {
                Some("and") => Filter::And(Box::new(left), Box::new(self.one()?)),
                Some("or") => Filter::Or(Box::new(left), Box::new(self.one()?)),
                _ => {
                    self.at = before;
                    break;
                }
            };
        }
        self.depth -= 1;
        Ok(left)
    }

    /// A word with whitespace or a bracket behind it.
    fn word(&mut self) -> Option<&'t str> {
        let rest = self.rest();
        let length = rest.find(|c: char| !c.is_ascii_alphabetic())?;
        let ends = rest[length..].starts_with(|c: char| c.is_whitespace() || c == '(');
        (length > 0 && ends).then(|| {
            self.at += length;
            &rest[..length]
        })
    }

    fn one(&mut self) -> Result<Filter> {
        self.space();
        if self.eat('(') {
            return self.bracket();
        }
        let before = self.at;
        if self.word() == Some("not") {
            self.space();
            if self.eat('(') {
                return Ok(Filter::Not(Box::new(self.bracket()?)));
            }
        }
        self.at = before;
        self.test()
    }

    fn bracket(&mut self) -> Result<Filter> {
        let filter = self.filter()?;
        self.space();
        match self.eat(')') {
            true => Ok(filter),
            false => Err(self.expected("and, or, or a closing bracket )")),
        }
    }

    /// `paramExp = paramPath SP compareOp SP compValue`
    fn test(&mut self) -> Result<Filter> {
        self.tests += 1;
        if self.tests > MOST {
            return Err(Error::invalid(format!("_filter: there are at most {MOST} tests in one filter")));
        }
        let mut path = Vec::new();
        loop {
            let name = self.name()?;
            let filter = if self.eat('[') { Some(self.inside()?) } else { None };
            path.push(Hop { name, filter });
            if !self.eat('.') {
                break;
            }
        }
        if !self.space() {
            return Err(self.expected("a space"));
        }
        let operator = self.operator()?;
        if !self.space() {
            return Err(self.expected("a space"));
        }
        Ok(Filter::Test { path, operator, value: self.value()? })
    }

    fn inside(&mut self) -> Result<Filter> {
        let filter = self.filter()?;
        self.space();
        match self.eat(']') {
            true if self.rest().starts_with('.') => Ok(filter),
            true => Err(self.expected("a dot and a name")),
            false => Err(self.expected("and, or, or a closing bracket ]")),
        }
    }

    /// `paramName = nameCharStart (nameChar)*`
    fn name(&mut self) -> Result<String> {
        let rest = self.rest();
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let length = rest.find(|c: char| !is_name(c)).unwrap_or(rest.len());
        if !rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            return Err(self.expected("the name of a search parameter, not( or a bracket"));
        }
        self.at += length;
        Ok(rest[..length].to_owned())
    }

    fn operator(&mut self) -> Result<Operator> {
        let rest = self.rest();
        let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let found = OPERATORS.iter().find(|(word, _)| *word == &rest[..length]);
        let words: Vec<&str> = OPERATORS.iter().map(|(word, _)| *word).collect();
        let (_, operator) = found.ok_or_else(|| self.expected(&format!("one of {}", words.join(" "))))?;
        self.at += length;
        Ok(*operator)
    }

    /// `compValue = string / numberOrDate / token`; a number or a date is a token too.
    fn value(&mut self) -> Result<String> {
        let rest = self.rest();
        if rest.starts_with('"') {
            return self.string();
        }
        let length = rest.find(|c: char| c.is_whitespace() || c == ')' || c == ']').unwrap_or(rest.len());
        if length == 0 {
            return Err(self.expected("a value"));
        }
        self.at += length;
        Ok(rest[..length].to_owned())
    }

    /// A JSON string.
    fn string(&mut self) -> Result<String> {
        let rest = self.rest();
        let mut escaped = false;
        let end = rest.char_indices().skip(1).find(|(_, letter)| {
            let ends = *letter == '"' && !escaped;
            escaped = *letter == '\\' && !escaped;
            ends
        });
        let Some((end, _)) = end else { return Err(self.expected("a string with a closing quotation mark")) };
        let text = serde_json::from_str(&rest[..=end]).map_err(|_| self.expected("a JSON string"))?;
        self.at += end + 1;
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The filter with every bracket written.
    fn shown(filter: &Filter) -> String {
        match filter {
            Filter::Test { path, operator, value } => {
                let hop = |hop: &Hop| match &hop.filter {
                    Some(inside) => format!("{}[{}]", hop.name, shown(inside)),
                    None => hop.name.clone(),
                };
                let path: Vec<String> = path.iter().map(hop).collect();
                format!("{} {} {value}", path.join("."), operator.word())
            }
            Filter::And(a, b) => format!("({} and {})", shown(a), shown(b)),
            Filter::Or(a, b) => format!("({} or {})", shown(a), shown(b)),
            Filter::Not(inside) => format!("not({})", shown(inside)),
        }
    }

    #[test]
    fn the_examples_of_the_standard_are_read() {
        let rows = [
            (r#"name co "pet""#, "name co pet"),
            (r#"given eq "peter" and birthdate ge 2014-10-10"#, "(given eq peter and birthdate ge 2014-10-10)"),
            ("code eq http://loinc.org|1234-5", "code eq http://loinc.org|1234-5"),
            (r#"related[type eq "has-component"].target pr true"#, "related[type eq has-component].target pr true"),
            (
                "related[type eq has-component].target re Observation/4",
                "related[type eq has-component].target re Observation/4",
            ),
        ];
        for (text, wanted) in rows {
            assert_eq!(shown(&read(text).unwrap()), wanted);
        }
    }

    /// "Logical expressions are evaluated left to right, with no precedence between and and or."
    #[test]
    fn neither_and_nor_or_goes_first() {
        let rows = [
            ("a eq 1 or b eq 2 and c eq 3", "((a eq 1 or b eq 2) and c eq 3)"),
            ("a eq 1 and b eq 2 or c eq 3", "((a eq 1 and b eq 2) or c eq 3)"),
            ("a eq 1 or (b eq 2 and c eq 3)", "(a eq 1 or (b eq 2 and c eq 3))"),
            ("not (a eq 1) and b eq 2", "(not(a eq 1) and b eq 2)"),
            ("not(not(a eq 1 or b eq 2))", "not(not((a eq 1 or b eq 2)))"),
            ("  ( a  eq   1 )  ", "a eq 1"),
            ("not eq 1", "not eq 1"),
            ("and eq and and or eq or", "(and eq and and or eq or)"),
        ];
        for (text, wanted) in rows {
            assert_eq!(shown(&read(text).unwrap()), wanted, "{text}");
        }
    }

    #[test]
    fn strings_hold_what_tokens_cannot() {
        let rows = [
            (r#"a eq "x) and [y] or \"z\"""#, r#"a eq x) and [y] or "z""#),
            (r#"a eq "\u00e9\\""#, r"a eq é\"),
            ("(a eq b\"c)", "a eq b\"c"),
        ];
        for (text, wanted) in rows {
            assert_eq!(shown(&read(text).unwrap()), wanted, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let rows = [
            ("", "at character 1"),
            ("a", "a space was expected at character 2"),
            ("a eq", "a space was expected at character 5"),
            ("a eq ", "a value was expected at character 6"),
            ("a is b", "one of eq ne co"),
            ("a eq b c", "and, or, or the end was expected at character 8"),
            ("a eq b and", "the end was expected at character 8"),
            ("(a eq b", "closing bracket )"),
            ("a eq b)", "the end"),
            ("a[b eq c", "closing bracket ]"),
            ("a[b eq c] eq d", "a dot and a name"),
            (r#"a eq "b"#, "a closing quotation mark"),
            (r#"a eq "\x""#, "a JSON string"),
            ("é eq b", "the name of a search parameter"),
        ];
        for (text, part) in rows {
            let error = read(text).unwrap_err();
            assert!(error.message.contains(part), "{text}: {error}");
        }
        assert!(read(&format!("{}a eq b{}", "(".repeat(99), ")".repeat(99))).unwrap_err().message.contains("32 deep"));
        assert!(read(&vec!["a eq b"; 99].join(" or ")).unwrap_err().message.contains("at most 64"));
    }
}
