//! Rule: what the documentation points at is there.

use super::Finding;
use crate::house::House;
use crate::process::root;
use crate::source::SourceFile;
use std::path::Path;

pub fn find(house: &House) -> Vec<Finding> {
    let pages = house.files.iter().filter(|file| file.path.ends_with(".md"));
    pages.flat_map(|page| dead_links(page, |path| root().join(path).exists())).collect()
}

fn dead_links(page: &SourceFile, exists: impl Fn(&Path) -> bool) -> Vec<Finding> {
    let folder = Path::new(&page.path).parent().unwrap_or(Path::new(""));
    let mut findings = Vec::new();
    for (at, line) in page.text.lines().enumerate() {
        let dead = targets(line).filter(|target| !exists(&folder.join(target)));
        findings.extend(dead.map(|target| Finding::new(&page.path, at + 1, format!("`{target}` is not there"))));
    }
    findings
}

/// The files of this repository that `[words](target)` points at.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    let after = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let files = after.filter(|target| !target.contains("://") && !target.starts_with('#'));
    files.map(|target| target.split('#').next().unwrap_or(target))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dead(text: &str) -> Vec<String> {
        let page = SourceFile::sample("docs/page.md", text);
        dead_links(&page, |path| path == Path::new("docs/there.md")).iter().map(Finding::to_string).collect()
    }

    #[test]
    fn a_page_that_is_there_may_be_pointed_at() {
        assert!(dead("[a](there.md), [b](there.md#part), [c](#part) and [d](https://example.org/x)").is_empty());
    }

    #[test]
    fn a_page_that_is_not_there_is_named_with_its_line() {
        assert_eq!(dead("words\n[a](there.md) [b](gone.md)"), ["docs/page.md:2: `gone.md` is not there"]);
    }
}
