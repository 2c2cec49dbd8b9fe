//! Where we are in a document, as links on the stack; it becomes text only when there is a fault.

use std::fmt;

/// A FHIRPath expression such as `Patient.contact[0].name`.
#[derive(Clone, Copy)]
pub struct Path<'p> {
    parent: Option<&'p Path<'p>>,
    step: Step<'p>,
}

#[derive(Clone, Copy)]
enum Step<'p> {
    Name(&'p str),
    Index(usize),
}

impl<'p> Path<'p> {
    pub fn root(name: &'p str) -> Self {
        Self { parent: None, step: Step::Name(name) }
    }

    pub fn name(&'p self, name: &'p str) -> Path<'p> {
        Path { parent: Some(self), step: Step::Name(name) }
    }

    pub fn index(&'p self, index: usize) -> Path<'p> {
        Path { parent: Some(self), step: Step::Index(index) }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match (self.step, self.parent) {
            (Step::Index(index), _) => write!(f, "[{index}]"),
            (Step::Name(name), Some(_)) => write!(f, ".{}", shorten(name)),
            (Step::Name(name), None) => f.write_str(shorten(name)),
        }
    }
}

/// Names come from the caller and may be of any length.
pub fn shorten(name: &str) -> &str {
    match name.char_indices().nth(64) {
        Some((end, _)) => &name[..end],
        None => name,
    }
}
