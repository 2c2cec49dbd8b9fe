//! What the tenant does about each fault: the setting `epcis.exceptions`, over what the table of rules says.

use super::rule::{Mode, RULES, Rule};
use std::collections::HashMap;
use theriac_core::Result;
use theriac_platform::Context;
use theriac_platform::setting::{self, Settings};

pub(crate) struct Policy(HashMap<&'static str, Mode>);

const SETTING: &str = "epcis.exceptions";

impl Policy {
    pub(crate) async fn read(context: &Context) -> Result<Self> {
        let settings = Settings::read(&context.db, context.now()).await?;
        Ok(Self::of(settings.value(SETTING)))
    }

    fn of(value: &str) -> Self {
        let mode = |word: &str| match word {
            "off" => Some(Mode::Off),
            "keep" => Some(Mode::Keep),
            "refuse" => Some(Mode::Refuse),
            _ => None,
        };
        let chosen: HashMap<&str, Mode> =
            setting::pairs(value).filter_map(|(code, word)| Some((code, mode(word)?))).collect();
        Self(RULES.iter().map(|rule| (rule.code, *chosen.get(rule.code).unwrap_or(&rule.mode))).collect())
    }

    pub(crate) fn mode(&self, rule: &Rule) -> Mode {
        self.0.get(rule.code).copied().unwrap_or(rule.mode)
    }

    /// Is there a fault for which an event is refused?
    pub(crate) fn refuses(&self) -> bool {
        self.0.values().any(|mode| *mode == Mode::Refuse)
    }
}

#[cfg(test)]
mod tests {
    use super::super::rule;
    use super::*;

    #[test]
    fn what_was_not_chosen_is_as_the_table_says() {
        let policy = Policy::of("two-parents=refuse, missing-po=off");
        assert_eq!(policy.mode(rule::TWO_PARENTS), Mode::Refuse);
        assert_eq!(policy.mode(rule::MISSING_PO), Mode::Off);
        assert_eq!(policy.mode(rule::MISSING_ASN), Mode::Keep);
        assert_eq!(policy.mode(rule::MISSING_LOT), Mode::Off);
        assert!(policy.refuses() && !Policy::of("").refuses());
    }
}
