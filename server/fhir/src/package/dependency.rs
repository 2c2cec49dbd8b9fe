//! Is what a package needs there?

use super::Manifest;

/// Packages whose content is part of the program.
const BUILT_IN: &[&str] = &["hl7.fhir.r4.core", "hl7.fhir.r4.expansions", "hl7.fhir.r4.examples", "hl7.fhir.r4.id"];

/// Names that stand for any version.
const ANY: &[&str] = &["current", "latest", "dev", "*"];

/// The dependencies that are neither installed nor built in, as `name#version`.
pub fn missing(wanted: &Manifest, installed: &[Manifest]) -> Vec<String> {
    let is_there = |name: &str, version: &str| {
        BUILT_IN.contains(&name) || installed.iter().any(|i| i.name == name && fits(version, &i.version))
    };
    let all = wanted.dependencies.iter().filter(|(name, version)| !is_there(name, version));
    all.map(|(name, version)| format!("{name}#{version}")).collect()
}

/// The installed packages that need this one and would find no other version in its place.
pub fn dependants(of: &Manifest, installed: &[Manifest]) -> Vec<String> {
    let rest: Vec<Manifest> = installed.iter().filter(|i| *i != of).cloned().collect();
    let needs = |other: &&Manifest| {
        let wanted = other.dependencies.get(&of.name).is_some_and(|version| fits(version, &of.version));
        wanted && missing(other, &rest).iter().any(|m| m.split_once('#').is_some_and(|(name, _)| name == of.name))
    };
    rest.iter().filter(needs).map(Manifest::label).collect()
}

/// `6.1.0` itself, `6.1.x` for every patch, `current` for any.
fn fits(wanted: &str, version: &str) -> bool {
    let wanted = wanted.trim_start_matches(['^', '~', '=']);
    let begins =
        |start: &str| version == start || version.strip_prefix(start).is_some_and(|rest| rest.starts_with('.'));
    ANY.contains(&wanted) || wanted == version || wanted.strip_suffix(".x").is_some_and(begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, version: &str, needs: &[(&str, &str)]) -> Manifest {
        let dependencies = needs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Manifest { name: name.into(), version: version.into(), fhir_versions: vec!["4.0.1".into()], dependencies }
    }

    #[test]
    fn what_is_missing_is_named() {
        let wanted =
            package("a", "1", &[("hl7.fhir.r4.core", "4.0.1"), ("b", "2.1.x"), ("c", "1.0.0"), ("d", "current")]);
        let installed = [package("b", "2.1.7", &[]), package("c", "1.0.1", &[]), package("d", "0.1", &[])];
        assert_eq!(missing(&wanted, &installed), ["c#1.0.0"]);
        assert_eq!(missing(&wanted, &[]).len(), 3);
        assert!(!fits("2.1.x", "2.10.0") && fits("2.x", "2.10.0"));
    }

    #[test]
    fn what_still_needs_a_package_is_named() {
        let base = package("b", "2.1.7", &[]);
        let all = [base.clone(), package("a", "1", &[("b", "2.1.x")]), package("z", "1", &[])];
        assert_eq!(dependants(&base, &all), ["a#1"]);
        let with_another = [all.to_vec(), vec![package("b", "2.1.8", &[])]].concat();
        assert!(dependants(&base, &with_another).is_empty(), "another version serves as well");
    }
}
