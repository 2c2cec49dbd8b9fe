//! The range a trade item is kept in, in degrees Celsius: the setting `epcis.temperature`, by GTIN or for all.

use crate::identifier::Identifier;
use serde_json::{Value, json};
use theriac_core::Result;
use theriac_platform::Context;
use theriac_platform::setting::{self, Settings};

const SETTING: &str = "epcis.temperature";
/// What holds for a trade item that is not named.
const ANY: &str = "default";

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Range {
    pub low: f64,
    pub high: f64,
}

impl Range {
    pub(super) fn holds(self, low: f64, high: f64) -> bool {
        low >= self.low && high <= self.high
    }

    pub(super) fn shown(self) -> Value {
        json!({ "low": self.low, "high": self.high })
    }
}

pub(crate) struct Ranges(Vec<(String, Range)>);

impl Ranges {
    pub(crate) async fn read(context: &Context) -> Result<Self> {
        Ok(Self::parse(Settings::read(&context.db, context.now()).await?.value(SETTING)))
    }

    fn parse(value: &str) -> Self {
        let range = |(name, range): (&str, &str)| {
            let (low, high) = setting::range(range)?;
            Some((name.to_owned(), Range { low, high }))
        };
        Self(setting::pairs(value).filter_map(range).collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Of an item, by its trade item.
    pub(crate) fn of(&self, epc: &str) -> Option<Range> {
        let gtin = Identifier::parse(epc).ok().filter(|i| i.key.ai == "01").map(|i| i.primary);
        let named = |name: &str| self.0.iter().find(|(known, _)| known == name).map(|(_, range)| *range);
        gtin.and_then(|gtin| named(&gtin)).or_else(|| named(ANY))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trade_item_has_its_own_range_or_that_of_all() {
        let ranges = Ranges::parse("04012345111118=15..25, default=2..8");
        let pack = "https://id.gs1.org/01/04012345111118/21/1";
        assert_eq!(ranges.of(pack), Some(Range { low: 15.0, high: 25.0 }));
        assert_eq!(ranges.of("https://id.gs1.org/00/340123451111111111"), Some(Range { low: 2.0, high: 8.0 }));
        assert_eq!(Ranges::parse("").of(pack), None);
    }
}
