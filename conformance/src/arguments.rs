//! The command line.

use crate::run::root;
use crate::suite::{SUITES, Suite};
use std::path::PathBuf;

pub struct Arguments {
    /// In the table's order.
    pub suites: Vec<&'static Suite>,
    pub data: PathBuf,
    pub write: bool,
}

impl Arguments {
    /// # Errors
    /// What to type instead.
    pub fn read(given: impl Iterator<Item = String>) -> Result<Self, String> {
        let (mut named, mut data, mut write) = (Vec::new(), root().join("../shared/data"), false);
        let mut given = given.peekable();
        while let Some(word) = given.next() {
            match word.as_str() {
                "--write" => write = true,
                "--data" => data = given.next().ok_or_else(|| usage("--data wants a folder"))?.into(),
                name if SUITES.iter().any(|suite| suite.name == name) => named.push(word),
                other => return Err(usage(&format!("{other:?} is no suite and no option"))),
            }
        }
        if write && !named.is_empty() {
            return Err(usage("--write tells of all suites; name none"));
        }
        let wanted = |suite: &&Suite| named.is_empty() || named.iter().any(|name| name == suite.name);
        Ok(Self { suites: SUITES.iter().filter(wanted).collect(), data, write })
    }
}

fn usage(what: &str) -> String {
    let mut text = format!("{what}\nusage: theriac-conformance [SUITE...] [--data FOLDER] [--write]\nsuites:\n");
    for suite in SUITES {
        text.push_str(&format!("  {:<16} {}\n", suite.name, suite.about));
    }
    text
}
