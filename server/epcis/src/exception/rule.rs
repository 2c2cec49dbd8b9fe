//! The rules, each with its code. A code is public: it never changes its meaning, and is never used again.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    Error,
    Warning,
}

impl Severity {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// What is done about a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Off,
    /// The event is stored, and the fault with it.
    Keep,
    /// The event is refused.
    Refuse,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    pub code: &'static str,
    pub severity: Severity,
    /// What holds when the tenant chose nothing.
    pub mode: Mode,
    /// Does it follow from an item's history, so that later events may change it?
    pub of_history: bool,
    pub about: &'static str,
}

const fn rule(code: &'static str, severity: Severity, of_history: bool, about: &'static str) -> Rule {
    Rule { code, severity, mode: Mode::Keep, of_history, about }
}

const fn off(rule: Rule) -> Rule {
    Rule { mode: Mode::Off, ..rule }
}

use Severity::{Error, Warning};

pub static SHIPPED_NOT_COMMISSIONED: &Rule = &RULES[0];
pub static PACKED_NOT_COMMISSIONED: &Rule = &RULES[1];
pub static COMMISSIONED_TWICE: &Rule = &RULES[2];
pub static RECEIVED_NOT_SHIPPED: &Rule = &RULES[3];
pub static TWO_PARENTS: &Rule = &RULES[4];
pub static NOT_IN_PARENT: &Rule = &RULES[5];
pub static PACKED_IN_ITSELF: &Rule = &RULES[6];
pub static CHILD_COUNT_DIFFERS: &Rule = &RULES[7];
pub static EXPIRED: &Rule = &RULES[8];
pub static EXPIRED_AT_COMMISSIONING: &Rule = &RULES[9];
pub static WRONG_LOT: &Rule = &RULES[10];
pub static WRONG_EXPIRY: &Rule = &RULES[11];
pub static DISPENSED_TWICE: &Rule = &RULES[12];
pub static EVENT_AFTER_END: &Rule = &RULES[13];
pub static RECALLED_DISPENSED: &Rule = &RULES[14];
pub static SHIPPED_BY_OTHER: &Rule = &RULES[15];
pub static MORE_USED_THAN_MADE: &Rule = &RULES[16];
pub static FUTURE_EVENT: &Rule = &RULES[17];
pub static MISSING_PO: &Rule = &RULES[18];
pub static MISSING_ASN: &Rule = &RULES[19];
pub static MISSING_PARTIES: &Rule = &RULES[20];
pub static MISSING_LOT: &Rule = &RULES[21];
pub static MISSING_EXPIRY: &Rule = &RULES[22];

#[rustfmt::skip]
pub static RULES: &[Rule] = &[
    rule("shipped-not-commissioned", Error,   true,  "shipped, but never commissioned"),
    rule("packed-not-commissioned",  Warning, true,  "packed, but never commissioned"),
    rule("commissioned-twice",       Error,   true,  "commissioned again, though it was commissioned before"),
    rule("received-not-shipped",     Warning, true,  "received, but not shipped before"),
    rule("two-parents",              Error,   true,  "packed into a parent while it is in another"),
    rule("not-in-parent",            Error,   true,  "taken out of a parent it is not in"),
    rule("packed-in-itself",         Error,   true,  "packed into something that is in it"),
    rule("child-count-differs",      Warning, false, "the children that were observed are not those that were packed"),
    rule("expired",                  Error,   true,  "shipped, received, sold or dispensed after its expiry"),
    rule("expired-at-commissioning", Error,   true,  "commissioned with an expiry that was past"),
    rule("wrong-lot",                Error,   true,  "another lot than the one it was commissioned with"),
    rule("wrong-expiry",             Error,   true,  "another expiry than the one it was commissioned with"),
    rule("dispensed-twice",          Error,   true,  "dispensed or sold, though it was dispensed or sold before"),
    rule("event-after-end",          Error,   true,  "an event of an item that was destroyed, decommissioned, disposed of or consumed"),
    rule("recalled-dispensed",       Error,   true,  "dispensed or sold, though it is recalled"),
    rule("shipped-by-other",         Warning, true,  "shipped by a party that does not hold it"),
    rule("more-used-than-made",      Error,   false, "more of a lot was used or ended than was made"),
    rule("future-event",             Error,   false, "the eventTime is later than the time of capture"),
    rule("missing-po",               Warning, false, "shipped to another owner without a purchase order (bizTransaction of type po)"),
    rule("missing-asn",              Warning, false, "shipped to another owner without a despatch advice (bizTransaction of type desadv)"),
    off(rule("missing-parties",      Warning, false, "shipped without the owning parties on both sides")),
    off(rule("missing-lot",          Warning, false, "a serial was commissioned without a lot")),
    off(rule("missing-expiry",       Warning, false, "a serial was commissioned without an expiry")),
];

pub fn find(code: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_stands_once_and_its_name_points_to_it() {
        for (at, rule) in RULES.iter().enumerate() {
            assert_eq!(RULES.iter().position(|other| other.code == rule.code), Some(at));
        }
        for (named, code) in [
            (SHIPPED_NOT_COMMISSIONED, "shipped-not-commissioned"),
            (TWO_PARENTS, "two-parents"),
            (EXPIRED, "expired"),
            (DISPENSED_TWICE, "dispensed-twice"),
            (MORE_USED_THAN_MADE, "more-used-than-made"),
            (FUTURE_EVENT, "future-event"),
            (MISSING_EXPIRY, "missing-expiry"),
        ] {
            assert_eq!(named.code, code);
        }
    }

    #[test]
    fn the_setting_knows_the_same_codes() {
        let codes: Vec<&str> = RULES.iter().map(|rule| rule.code).collect();
        assert_eq!(theriac_platform::setting::EPCIS_RULES, codes);
    }
}
