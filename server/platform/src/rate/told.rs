//! What a caller is told of its limits: `RateLimit-Policy` and `RateLimit`, lists of RFC 9651 as of
//! draft-ietf-httpapi-ratelimit-headers-10: the policies that held, and what is left of each.

use super::bucket::{Bucket, Levels, seconds, until_midnight_us};
use super::rule::{Plan, Quota};
use std::fmt::Write as _;

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Told {
    policy: String,
    left: String,
}

const DAY_S: i64 = 86_400;

impl Told {
    pub fn of(plan: &Plan, buckets: &[Bucket], quota: Quota, levels: &Levels) -> Self {
        let mut told = Self::default();
        for (bucket, tat) in buckets.iter().zip(&levels.tats) {
            let rule = &plan.rates[bucket.rule];
            let (left, full) = (bucket.left(*tat, levels.now_us), seconds(tat.max(&levels.now_us) - levels.now_us));
            told.add(&rule.name, rule.most, rule.period_s, "", left, full);
        }
        let midnight = seconds(until_midnight_us(levels.now_us));
        for (name, most, used, unit) in [
            ("day", quota.requests, levels.requests, ""),
            ("day-bytes", quota.bytes, levels.bytes, ";qu=\"content-bytes\""),
        ] {
            let Some(most) = most else { continue };
            let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
            told.add(name, number(most), DAY_S, unit, number(most.saturating_sub(used)), midnight);
        }
        told
    }

    fn add(&mut self, name: &str, most: i64, window_s: i64, unit: &str, left: i64, full_s: i64) {
        let comma = if self.policy.is_empty() { "" } else { ", " };
        // Writing to a string does not fail.
        let _ = write!(self.policy, "{comma}\"{name}\";q={most};w={window_s}{unit}");
        let _ = write!(self.left, "{comma}\"{name}\";r={left};t={full_s}");
    }

    /// The fields of an answer.
    pub fn fields(self) -> impl Iterator<Item = (&'static str, String)> {
        [("ratelimit-policy", self.policy), ("ratelimit", self.left)].into_iter().filter(|(_, value)| !value.is_empty())
    }
}
