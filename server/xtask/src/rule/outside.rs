//! Rule: nothing in the repository depends on where it was written: no machine's paths, no registry's hosts.

use super::Finding;
use crate::house::House;
use crate::source::SourceFile;

/// Folders of the machines this is built on. Put together here, so that this file keeps its own rule.
const FOLDERS: &[&str] = &[concat!("/wo", "rk/"), concat!("/fa", "rm/"), concat!("/ro", "ot/"), concat!("/Us", "ers/")];
/// Hosts of package registries: a build names packages, and cargo knows where they come from.
const HOSTS: &[&str] = &[
    concat!("npm", "js."),
    concat!("python", "hosted"),
    concat!("pypi", ".o"),
    concat!("static.", "crates"),
    concat!("index.", "crates"),
    concat!("deb.", "debian"),
    concat!("repo.", "maven"),
    concat!("repo1.", "maven"),
    concat!("proxy.", "golang"),
];

pub fn find(house: &House) -> Vec<Finding> {
    house.files.iter().flat_map(names).collect()
}

fn names(file: &SourceFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, line) in file.text.lines().enumerate() {
        let folder = FOLDERS.iter().find(|folder| has_folder(line, folder));
        findings.extend(folder.map(|f| Finding::new(&file.path, at + 1, format!("`{f}` is a path of one machine"))));
        let host = HOSTS.iter().find(|host| line.contains(*host));
        findings.extend(host.map(|h| Finding::new(&file.path, at + 1, format!("`{h}` names a registry's host"))));
    }
    findings
}

/// `/x/` counts at the start of a path, not in the middle of one.
fn has_folder(line: &str, folder: &str) -> bool {
    let starts = |at: usize| !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-}~*/".contains(c));
    line.match_indices(folder).any(|(at, _)| starts(at))
}

#[cfg(test)]
mod tests {
    use super::super::found;
    use super::*;

    #[test]
    fn a_machines_path_is_refused_in_any_text() {
        for path in ["README.md", "dev", "server/fhir/src/lib.rs"] {
            assert_eq!(found(find, path, concat!("see `/wo", "rk/main/x`")).len(), 1, "{path}");
        }
    }

    #[test]
    fn a_registrys_host_is_refused() {
        assert_eq!(found(find, "README.md", concat!("https://registry.npm", "js.org/x")).len(), 1);
    }

    #[test]
    fn a_folder_of_our_own_is_not_a_machines_path() {
        assert!(found(find, "README.md", "server/app/src/work/spc.rs and ../shared/data").is_empty());
    }
}
