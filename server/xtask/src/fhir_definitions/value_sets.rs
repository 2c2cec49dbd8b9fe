//! The codes of value sets with a required binding, where the package lists them all,
//! <http://hl7.org/fhir/R4/valueset.html>.

use super::{Package, list, text};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A set with more codes than this is left to terminology services.
const MOST_CODES: usize = 400;

pub struct ValueSets {
    sets: BTreeMap<String, Value>,
    systems: BTreeMap<String, Value>,
    needed: BTreeSet<String>,
}

impl ValueSets {
    pub fn open(package: &Package) -> Self {
        let (sets, systems) = (package.by_url("ValueSet-"), package.by_url("CodeSystem-"));
        Self { sets, systems, needed: BTreeSet::new() }
    }

    #[cfg(test)]
    pub fn of(sets: &[Value], systems: &[Value]) -> Self {
        let by_url = |all: &[Value]| all.iter().map(|d| (text(d, "url").to_owned(), d.clone())).collect();
        Self { sets: by_url(sets), systems: by_url(systems), needed: BTreeSet::new() }
    }

    pub fn need(&mut self, url: &str) {
        self.needed.insert(url.to_owned());
    }

    /// One line a set: its url, then its codes; sets that cannot be listed are left out.
    pub fn compact(&self) -> String {
        let mut out =
            String::from("# Generated from hl7.fhir.r4.examples 4.0.1 (CC0-1.0); see README.md. Do not edit.\n");
        for url in &self.needed {
            match self.codes(url, 0) {
                Some(codes) if (1..=MOST_CODES).contains(&codes.len()) => {
                    let codes: Vec<&str> = codes.into_iter().collect();
                    out.push_str(&format!("{url}\t{}\n", codes.join("\t")));
                }
                _ => println!("not listed: {url}"),
            }
        }
        out
    }

    fn codes<'a>(&'a self, url: &str, depth: usize) -> Option<BTreeSet<&'a str>> {
        let compose = self.sets.get(url)?.get("compose")?;
        if depth > 8 || compose.get("exclude").is_some() {
            return None;
        }
        let mut all = BTreeSet::new();
        for include in list(compose, "include") {
            all.extend(self.included(include, depth)?);
        }
        Some(all)
    }

    fn included<'a>(&'a self, include: &'a Value, depth: usize) -> Option<BTreeSet<&'a str>> {
        if include.get("filter").is_some() {
            return None;
        }
        match (include.get("system"), list(include, "valueSet"), list(include, "concept")) {
            (Some(_), [], concepts @ [_, ..]) => Some(concepts.iter().map(|c| text(c, "code")).collect()),
            (Some(system), [], []) => self.system(system.as_str()?),
            (None, [one], []) => self.codes(one.as_str()?.split('|').next()?, depth + 1),
            _ => None,
        }
    }

    fn system<'a>(&'a self, url: &str) -> Option<BTreeSet<&'a str>> {
        let system = self.systems.get(url).filter(|s| text(s, "content") == "complete")?;
        let mut codes = BTreeSet::new();
        collect(list(system, "concept"), &mut codes);
        Some(codes)
    }
}

fn collect<'a>(concepts: &'a [Value], codes: &mut BTreeSet<&'a str>) {
    for concept in concepts {
        codes.insert(text(concept, "code"));
        collect(list(concept, "concept"), codes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lists_codes_of_systems_concepts_and_other_sets_or_nothing() {
        let system = json!({"url": "s", "content": "complete",
            "concept": [{"code": "b", "concept": [{"code": "a"}]}, {"code": "c"}]});
        let set = |url: &str, include: Value| json!({"url": url, "compose": {"include": include}});
        let sets = [
            set("whole", json!([{"system": "s"}])),
            set("part", json!([{"valueSet": ["whole|1"]}, {"system": "other", "concept": [{"code": "z"}]}])),
            set("filtered", json!([{"system": "s", "filter": [{}]}])),
            set("unknown", json!([{"system": "elsewhere"}])),
        ];
        let mut sets = ValueSets::of(&sets, &[system]);
        ["whole", "part", "filtered", "unknown", "absent"].iter().for_each(|url| sets.need(url));
        assert_eq!(sets.compact().split_once('\n').unwrap().1, "part\ta\tb\tc\tz\nwhole\ta\tb\tc\n");
    }
}
