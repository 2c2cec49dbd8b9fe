//! Paths of rules: FHIRPath's children and `where`, `as`, and the two functions that this language adds.

use super::World;
use super::tree::Tree;
use theriac_core::Result;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Child(String),
    ByType(String),
    ByName(String),
    Where(String),
    As(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    /// The type of record it begins at; any where there is none.
    root: Option<String>,
    steps: Vec<Step>,
}

impl Path {
    pub fn read(text: &str) -> Result<Self, String> {
        let (text, cast) = match text.rsplit_once(" as ") {
            Some((path, cast)) if !path.contains(" as ") && !cast.contains(')') => (path, Some(cast.trim().to_owned())),
            _ => (text, None),
        };
        let mut root = None;
        let mut steps = Vec::new();
        for (at, part) in parts(text)?.into_iter().enumerate() {
            let call = part.split_once('(').map(|(name, rest)| (name, rest.strip_suffix(')').unwrap_or(rest)));
            match call {
                None if at == 0 && part.starts_with(|c: char| c.is_ascii_uppercase()) => root = Some(part.to_owned()),
                None => steps.push(Step::Child(part.to_owned())),
                Some(("nodesByType", name)) => steps.push(Step::ByType(quoted(name)?)),
                Some(("nodesByName", name)) => steps.push(Step::ByName(quoted(name)?)),
                Some(("where", condition)) => steps.push(Step::Where(condition.to_owned())),
                Some(("ofType" | "as", name)) => steps.push(Step::As(name.trim().to_owned())),
                Some((name, _)) => {
                    return Err(format!(
                        "{name}() is not offered in a path; there are nodesByType, nodesByName, where, ofType"
                    ));
                }
            }
        }
        steps.extend(cast.map(Step::As));
        let root = root.filter(|name| !matches!(name.as_str(), "Resource" | "DomainResource"));
        Ok(Self { root, steps })
    }

    /// The elements of one record, those of records inside only where the path names them.
    pub fn select(&self, tree: &Tree, record: usize, world: &dyn World) -> Result<Vec<usize>> {
        if self.root.as_deref().is_some_and(|root| tree.nodes[record].of != root) {
            return Ok(Vec::new());
        }
        let mut at = vec![record];
        for step in &self.steps {
            let mut next = Vec::new();
            for node in at {
                match step {
                    Step::Child(name) => {
                        next.extend(tree.children(node).filter(|kid| tree.nodes[*kid].is_called(name)))
                    }
                    Step::ByType(name) => {
                        next.extend(tree.below(node).into_iter().filter(|n| tree.nodes[*n].of == *name))
                    }
                    Step::ByName(name) => {
                        next.extend(tree.below(node).into_iter().filter(|n| tree.nodes[*n].is_called(name)));
                    }
                    Step::As(name) => next.extend(Some(node).filter(|n| tree.nodes[*n].of == *name)),
                    Step::Where(condition) => {
                        let written = tree.node(node);
                        if world.holds(&written, &tree.nodes[node].of, condition)? {
                            next.push(node);
                        }
                    }
                }
            }
            at = next;
        }
        Ok(at)
    }
}

/// Split at dots outside brackets and quotes.
fn parts(text: &str) -> Result<Vec<&str>, String> {
    let (mut found, mut depth, mut quote, mut from) = (Vec::new(), 0_usize, false, 0);
    for (at, letter) in text.char_indices() {
        match letter {
            '\'' => quote = !quote,
            '(' if !quote => depth += 1,
            ')' if !quote => depth = depth.checked_sub(1).ok_or("a bracket closes that was never opened")?,
            '.' if !quote && depth == 0 => {
                found.push(text[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    found.push(text[from..].trim());
    if quote || depth > 0 || found.iter().any(|part| part.is_empty()) {
        return Err("is no path such as Patient.name.family or nodesByType('HumanName')".to_owned());
    }
    Ok(found)
}

fn quoted(text: &str) -> Result<String, String> {
    let inner = text.trim().strip_prefix('\'').and_then(|t| t.strip_suffix('\''));
    inner.map(str::to_owned).ok_or_else(|| format!("{text} is no name in single quotes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_step_by_step() {
        let read = |text: &str| Path::read(text).unwrap();
        let child = |name: &str| Step::Child(name.to_owned());
        assert_eq!(read("Patient.name").root.as_deref(), Some("Patient"));
        assert_eq!(read("Resource.id"), Path { root: None, steps: vec![child("id")] });
        assert_eq!(read("nodesByType('Address').where(city='a.b').use").steps[1], Step::Where("city='a.b'".to_owned()));
        assert_eq!(read("Condition.onset as Age").steps, [child("onset"), Step::As("Age".to_owned())]);
        for wrong in ["Patient.", "a.b(", "a)", "Patient.first()", "nodesByType(x)"] {
            assert!(Path::read(wrong).is_err(), "{wrong}");
        }
    }
}
