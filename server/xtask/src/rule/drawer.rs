//! Rule: a file is named by its one meaning; what would go into a drawer belongs to somebody.

use super::Finding;
use crate::house::House;

const DRAWERS: &[&str] = &["util", "utils", "helper", "helpers", "common", "manager", "managers", "misc"];

pub fn find(house: &House) -> Vec<Finding> {
    let drawer = |path: &str| path.split('/').map(stem).find(|part| DRAWERS.contains(part)).map(str::to_string);
    let message = |name: String| format!("`{name}` says nothing about what is in it: name it by what it does");
    let named = house.rust().filter_map(|file| drawer(&file.path).map(|name| (file, name)));
    named.map(|(file, name)| Finding::new(&file.path, 0, message(name))).collect()
}

fn stem(part: &str) -> &str {
    part.split('.').next().unwrap_or(part)
}

#[cfg(test)]
mod tests {
    use super::super::found;
    use super::*;

    #[test]
    fn drawers_are_refused_as_files_and_as_folders() {
        assert_eq!(found(find, "server/fhir/src/utils.rs", "").len(), 1);
        assert_eq!(found(find, "tests/src/common/server.rs", "").len(), 1);
    }

    #[test]
    fn a_name_with_a_meaning_passes() {
        assert!(found(find, "server/fhir/src/search/token.rs", "").is_empty());
        assert!(found(find, "server/isa95/src/common_name.rs", "").is_empty());
    }
}
