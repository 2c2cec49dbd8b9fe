//! One code of an expansion, and what is known of it.

use crate::terminology::library::Vocabulary;
use crate::terminology::rule::Rule;
use crate::terminology::system::{Designation, Place, System, designations, speaks};
use std::sync::Arc;
use theriac_core::json::Node;

#[derive(Debug, Clone)]
pub struct Member {
    pub system: String,
    pub version: Option<String>,
    pub code: String,
    /// As the value set has it: with its own display and designations.
    listed: Option<Node<'static>>,
    place: Option<(Arc<System>, Place)>,
    display: Option<&'static str>,
}

impl Member {
    pub fn of_table(system: &str, version: Option<&str>, table: &Arc<System>, place: Place) -> Self {
        Self {
            system: system.to_owned(),
            version: version.map(str::to_owned),
            code: table.code(place).to_owned(),
            listed: None,
            place: Some((table.clone(), place)),
            display: None,
        }
    }

    pub fn listed(system: &str, version: Option<&str>, vocabulary: &Vocabulary, concept: &Node<'static>) -> Self {
        let code = concept.text("code").unwrap_or_default();
        let mut member = Self {
            system: system.to_owned(),
            version: version.map(str::to_owned),
            code: code.to_owned(),
            listed: Some(concept.clone()),
            place: None,
            display: None,
        };
        match vocabulary {
            Vocabulary::Table(table) => member.place = table.find(code).map(|place| (table.clone(), place)),
            Vocabulary::Rule(rule) => member.display = (rule.display)(code),
            Vocabulary::Unknown => {}
        }
        member
    }

    pub fn of_rule(rule: &Rule, code: &'static str) -> Self {
        Self {
            system: rule.system.to_owned(),
            version: None,
            code: code.to_owned(),
            listed: None,
            place: None,
            display: (rule.display)(code),
        }
    }

    /// The value set's word before the code system's; in the language asked for, where there is one.
    pub fn display(&self, language: Option<&str>) -> Option<&str> {
        let wanted = language.and_then(|wanted| {
            let own = self.listed.iter().flat_map(designations);
            own.filter(|d| d.language.is_some_and(|l| speaks(l, wanted))).map(|d| d.value).next()
        });
        let of_table = || self.place.as_ref().and_then(|(table, place)| table.display(*place, language));
        let listed = self.listed.as_ref().and_then(|node| node.text("display"));
        match language {
            Some(_) => wanted.or_else(of_table).or(listed),
            None => listed.or_else(of_table),
        }
        .or(self.display)
    }

    pub fn designations(&self) -> Vec<Designation<'_>> {
        let table = self.place.iter().flat_map(|(table, place)| table.designations(*place));
        self.listed.iter().flat_map(designations).chain(table).collect()
    }

    pub fn is_abstract(&self) -> bool {
        self.place.as_ref().is_some_and(|(table, place)| table.is_abstract(*place))
    }

    pub fn is_inactive(&self) -> bool {
        self.place.as_ref().is_some_and(|(table, place)| table.is_inactive(*place))
    }

    /// In the code system it comes from.
    pub fn place(&self) -> Option<(&Arc<System>, Place)> {
        self.place.as_ref().map(|(table, place)| (table, *place))
    }

    /// Does every word begin a word of the code, the display or a designation?
    pub fn matches(&self, words: &[String], language: Option<&str>) -> bool {
        let mut texts = vec![self.code.to_lowercase()];
        texts.extend(self.display(language).map(str::to_lowercase));
        texts.extend(self.designations().iter().map(|d| d.value.to_lowercase()));
        let begins = |text: &String, word: &String| {
            text.starts_with(word.as_str())
                || text.split(|c: char| !c.is_alphanumeric()).any(|part| part.starts_with(word.as_str()))
        };
        texts.iter().any(|text| words.iter().all(|word| begins(text, word)))
    }
}
