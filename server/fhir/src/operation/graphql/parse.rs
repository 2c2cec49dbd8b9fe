//! From text to a document. Only queries: FHIR's other operations are its REST interactions.
//! <https://spec.graphql.org/June2018/#sec-Document-Syntax>

use super::document::{Directive, Document, Field, Fragment, Operation, Selection, Value, Variable};
use super::lex::{Token, place, tokens};

/// Bytes one query may have.
const LONGEST: usize = 64 * 1024;
/// Levels of selections, lists and objects.
pub const DEEPEST: usize = 32;

/// # Errors
/// What cannot be read, and where.
pub fn parse(text: &str) -> Result<Document, String> {
    if text.len() > LONGEST {
        return Err(format!("a query has at most {LONGEST} bytes"));
    }
    let mut parser = Parser { text, tokens: tokens(text)?, at: 0, depth: DEEPEST };
    let mut document = Document::default();
    while parser.peek().is_some() {
        parser.definition(&mut document).map_err(|why| format!("{why} ({})", parser.here()))?;
    }
    match document.operations.is_empty() {
        true => Err("there is no query".to_owned()),
        false => Ok(document),
    }
}

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<(Token, usize)>,
    at: usize,
    depth: usize,
}

type Read<T> = Result<T, String>;

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn here(&self) -> String {
        place(self.text, self.tokens.get(self.at).map_or(self.text.len(), |(_, at)| *at))
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        self.at += 1;
        token
    }

    fn is(&self, sign: char) -> bool {
        self.peek() == Some(&Token::Sign(sign))
    }

    fn take(&mut self, sign: char) -> bool {
        let taken = self.is(sign);
        self.at += usize::from(taken);
        taken
    }

    fn expect(&mut self, sign: char) -> Read<()> {
        if self.take(sign) { Ok(()) } else { Err(format!("'{sign}' is expected")) }
    }

    fn name(&mut self) -> Read<String> {
        match self.peek() {
            Some(Token::Name(name)) => {
                let name = name.clone();
                self.at += 1;
                Ok(name)
            }
            _ => Err("a name is expected".to_owned()),
        }
    }

    fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        self.depth = self.depth.checked_sub(1).ok_or(format!("the query is nested deeper than {DEEPEST} levels"))?;
        let read = inner(self);
        self.depth += 1;
        read
    }

    fn definition(&mut self, document: &mut Document) -> Read<()> {
        if self.is('{') {
            let selection = self.selection()?;
            document.operations.push(Operation { name: None, variables: Vec::new(), selection });
            return Ok(());
        }
        match self.name()?.as_str() {
            "query" => {
                let operation = self.operation()?;
                if document.operations.iter().any(|own| own.name == operation.name) {
                    return Err("two queries have the same name".to_owned());
                }
                document.operations.push(operation);
                Ok(())
            }
            "fragment" => {
                let (name, on) = (self.name()?, self.condition()?);
                self.directives()?;
                let selection = self.selection()?;
                match document.fragments.insert(name.clone(), Fragment { on, selection }) {
                    None => Ok(()),
                    Some(_) => Err(format!("there are two fragments {name}")),
                }
            }
            other => Err(format!("'{other}' is not taken; query and fragment are")),
        }
    }

    fn operation(&mut self) -> Read<Operation> {
        let name = if matches!(self.peek(), Some(Token::Name(_))) { Some(self.name()?) } else { None };
        let mut variables = Vec::new();
        if self.take('(') {
            while !self.take(')') {
                variables.push(self.variable()?);
            }
        }
        self.directives()?;
        Ok(Operation { name, variables, selection: self.selection()? })
    }

    fn variable(&mut self) -> Read<Variable> {
        self.expect('$')?;
        let name = self.name()?;
        self.expect(':')?;
        self.kind()?;
        let required = self.take('!');
        let default = if self.take('=') { Some(self.value()?) } else { None };
        Ok(Variable { name, required, default })
    }

    /// `String`, `[String!]`: what a value must be is judged where it is used.
    fn kind(&mut self) -> Read<()> {
        if self.take('[') {
            self.deeper(Self::kind)?;
            self.take('!');
            return self.expect(']');
        }
        self.name().map(drop)
    }

    fn condition(&mut self) -> Read<String> {
        match self.name()?.as_str() {
            "on" => self.name(),
            _ => Err("'on' and a type are expected".to_owned()),
        }
    }

    fn selection(&mut self) -> Read<Vec<Selection>> {
        self.deeper(|parser| {
            parser.expect('{')?;
            let mut all = Vec::new();
            while !parser.take('}') {
                all.push(if parser.peek() == Some(&Token::Spread) { parser.spread()? } else { parser.field()? });
            }
            if all.is_empty() { Err("a selection names at least one field".to_owned()) } else { Ok(all) }
        })
    }

    fn spread(&mut self) -> Read<Selection> {
        self.next();
        let on = match self.peek() {
            Some(Token::Name(name)) if name == "on" => Some(self.condition()?),
            Some(Token::Name(_)) => {
                return Ok(Selection::Spread { name: self.name()?, directives: self.directives()? });
            }
            _ => None,
        };
        Ok(Selection::Inline { on, directives: self.directives()?, selection: self.selection()? })
    }

    fn field(&mut self) -> Read<Selection> {
        let first = self.name()?;
        let (alias, name) = if self.take(':') { (Some(first), self.name()?) } else { (None, first) };
        let (arguments, directives) = (self.arguments()?, self.directives()?);
        let selection = if self.is('{') { self.selection()? } else { Vec::new() };
        Ok(Selection::Field(Field { alias, name, arguments, directives, selection }))
    }

    fn arguments(&mut self) -> Read<Vec<(String, Value)>> {
        let mut all: Vec<(String, Value)> = Vec::new();
        if self.take('(') {
            while !self.take(')') {
                let name = self.name()?;
                self.expect(':')?;
                all.push((name, self.value()?));
            }
        }
        Ok(all)
    }

    fn directives(&mut self) -> Read<Vec<Directive>> {
        let mut all = Vec::new();
        while self.take('@') {
            all.push(Directive { name: self.name()?, arguments: self.arguments()? });
        }
        Ok(all)
    }

    fn value(&mut self) -> Read<Value> {
        self.deeper(|parser| match parser.next() {
            Some(Token::Sign('$')) => parser.name().map(Value::Variable),
            Some(Token::Number(text)) => Ok(Value::Number(text)),
            Some(Token::Text(text)) => Ok(Value::Text(text)),
            Some(Token::Name(name)) => Ok(match name.as_str() {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                "null" => Value::Null,
                _ => Value::Enum(name),
            }),
            Some(Token::Sign('[')) => {
                let mut items = Vec::new();
                while !parser.take(']') {
                    items.push(parser.value()?);
                }
                Ok(Value::List(items))
            }
            Some(Token::Sign('{')) => {
                let mut members = Vec::new();
                while !parser.take('}') {
                    let name = parser.name()?;
                    parser.expect(':')?;
                    members.push((name, parser.value()?));
                }
                Ok(Value::Object(members))
            }
            _ => Err("a value is expected".to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_language_is_read() {
        for text in [
            "{ field }",
            "{ user() { name } }",
            "{ a: user(id: 4, size: -1.5e3) { id, name } b: user(id: \"x\\u00e9\") { id } }",
            "query q($a: Int = 3, $b: [String!]!) { user(a: $a, b: [$b, null, true, x], c: {d: 1}) { id } }",
            "query { u { ...f ...on T @include(if: true) { a } ... @skip(if: $x) { b } } } fragment f on U { c }",
            "# remark\n{ a }",
            "{ a(t: \"\"\"\n block\n\"\"\") }",
        ] {
            parse(text).unwrap_or_else(|why| panic!("{text}: {why}"));
        }
    }

    #[test]
    fn what_is_no_query_is_refused_with_its_place() {
        let deep = format!("{}a{}", "{a ".repeat(40), "}".repeat(40));
        for (text, says) in [
            ("", "no query"),
            ("{ }", "at least one field"),
            ("{ a", "a name is expected"),
            ("{\n a(b 1) }", "line 2, column 6"),
            ("{ a(b: \"x) }", "not closed"),
            ("{ a ? }", "'?'"),
            ("{ a(b: 01) }", "no number"),
            ("mutation { a }", "'mutation' is not taken"),
            ("query a { b } query a { c }", "same name"),
            (deep.as_str(), "nested deeper"),
        ] {
            let why = parse(text).unwrap_err();
            assert!(why.contains(says), "{text}: {why}");
        }
    }

    #[test]
    fn aliases_and_directives_stand_with_their_field() {
        let document = parse("{ a: b(c: 1) @flatten @slice(path: \"use\") { d } }").unwrap();
        let Selection::Field(field) = &document.operations[0].selection[0] else { panic!() };
        assert_eq!((field.key(), field.name.as_str(), field.selection.len()), ("a", "b", 1));
        assert_eq!(field.directive("slice").unwrap().arguments[0].1, Value::Text("use".to_owned()));
    }
}
