//! The house rules of `docs/architecture.md`, one file each. A new rule is one row of [`RULES`] and one file.

pub mod direction;
pub mod drawer;
pub mod edge;
pub mod head;
pub mod link;
pub mod mark;
pub mod outside;
pub mod size;
pub mod sql;
pub mod table;

use crate::house::House;
use std::fmt;

pub struct Rule {
    pub name: &'static str,
    /// The rule in one sentence, with its reason where that is not plain.
    pub says: &'static str,
    pub find: fn(&House) -> Vec<Finding>,
}

pub const RULES: &[Rule] = &[
    Rule { name: "direction", says: "arrows between packages go down only", find: direction::find },
    Rule { name: "edge", says: "HTTP types stay in platform's http and in app", find: edge::find },
    Rule {
        name: "sql",
        says: "database code stands in platform's db, migrations, and files named store",
        find: sql::find,
    },
    Rule { name: "table", says: "a table belongs to the crate whose name prefixes it", find: table::find },
    Rule { name: "size", says: "a file has at most 600 lines, a function 80", find: size::find },
    Rule { name: "mark", says: "nothing unfinished, switched off or unexplained", find: mark::find },
    Rule { name: "outside", says: "no machine's paths, no registry's hosts", find: outside::find },
    Rule { name: "drawer", says: "no drawers: a file is named by its one meaning", find: drawer::find },
    Rule { name: "head", says: "every file says what it is in `//!`", find: head::find },
    Rule { name: "link", says: "what a page points at is there", find: link::find },
];

/// Packages that never ship: benchmarks and developer tools may talk to anything.
pub const DEVELOPMENT: &[&str] = &["server/xtask", "server/testkit", "server/bench"];

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub path: String,
    /// From 1; 0 means the file as a whole.
    pub line: usize,
    /// What is wrong and what would be right.
    pub message: String,
}

impl Finding {
    pub fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.to_string(), line, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.message),
            line => write!(f, "{}:{line}: {}", self.path, self.message),
        }
    }
}

/// All findings of one rule's `find` over a single sample file.
#[cfg(test)]
pub fn found(find: fn(&House) -> Vec<Finding>, path: &str, text: &str) -> Vec<String> {
    find(&House::sample(path, text)).iter().map(Finding::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_house_keeps_its_own_rules() {
        // Only this package: the others may be in the middle of a change when its tests run.
        let mut house = crate::house::here().unwrap();
        house.files.retain(|file| file.is_below("server/xtask"));
        for rule in RULES.iter().filter(|rule| rule.name != "size") {
            let all = (rule.find)(&house);
            let findings: Vec<_> = all.iter().filter(|f| f.path.starts_with("server/xtask")).collect();
            assert!(findings.is_empty(), "{}: {findings:?}", rule.name);
        }
    }
}
