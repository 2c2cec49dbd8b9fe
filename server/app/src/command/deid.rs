//! `theriac deid`: files through a rule file of the FHIR anonymizer, without a server. What the rules are weak in is said
//! on stderr; records go to stdout as NDJSON, or into a folder under their own names.

use std::io::Write;
use std::path::{Path, PathBuf};
use theriac_core::hash::sha256;
use theriac_core::json::{self, Node};
use theriac_core::{Clock, Error, Result};
use theriac_deid::anonymizer::{self, Rules};
use theriac_deid::secret::Root;
use theriac_fhir::anonymizer as fhir;

pub fn run(rules: &Path, key: Option<&str>, into: Option<&Path>, paths: &[PathBuf]) -> Result<()> {
    let rules = Rules::parse(&text(rules)?).map_err(|e| named(rules, &e))?;
    rules.warnings().iter().for_each(|warning| eprintln!("warning: {warning}"));
    let world = fhir::Rules::new(Clock::System.now(), key.map(pseudonyms).transpose()?);
    if let Some(folder) = into {
        std::fs::create_dir_all(folder).map_err(|e| unusable(folder, &e))?;
    }
    for path in paths {
        let content = text(path)?;
        let is_lines = path.extension().is_some_and(|extension| extension == "ndjson");
        let parts: Vec<&str> =
            if is_lines { content.lines().filter(|l| !l.is_empty()).collect() } else { vec![&content] };
        let mut out = String::new();
        for part in parts {
            let node = json::parse(part.trim_start_matches('\u{feff}').as_bytes())?;
            out.push_str(&left(&rules, &node, &world).map_err(|e| named(path, &e))?.to_string());
            out.push('\n');
        }
        give(path, into, &out)?;
    }
    Ok(())
}

fn left(rules: &Rules, node: &Node<'_>, world: &fhir::Rules) -> Result<Node<'static>> {
    anonymizer::anonymized(rules, node, world)
}

/// The same key gives the same pseudonyms.
fn pseudonyms(key: &str) -> Result<fhir::Pseudonyms> {
    let root = Root::new(&sha256(key.as_bytes()))?;
    Ok(Box::new(move |domain, value| Ok(root.keyed(domain, value))))
}

fn give(path: &Path, into: Option<&Path>, out: &str) -> Result<()> {
    let Some(folder) = into else {
        return std::io::stdout().write_all(out.as_bytes()).map_err(|e| unusable(Path::new("stdout"), &e));
    };
    let name = path.file_name().ok_or_else(|| Error::invalid(format!("{} is no file", path.display())))?;
    let place = folder.join(name);
    if place.exists() {
        return Err(Error::invalid(format!("{} is there already; give an empty folder", place.display())));
    }
    std::fs::write(&place, out).map_err(|e| unusable(&place, &e))
}

fn text(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|e| unusable(path, &e))
}

fn unusable(path: &Path, error: &std::io::Error) -> Error {
    Error::invalid(format!("{}: {error}", path.display()))
}

fn named(path: &Path, error: &Error) -> Error {
    Error::invalid(format!("{}: {error}", path.display()))
}
