//! `gaps/SUITE.txt`: cases known to fail, a line each: `case name = reason`. Lines with `#` in front are remarks.

use std::collections::BTreeMap;
use std::path::Path;

pub type Gaps = BTreeMap<String, String>;

/// # Errors
/// A line without a reason.
pub fn read(suite: &str) -> Result<Gaps, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("gaps").join(format!("{suite}.txt"));
    // No file, no gaps.
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    lines
        .map(|(at, line)| {
            let split = line.split_once(" = ").filter(|(_, reason)| !reason.trim().is_empty());
            let (name, reason) =
                split.ok_or_else(|| format!("gaps/{suite}.txt, line {}: write `case name = reason`", at + 1))?;
            Ok((name.trim().to_owned(), reason.trim().to_owned()))
        })
        .collect()
}
