//! The limits of a property, and on which side of them a value lies. A value on a limit is within it.
//!
//! Their versions are in `version`; who may change them, in `change` and `equipment`.

mod change;
mod equipment;
mod list;
mod version;

use crate::catalogue::Known;
use crate::service::Isa95;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use theriac_access::label;
use theriac_core::{Code, Error, Issue, Result};
use theriac_platform::Context;
use utoipa::ToSchema;

pub(crate) use change::{approve, propose, reject};
pub(crate) use equipment::follow;
pub(crate) use list::list;
pub use version::{Said, Schedule, Scheduled, State, Version};

/// The property of that address, if it is there for the caller.
pub(crate) async fn visible(isa95: &Isa95, context: &Context, address: &str) -> Result<Arc<Known>> {
    let found = isa95.catalogue.find(&context.db, &[address.to_owned()]).await?.into_iter().flatten().next();
    let labels = |known: &Arc<Known>| known.site.iter().map(|site| label::site(site)).collect::<Vec<_>>();
    found.filter(|known| context.grant.sees(&labels(known))).ok_or_else(|| Error::not_found("property", address))
}

fn raced(error: Error) -> Error {
    match error.guard {
        Some("isa95_limit") => {
            Error::conflict("the limits were changed at the same moment; read them again and repeat")
        }
        _ => error,
    }
}

/// Either end may be open.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
}

/// Where a value lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Within,
    BelowLow,
    AboveHigh,
}

impl Limits {
    pub fn check(&self, value: f64) -> Side {
        match (self.low, self.high) {
            (Some(low), _) if value < low => Side::BelowLow,
            (_, Some(high)) if value > high => Side::AboveHigh,
            _ => Side::Within,
        }
    }

    /// What is wrong with the limits themselves: an end that is not finite, or `low` above `high`.
    pub fn fault(&self, path: &str) -> Option<Issue> {
        if [self.low, self.high].into_iter().flatten().any(|end| !end.is_finite()) {
            return Some(Issue::new(Code::Invalid, path, "a limit must be a finite number; leave it out for none"));
        }
        let (low, high) = (self.low?, self.high?);
        let message = format!("low ({low}) is above high ({high}); low must not be greater than high");
        (low > high).then(|| Issue::new(Code::Unprocessable, path, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_on_a_limit_is_within() {
        let limits = Limits { low: Some(2.0), high: Some(8.0) };
        let expected = [
            (2.0, Side::Within),
            (8.0, Side::Within),
            (1.999_999_999, Side::BelowLow),
            (8.000_000_001, Side::AboveHigh),
        ];
        for (value, side) in expected {
            assert_eq!(limits.check(value), side, "{value}");
        }
    }

    #[test]
    fn an_open_end_is_never_crossed() {
        assert_eq!(Limits { low: None, high: Some(1.0) }.check(f64::MIN), Side::Within);
        assert_eq!(Limits { low: Some(1.0), high: None }.check(f64::MAX), Side::Within);
        assert_eq!(Limits::default().check(0.0), Side::Within);
    }

    #[test]
    fn low_must_not_be_above_high() {
        let fault = Limits { low: Some(3.0), high: Some(2.0) }.fault("limits").unwrap();
        assert_eq!(fault.message, "low (3) is above high (2); low must not be greater than high");
        assert_eq!(Limits { low: Some(2.0), high: Some(2.0) }.fault("limits"), None);
        assert!(Limits { low: Some(f64::NAN), high: None }.fault("limits").is_some());
    }
}
