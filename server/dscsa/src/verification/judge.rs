//! Is the identifier right, and what must be said of the pack besides? The guideline's codes, as tables. Pure.

use super::Asked;
use crate::printed::day;
use chrono::NaiveDate;
use serde_json::{Value, json};
use theriac_epcis::item::{Item, State};

/// `verificationFailureReason`
pub(crate) const REASONS: &[&str] = &[
    "No_match_GTIN_Serial",
    "No_match_GTIN_Serial_Lot_Expiry",
    "No_match_GTIN_Serial_Lot",
    "No_match_GTIN_Serial_Expiry",
    "Manufacturer_policy",
    "No_reason_provided",
    "Not_for_re-distribution",
];

/// `additionalInfo`
pub(crate) const INFORMATION: &[&str] = &["Expired", "ExpirationExtended", "Recalled", "Suspect", "Illegitimate"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub verified: bool,
    pub reason: Option<&'static str>,
    pub information: Option<&'static str>,
}

impl Verdict {
    const fn no(reason: &'static str, information: Option<&'static str>) -> Self {
        Self { verified: false, reason: Some(reason), information }
    }

    const fn yes(information: Option<&'static str>) -> Self {
        Self { verified: true, reason: None, information }
    }

    /// May the pack be sold again?
    pub fn is_saleable(self) -> bool {
        self.verified && matches!(self.information, None | Some("ExpirationExtended"))
    }

    /// The `data` of an answer.
    pub fn data(self) -> Value {
        crate::record::present(json!({
            "verified": self.verified,
            "verificationFailureReason": self.reason,
            "additionalInfo": self.information,
        }))
    }
}

/// What is known of the pack.
pub(crate) struct Known<'a> {
    pub item: Option<&'a Item>,
    /// What an investigation says of it.
    pub standing: Option<&'static str>,
    pub today: NaiveDate,
}

/// States in which a pack is nobody's to trade: what comes back with its identifier is not what left.
const GONE: &[(State, &str)] = &[
    (State::Stolen, "Illegitimate"),
    (State::Sold, "Suspect"),
    (State::PartiallyDispensed, "Suspect"),
    (State::Dispensed, "Suspect"),
    (State::Consumed, "Suspect"),
    (State::Decommissioned, "Suspect"),
    (State::Disposed, "Suspect"),
    (State::Destroyed, "Suspect"),
];

pub(crate) fn judge(asked: &Asked, known: &Known<'_>) -> Verdict {
    // Seen somewhere is not made: only what was commissioned has an identifier to be right.
    let Some(item) = known.item.filter(|item| item.born != i64::MIN) else {
        return Verdict::no("No_match_GTIN_Serial", None);
    };
    let expiry = item.expiry.get().and_then(|expiry| day(expiry));
    let lot_fits = asked.lot.as_ref().is_none_or(|lot| item.lot.get() == Some(lot));
    let expiry_fits = asked.expiry.is_none_or(|asked| expiry == Some(asked));
    match (lot_fits, expiry_fits) {
        (false, false) => return Verdict::no("No_match_GTIN_Serial_Lot_Expiry", None),
        (false, true) => return Verdict::no("No_match_GTIN_Serial_Lot", None),
        (true, false) => return Verdict::no("No_match_GTIN_Serial_Expiry", None),
        (true, true) => {}
    }
    if known.standing.is_some() {
        return Verdict::no("Not_for_re-distribution", known.standing);
    }
    if let Some((_, information)) = GONE.iter().find(|(state, _)| *state == item.state()) {
        return Verdict::no("Not_for_re-distribution", Some(information));
    }
    if is_recalled(item) {
        return Verdict::yes(Some("Recalled"));
    }
    Verdict::yes(expiry.filter(|expiry| *expiry < known.today).map(|_| "Expired"))
}

/// Said of the pack when it was recalled, or as what stays said of it since.
fn is_recalled(item: &Item) -> bool {
    item.state() == State::Recalled || item.persistent().any(|said| said.ends_with("Disp-recalled"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::printed::serialised;
    use theriac_epcis::item::Dated;
    use uuid::Uuid;

    fn asked(lot: Option<&str>, expiry: Option<&str>) -> Asked {
        Asked {
            item: serialised("04012345111118", "1").unwrap(),
            lot: lot.map(str::to_owned),
            expiry: expiry.and_then(day),
            context: "dscsaSaleableReturn",
            requester: None,
            correlation: Uuid::nil(),
        }
    }

    fn pack(state: State) -> Item {
        let mut item = Item::new("https://id.gs1.org/01/04012345111118/21/1");
        (item.born, item.state) = (1, Dated(Some(state), 1));
        item.lot.set(Some("L1".to_owned()), 1);
        item.expiry.set(Some("2028-01-31".to_owned()), 1);
        item
    }

    fn verdict(asked: &Asked, item: Option<&Item>, today: &str) -> Value {
        judge(asked, &Known { item, standing: None, today: day(today).unwrap() }).data()
    }

    #[test]
    fn an_identifier_is_right_or_what_differs_is_named() {
        let item = pack(State::Shipped);
        for (lot, expiry, reason) in [
            (Some("L1"), Some("280131"), Value::Null),
            (Some("L1"), Some("280100"), Value::Null),
            (None, None, Value::Null),
            (Some("L2"), Some("280130"), json!("No_match_GTIN_Serial_Lot_Expiry")),
            (Some("L2"), Some("280131"), json!("No_match_GTIN_Serial_Lot")),
            (Some("L1"), Some("280130"), json!("No_match_GTIN_Serial_Expiry")),
        ] {
            let data = verdict(&asked(lot, expiry), Some(&item), "2026-11-20");
            assert_eq!((&data["verified"], &data["verificationFailureReason"]), (&json!(reason.is_null()), &reason));
        }
        let seen = Item { born: i64::MIN, ..item };
        for unknown in [None, Some(&seen)] {
            let data = verdict(&asked(None, None), unknown, "2026-11-20");
            assert_eq!(data, json!({ "verified": false, "verificationFailureReason": "No_match_GTIN_Serial" }));
        }
    }

    #[test]
    fn a_pack_that_matches_may_still_not_be_sold() {
        let said = |state, today| verdict(&asked(Some("L1"), Some("280131")), Some(&pack(state)), today);
        assert_eq!(said(State::Recalled, "2026-11-20"), json!({ "verified": true, "additionalInfo": "Recalled" }));
        assert_eq!(said(State::Shipped, "2028-02-01"), json!({ "verified": true, "additionalInfo": "Expired" }));
        assert_eq!(said(State::Shipped, "2028-01-31"), json!({ "verified": true }));
        for (state, information) in GONE {
            let expected = json!({ "verified": false, "verificationFailureReason": "Not_for_re-distribution", "additionalInfo": information });
            assert_eq!(said(*state, "2026-11-20"), expected);
        }
        let mut recalled = pack(State::Returned);
        recalled
            .persistent_dispositions
            .insert("https://ref.gs1.org/cbv/Disp-recalled".to_owned(), Dated(Some(true), 1));
        let known = |standing| Known { item: Some(&recalled), standing, today: day("2026-11-20").unwrap() };
        let judged = judge(&asked(None, None), &known(None));
        assert!(judged.verified && !judged.is_saleable());
        let judged = judge(&asked(None, None), &known(Some("Suspect")));
        assert_eq!((judged.reason, judged.information), (Some("Not_for_re-distribution"), Some("Suspect")));
    }

    #[test]
    fn every_code_is_one_of_the_guidelines() {
        assert!(GONE.iter().all(|(_, information)| INFORMATION.contains(information)));
        assert!(REASONS.contains(&"Not_for_re-distribution"));
    }
}
