//! Rule: every Rust file opens with what it is.

use super::Finding;
use crate::house::House;
use crate::source::SourceFile;

pub fn find(house: &House) -> Vec<Finding> {
    let message = "begin the file with `//!`: what it is, the standard's address, what it does not do";
    house.rust().filter(|file| !says_what_it_is(file)).map(|file| Finding::new(&file.path, 1, message)).collect()
}

fn says_what_it_is(file: &SourceFile) -> bool {
    let first = file.text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    first.strip_prefix("//!").is_some_and(|words| !words.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::found;
    use super::*;

    #[test]
    fn a_file_that_says_what_it_is_passes() {
        assert!(found(find, "server/fhir/src/lib.rs", "//! FHIR R4.\n\npub mod search;\n").is_empty());
    }

    #[test]
    fn a_file_without_a_head_is_refused() {
        for text in ["pub mod search;\n", "//!\npub mod search;\n", "// FHIR\n", ""] {
            assert_eq!(found(find, "server/fhir/src/lib.rs", text).len(), 1, "{text:?}");
        }
    }
}
