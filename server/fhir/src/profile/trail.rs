//! The way from the root of a document to where a check stands: names for findings, and what an extension's
//! context of use asks for.

use crate::definition::{Definitions, Kind, TypeDef};
use std::fmt;

#[derive(Clone, Copy)]
pub struct Trail<'p> {
    outer: Option<&'p Trail<'p>>,
    name: &'p str,
    index: Option<usize>,
    def: &'static TypeDef,
}

impl<'p> Trail<'p> {
    pub fn root(def: &'static TypeDef) -> Self {
        Self { outer: None, name: def.name, index: None, def }
    }

    pub fn child(&'p self, name: &'p str, index: Option<usize>, def: &'static TypeDef) -> Trail<'p> {
        Trail { outer: Some(self), name, index, def }
    }

    pub fn def(&self) -> &'static TypeDef {
        self.def
    }

    pub fn name(&self) -> &'p str {
        self.name
    }

    pub fn outer(&self) -> Option<&'p Trail<'p>> {
        self.outer
    }

    /// The paths of definitions by which this place may be called: `Patient.contact.name`, `HumanName`.
    pub fn element_paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        let mut tail = String::new();
        let mut at = Some(self);
        while let Some(trail) = at {
            // A backbone element has the path it was defined at, however deep content references lead to it.
            if tail.is_empty() || trail.def.primitive().is_none() {
                let mut def = Some(trail.def);
                while let Some(at) = def {
                    paths.push(format!("{}{tail}", at.name));
                    def = at.base.and_then(|base| Definitions::r4().type_of(base));
                }
            }
            if trail.def.kind == Kind::Resource {
                break;
            }
            tail = format!(".{}{tail}", trail.name);
            at = trail.outer;
        }
        paths
    }
}

impl fmt::Display for Trail<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.outer {
            Some(outer) => write!(f, "{outer}.{}", self.name)?,
            None => f.write_str(self.name)?,
        }
        self.index.map_or(Ok(()), |index| write!(f, "[{index}]"))
    }
}
