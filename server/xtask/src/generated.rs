//! Generated files that are committed, so that a change of the interface shows in review.
//!
//! One row of [`FILES`] each: where it stands, and the arguments with which `theriac` prints it.

use crate::Result;
use crate::process::{capture, root, show};
use std::fs;
use std::process::Command;

struct Generated {
    path: &'static str,
    arguments: &'static [&'static str],
}

const FILES: &[Generated] = &[Generated { path: "openapi/openapi.json", arguments: &["openapi"] }];

/// Compares every file with what the program prints now, or writes it.
pub fn check(write: bool) -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    show(Command::new(cargo).args(["build", "--quiet", "--package", "theriac-app"]).current_dir(root()))?;
    let stale: Vec<String> = FILES.iter().filter_map(|file| bring_up(file, write).err()).collect();
    if stale.is_empty() { Ok(()) } else { Err(stale.join("\n")) }
}

fn bring_up(file: &Generated, write: bool) -> Result<()> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
    let fresh = capture(Command::new(target.join("debug/theriac")).args(file.arguments))?;
    let path = root().join(file.path);
    let committed = fs::read_to_string(&path).unwrap_or_default();
    if write && committed != fresh {
        eprintln!("written: {}", file.path);
        path.parent().map_or(Ok(()), fs::create_dir_all).map_err(|e| e.to_string())?;
        return fs::write(&path, fresh).map_err(|e| format!("cannot write {}: {e}", file.path));
    }
    match difference(&committed, &fresh) {
        None => Ok(()),
        Some(line) => Err(format!("{} is stale from line {line} on; `./dev check --write` renews it", file.path)),
    }
}

/// The first line, from 1, in which two texts differ.
fn difference(old: &str, new: &str) -> Option<usize> {
    if old == new {
        return None;
    }
    Some(old.lines().zip(new.lines()).take_while(|(a, b)| a == b).count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_first_line_that_differs() {
        assert_eq!(difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(difference("a\nb\n", "a\nc\n"), Some(2));
        assert_eq!(difference("", "a\n"), Some(1));
        assert_eq!(difference("a", "a\n"), Some(2));
    }
}
