//! From an MQTT topic to a property: `plant/+/+` and `{1}.{2}` make `plant/press1/force` the property `press1.force`.

use theriac_core::{Error, Result};

#[derive(Debug, Clone)]
pub struct Mapping {
    levels: Vec<String>,
    property: String,
}

impl Mapping {
    /// # Errors
    /// `Invalid` for a filter that MQTT refuses, or a property that names levels the filter does not have.
    pub fn new(filter: &str, property: &str) -> Result<Self> {
        let levels: Vec<String> = filter.split('/').map(str::to_owned).collect();
        let last = levels.len() - 1;
        for (at, level) in levels.iter().enumerate() {
            if level == "#" && at != last {
                return Err(Error::invalid(format!("filter {filter:?}: '#' stands last, or not at all")));
            }
            if level.len() > 1 && level.contains(['+', '#']) {
                return Err(Error::invalid(format!("filter {filter:?}: a wildcard stands for a whole level")));
            }
        }
        let wild = levels.iter().filter(|level| *level == "+" || *level == "#").count();
        for number in 1..=99 {
            let place = format!("{{{number}}}");
            if number > wild && property.contains(&place) {
                return Err(Error::invalid(format!(
                    "property {property:?} names {place}; {filter:?} has {wild} wildcards"
                )));
            }
        }
        Ok(Self { levels, property: property.to_owned() })
    }

    /// The property of a topic; none if the filter does not match it.
    pub fn property(&self, topic: &str) -> Option<String> {
        let mut found: Vec<String> = Vec::new();
        let mut rest = topic.split('/');
        for level in &self.levels {
            match level.as_str() {
                "#" => {
                    found.push(rest.by_ref().collect::<Vec<_>>().join("/"));
                    break;
                }
                "+" => found.push(rest.next()?.to_owned()),
                fixed => (rest.next()? == fixed).then_some(())?,
            }
        }
        if rest.next().is_some() {
            return None;
        }
        let numbered = (1..).zip(&found);
        Some(numbered.fold(self.property.clone(), |text, (n, level)| text.replace(&format!("{{{n}}}"), level)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_become_parts_of_the_property() {
        for (filter, property, topic, found) in [
            ("plant/+/+", "{1}.{2}", "plant/press1/force", Some("press1.force")),
            ("plant/+/raw/+", "{1}.{2}", "plant/press1/raw/force", Some("press1.force")),
            ("plant/press1/force", "press1.force", "plant/press1/force", Some("press1.force")),
            ("plant/#", "{1}", "plant/press1.force", Some("press1.force")),
            ("plant/+/+", "{1}.{2}", "plant/press1", None),
            ("plant/+/+", "{1}.{2}", "plant/press1/force/raw", None),
            ("plant/+/+", "{1}.{2}", "other/press1/force", None),
        ] {
            let mapping = Mapping::new(filter, property).unwrap();
            assert_eq!(mapping.property(topic).as_deref(), found, "{filter} {topic}");
        }
    }
}
