//! The run rules: a table of Western Electric's four and Nelson's eight, each on its own switch.
//!
//! Sources: Western Electric, Statistical Quality Control Handbook (1956); L. S. Nelson, The Shewhart
//! control chart: tests for special causes, Journal of Quality Technology 16 (1984). Where texts
//! differ, [`engine`] says what is chosen, and its tests hold every choice.

pub mod engine;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

pub use engine::{Flags, State, count_flagged};

/// One rule, named as in the `rules` list of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Rule {
    We1,
    We2,
    We3,
    We4,
    Nelson1,
    Nelson2,
    Nelson3,
    Nelson4,
    Nelson5,
    Nelson6,
    Nelson7,
    Nelson8,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    pub rule: Rule,
    pub name: &'static str,
    /// Points the pattern spans, the flagged one included.
    pub span: u8,
    pub condition: &'static str,
}

macro_rules! rows {
    ($($rule:ident $name:literal $span:literal $condition:literal;)*) => {
        pub const TABLE: &[Row] = &[$(Row { rule: Rule::$rule, name: $name, span: $span, condition: $condition }),*];
    };
}

rows! {
    We1     "we1"     1  "1 point beyond 3 sigma";
    We2     "we2"     3  "2 of 3 points beyond 2 sigma, same side";
    We3     "we3"     5  "4 of 5 points beyond 1 sigma, same side";
    We4     "we4"     8  "8 points in a row on one side of the centre";
    Nelson1 "nelson1" 1  "1 point beyond 3 sigma";
    Nelson2 "nelson2" 9  "9 points in a row on one side of the centre";
    Nelson3 "nelson3" 6  "6 points in a row steadily rising or falling";
    Nelson4 "nelson4" 14 "14 points in a row alternating up and down";
    Nelson5 "nelson5" 3  "2 of 3 points beyond 2 sigma, same side";
    Nelson6 "nelson6" 5  "4 of 5 points beyond 1 sigma, same side";
    Nelson7 "nelson7" 15 "15 points in a row within 1 sigma";
    Nelson8 "nelson8" 8  "8 points in a row outside 1 sigma, either side";
}

impl Rule {
    pub const fn bit(self) -> u16 {
        1 << self as u8
    }

    pub fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }

    pub fn name(self) -> &'static str {
        self.row().name
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of rules; in JSON a list of names.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct RuleSet(pub u16);

impl RuleSet {
    pub const NONE: Self = Self(0);
    pub const WESTERN_ELECTRIC: Self = Self(0b1111);
    pub const NELSON: Self = Self(0b1111_1111_0000);
    pub const ALL: Self = Self(0b1111_1111_1111);

    pub const fn only(rule: Rule) -> Self {
        Self(rule.bit())
    }

    #[must_use]
    pub const fn with(self, rule: Rule) -> Self {
        Self(self.0 | rule.bit())
    }

    pub const fn contains(self, rule: Rule) -> bool {
        self.0 & rule.bit() != 0
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn iter(self) -> impl Iterator<Item = Rule> {
        TABLE.iter().map(|row| row.rule).filter(move |rule| self.contains(*rule))
    }

    /// The "one point beyond 3 sigma" of this set's family: what a chart uses where only rule 1 is sound.
    pub const fn first(self) -> Self {
        if self.contains(Rule::Nelson1) && !self.contains(Rule::We1) {
            Self::only(Rule::Nelson1)
        } else {
            Self::only(Rule::We1)
        }
    }
}

impl FromIterator<Rule> for RuleSet {
    fn from_iter<I: IntoIterator<Item = Rule>>(rules: I) -> Self {
        rules.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for RuleSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(Rule::name)).finish()
    }
}

impl Serialize for RuleSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

struct Names;

impl<'de> Visitor<'de> for Names {
    type Value = RuleSet;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rule names such as [\"we1\", \"nelson2\"]")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<RuleSet, A::Error> {
        let mut set = RuleSet::NONE;
        while let Some(rule) = names.next_element()? {
            set = set.with(rule);
        }
        Ok(set)
    }
}

impl<'de> Deserialize<'de> for RuleSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_its_row_at_its_own_place() {
        for (at, row) in TABLE.iter().enumerate() {
            assert_eq!(row.rule as usize, at);
            assert_eq!(serde_json::to_value(row.rule).unwrap(), row.name);
        }
        assert_eq!(RuleSet::ALL.iter().count(), TABLE.len());
        assert_eq!(RuleSet::WESTERN_ELECTRIC.iter().count() + RuleSet::NELSON.iter().count(), TABLE.len());
    }

    #[test]
    fn a_set_is_a_list_of_names_in_json() {
        let set: RuleSet = serde_json::from_str(r#"["nelson8","we1"]"#).unwrap();
        assert_eq!(serde_json::to_string(&set).unwrap(), r#"["we1","nelson8"]"#);
    }

    #[test]
    fn an_unknown_rule_is_refused_with_the_known_ones() {
        let error = serde_json::from_str::<RuleSet>(r#"["we5"]"#).unwrap_err().to_string();
        assert!(error.contains("we5") && error.contains("nelson8"), "{error}");
    }

    #[test]
    fn rule_one_is_named_in_the_family_the_chart_uses() {
        assert_eq!(RuleSet::NELSON.first(), RuleSet::only(Rule::Nelson1));
        assert_eq!(RuleSet::WESTERN_ELECTRIC.first(), RuleSet::only(Rule::We1));
        assert_eq!(RuleSet::NONE.first(), RuleSet::only(Rule::We1));
    }
}
