//! Compiles the FHIRPath of search parameters to small path programs.
//!
//! Only the subset that R4's definitions use becomes steps: children, `as` and `ofType`, `where` with a literal, a
//! resolved type or an extension, `extension('url')`, `[n]`, unions, and `x.exists() and x != false`. Anything else is
//! left to the evaluator ([`crate::path`]), to which the steps are held by `tests/fhirpath.rs`.
//! <http://hl7.org/fhir/R4/searchparameter-definitions.html#SearchParameter.expression>

use crate::path;
use std::sync::Arc;
use theriac_core::{Error, error::Code, error::Result};
use theriac_fhirpath::Expression;

/// One step on the way from a resource to the values of a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A child; where there is none of that name, the choice `name[x]` of any type.
    Child(String),
    /// A choice of one type: the child's name, its JSON name, the type.
    Typed {
        name: String,
        json: String,
        fhir: String,
    },
    /// Only items that are of that type, where the type shows (resources).
    OfType(String),
    Nth(usize),
    /// Only items whose child is that text.
    Where {
        child: String,
        text: String,
    },
    /// Only references to that resource type.
    ResolvesTo(String),
    HasExtension(String),
    /// The value of the extension with that address.
    Extension(String),
}

/// One member of a union.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    pub steps: Vec<Step>,
    /// `x.exists() and x != false`: always one boolean.
    pub truth: bool,
}

/// The paths that apply to one resource type.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Program {
    pub paths: Vec<Path>,
    /// What is outside the subset is evaluated by FHIRPath; then there are no paths.
    pub evaluated: Option<Arc<Expression>>,
}

/// Types that stand for any resource at the root of an expression.
const ANY_ROOT: &[&str] = &["Resource", "DomainResource"];

impl Program {
    /// Compiles the members of the union that begin at `resource_type`.
    ///
    /// # Errors
    /// The place in the expression that is outside the subset.
    pub fn compile(expression: &str, resource_type: &str) -> Result<Self> {
        let mut parser = Parser { text: expression, at: 0 };
        let mut paths = Vec::new();
        loop {
            let (root, path) = parser.member()?;
            if root.is_none_or(|root| root == resource_type || ANY_ROOT.contains(&root)) {
                paths.push(path);
            }
            if !parser.eat("|") {
                break;
            }
        }
        parser.end()?;
        Ok(Self { paths, evaluated: None })
    }

    /// Compiles any FHIRPath: to steps if it is in the subset, else for the evaluator.
    ///
    /// # Errors
    /// The place where it is no FHIRPath.
    pub fn read(expression: &str, resource_type: &str) -> Result<Self> {
        if let Ok(program) = Self::compile(expression, resource_type) {
            return Ok(program);
        }
        let evaluated = Some(Arc::new(path::compile(expression)?));
        Ok(Self { paths: Vec::new(), evaluated })
    }

    /// Can it never give a value: does every path begin at another type?
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty() && self.evaluated.is_none()
    }
}

/// The steps as one word, the same for the same steps: hashes of the index are made of it.
pub fn text(steps: &[Step]) -> String {
    steps.iter().map(Step::text).collect()
}

impl Step {
    fn text(&self) -> String {
        match self {
            Self::Child(name) => format!(".{name}"),
            Self::Typed { json, .. } => format!(".{json}"),
            Self::OfType(fhir) => format!(".ofType({fhir})"),
            Self::Nth(n) => format!("[{n}]"),
            Self::Where { child, text } => format!(".where({child}='{text}')"),
            Self::ResolvesTo(fhir) => format!(".where(resolve() is {fhir})"),
            Self::HasExtension(url) => format!(".where(hasExtension('{url}'))"),
            Self::Extension(url) => format!(".extension('{url}')"),
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn fail<T>(&self, wanted: &str) -> Result<T> {
        let message = format!("{wanted} was expected at character {} of `{}`", self.at + 1, self.text);
        Err(Error::new(Code::NotSupported, message))
    }

    fn space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn eat(&mut self, word: &str) -> bool {
        self.space();
        let found = self.rest().starts_with(word);
        self.at += if found { word.len() } else { 0 };
        found
    }

    fn need(&mut self, word: &str) -> Result<()> {
        if self.eat(word) { Ok(()) } else { self.fail(word) }
    }

    fn end(&mut self) -> Result<()> {
        self.space();
        if self.rest().is_empty() { Ok(()) } else { self.fail("the end") }
    }

    fn name(&mut self) -> Result<&'a str> {
        self.space();
        let rest = self.rest();
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        if length == 0 {
            return self.fail("a name");
        }
        self.at += length;
        Ok(&rest[..length])
    }

    fn literal(&mut self) -> Result<String> {
        self.need("'")?;
        let Some(length) = self.rest().find('\'') else { return self.fail("a closing quote") };
        let text = self.rest()[..length].to_owned();
        self.at += length + 1;
        Ok(text)
    }

    /// A path and the type it begins at, if it names one.
    fn member(&mut self) -> Result<(Option<&'a str>, Path)> {
        let (root, mut steps) = self.path()?;
        let mut truth = false;
        if self.eat("and") {
            let known = steps.pop() == Some(Step::Child("exists()".to_owned()));
            let again = self.path()?;
            self.need("!=")?;
            self.need("false")?;
            if !known || again != (root, steps.clone()) {
                return self.fail("`x.exists() and x != false`");
            }
            truth = true;
        }
        Ok((root, Path { steps, truth }))
    }

    fn path(&mut self) -> Result<(Option<&'a str>, Vec<Step>)> {
        let (root, mut steps) = self.start()?;
        loop {
            if self.eat("[") {
                let index = self.name()?.parse::<usize>();
                let Ok(index) = index else { return self.fail("an index") };
                steps.push(Step::Nth(index));
                self.need("]")?;
            } else if self.eat(".") {
                self.step(&mut steps)?;
            } else {
                return Ok((root, steps));
            }
        }
    }

    fn start(&mut self) -> Result<(Option<&'a str>, Vec<Step>)> {
        if self.eat("(") {
            let (root, mut steps) = self.path()?;
            if self.eat("as ") {
                let fhir = self.name()?;
                narrow(&mut steps, fhir);
            }
            self.need(")")?;
            return Ok((root, steps));
        }
        let first = self.name()?;
        match first.starts_with(|c: char| c.is_ascii_uppercase()) {
            true => Ok((Some(first), Vec::new())),
            false => Ok((None, vec![Step::Child(first.to_owned())])),
        }
    }

    fn step(&mut self, steps: &mut Vec<Step>) -> Result<()> {
        let name = self.name()?;
        if !self.eat("(") {
            steps.push(Step::Child(name.to_owned()));
            return Ok(());
        }
        match name {
            "as" | "ofType" => {
                let fhir = self.name()?;
                narrow(steps, fhir);
            }
            "where" => steps.push(self.condition()?),
            "extension" => steps.push(Step::Extension(self.literal()?)),
            "exists" => steps.push(Step::Child("exists()".to_owned())),
            _ => return self.fail("as, ofType, where, extension or exists"),
        }
        self.need(")")
    }

    fn condition(&mut self) -> Result<Step> {
        let name = self.name()?;
        match name {
            "resolve" => {
                self.need("()")?;
                self.need("is ")?;
                Ok(Step::ResolvesTo(self.name()?.to_owned()))
            }
            "hasExtension" => {
                self.need("(")?;
                let url = self.literal()?;
                self.need(")")?;
                Ok(Step::HasExtension(url))
            }
            child => {
                self.need("=")?;
                Ok(Step::Where { child: child.to_owned(), text: self.literal()? })
            }
        }
    }
}

/// `x as T`: the last child becomes the choice of that type.
fn narrow(steps: &mut Vec<Step>, fhir: &str) {
    match steps.pop() {
        Some(Step::Child(name)) => {
            let mut letters = fhir.chars();
            let first = letters.next().map(|c| c.to_ascii_uppercase());
            let json = name.chars().chain(first).chain(letters).collect();
            steps.push(Step::Typed { name, json, fhir: fhir.to_owned() });
        }
        other => {
            steps.extend(other);
            steps.push(Step::OfType(fhir.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn child(name: &str) -> Step {
        Step::Child(name.to_owned())
    }

    #[test]
    fn keeps_only_the_members_of_the_type() {
        let union = "AllergyIntolerance.code | Condition.code | (Observation.value as Quantity)";
        let program = Program::compile(union, "Condition").unwrap();
        assert_eq!(program.paths, [Path { steps: vec![child("code")], truth: false }]);
        let program = Program::compile(union, "Observation").unwrap();
        let typed = Step::Typed { name: "value".into(), json: "valueQuantity".into(), fhir: "Quantity".into() };
        assert_eq!(program.paths[0].steps, [typed]);
        assert!(Program::compile(union, "Patient").unwrap().paths.is_empty());
    }

    #[test]
    fn reads_conditions_indexes_and_extensions() {
        let steps = |text| Program::compile(text, "X").unwrap().paths.remove(0).steps;
        assert_eq!(
            steps("X.telecom.where(system='phone')")[1],
            Step::Where { child: "system".into(), text: "phone".into() }
        );
        assert_eq!(steps("X.subject.where(resolve() is Patient)")[1], Step::ResolvesTo("Patient".into()));
        assert_eq!(steps("X.entry[0].resource"), [child("entry"), Step::Nth(0), child("resource")]);
        assert_eq!(steps("X.extension('http://e')"), [Step::Extension("http://e".into())]);
        assert_eq!(steps("name"), [child("name")]);
        assert!(Program::compile("X.a.exists() and X.a != false", "X").unwrap().paths[0].truth);
    }

    #[test]
    fn names_the_place_it_cannot_read() {
        let error = Program::compile("X.name.trace('a')", "X").unwrap_err();
        assert!(error.message.contains("character 14"), "{error}");
        for text in
            ["", "X.", "X.a.exists() and X.b != false", "X.where(a=", "(X.a as T", "X.a b", "X[99999999999999999999]"]
        {
            assert!(Program::compile(text, "X").is_err(), "{text}");
        }
    }
}
