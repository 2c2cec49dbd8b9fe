//! The settings, read: `limits.rate` is a list of `WHO[:CLASS]=COUNT/PERIOD`, such as
//! `tenant=6000/1m,client:write=50/1s,client/loader:write=1000/1s,address:auth=30/1m`.
//!
//! | who | one bucket for |
//! |---|---|
//! | `tenant` | all callers of the tenant together |
//! | `client` | each client, and each person whose token names no client |
//! | `client/ID` | this client, in place of what holds for each |
//! | `address` | each address that shows no token, or one that does not hold |
//!
//! Without a class a rule counts all requests; with one, those of the class.

use super::bucket::{self, Bucket};
use super::{Buckets, Caller};
use crate::http::{Method, Route};
use crate::setting::{Settings, pairs};
use std::net::IpAddr;
use theriac_access::Grant;
use theriac_core::Tenant;

/// Kinds of routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Read,
    Write,
    /// Sign-in and tokens.
    Auth,
    /// Not a route: a message on an open socket.
    Message,
}

impl Class {
    const NAMES: [(&'static str, Self); 4] =
        [("read", Self::Read), ("write", Self::Write), ("auth", Self::Auth), ("message", Self::Message)];

    pub fn as_str(self) -> &'static str {
        Self::NAMES[self as usize].0
    }

    fn parse(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(n, _)| *n == name).map(|(_, class)| *class)
    }

    /// A search by POST reads.
    pub fn of(route: &Route) -> Self {
        match route.method {
            _ if route.path.starts_with("/{tenant}/auth/") => Self::Auth,
            Method::Get | Method::Head | Method::Options => Self::Read,
            _ if route.permission.meaning().changes => Self::Write,
            _ => Self::Read,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    Tenant,
    Client,
    One(String),
    Address,
}

impl Who {
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Client | Self::One(_) => "client",
            Self::Address => "address",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match text {
            "tenant" => Some(Self::Tenant),
            "client" => Some(Self::Client),
            "address" => Some(Self::Address),
            other => other.strip_prefix("client/").filter(|id| !id.is_empty()).map(|id| Self::One(id.to_owned())),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// As the fields of an answer name it: `client:write`.
    pub name: String,
    pub who: Who,
    pub class: Option<Class>,
    pub most: i64,
    pub period_s: i64,
}

const UNITS: &[(&str, i64)] = &[("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)];

/// A bucket is full after this at the latest.
const LONGEST_S: i64 = 86_400;

impl Rule {
    fn parse(name: &str, text: &str) -> Option<Self> {
        let (who, class) = match name.rsplit_once(':') {
            Some((who, class)) => (who, Some(Class::parse(class)?)),
            None => (name, None),
        };
        let who = Who::parse(who)?;
        let (most, period) = text.split_once('/')?;
        let (unit, seconds) = UNITS.iter().find(|(unit, _)| period.ends_with(unit))?;
        let number =
            |text: &str| text.parse::<i64>().ok().filter(|n| *n >= 1 && text.bytes().all(|b| b.is_ascii_digit()));
        let (most, times) = (number(most)?, number(period.strip_suffix(unit)?)?);
        let period_s = times.checked_mul(*seconds).filter(|s| *s <= LONGEST_S)?;
        let name =
            class.map_or_else(|| who.as_str().to_owned(), |class| format!("{}:{}", who.as_str(), class.as_str()));
        // A bucket counts in microseconds.
        (most <= period_s * 1_000_000).then_some(Self { name, who, class, most, period_s })
    }

    /// `1 m`
    pub fn period(&self) -> String {
        let fits = |(_, seconds): &&(&str, i64)| self.period_s % seconds == 0;
        let (unit, seconds) = UNITS.iter().rev().find(fits).unwrap_or(&UNITS[0]);
        format!("{} {unit}", self.period_s / seconds)
    }

    fn counts(&self, class: Class) -> bool {
        self.class.map_or(class != Class::Message, |own| own == class)
    }
}

fn rules(value: &str) -> Option<Vec<Rule>> {
    let rules: Vec<Rule> = pairs(value).map(|(name, text)| Rule::parse(name, text)).collect::<Option<_>>()?;
    let twice =
        |(at, rule): (usize, &Rule)| rules[..at].iter().any(|own| own.who == rule.who && own.class == rule.class);
    (!rules.iter().enumerate().any(twice)).then_some(rules)
}

/// Is it a value of `limits.rate`?
pub fn is_rates(value: &str) -> bool {
    rules(value).is_some()
}

/// Of a day, UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quota {
    pub requests: Option<u64>,
    pub bytes: Option<u64>,
}

impl Quota {
    pub fn is_none(self) -> bool {
        self == Self::default()
    }
}

/// All limits of one tenant.
#[derive(Debug, Default)]
pub struct Plan {
    pub rates: Vec<Rule>,
    pub quota: Quota,
    /// Open sockets of the tenant, and of each client.
    pub sockets: (Option<u64>, Option<u64>),
}

impl Plan {
    pub fn of(settings: &Settings) -> Self {
        let number = |setting: &str, name: &str| {
            pairs(settings.value(setting)).find(|(n, _)| *n == name).and_then(|(_, number)| number.parse().ok())
        };
        let (quota, sockets) = ("limits.quota", "limits.sockets");
        Self {
            rates: rules(settings.value("limits.rate")).unwrap_or_default(),
            quota: Quota { requests: number(quota, "requests"), bytes: number(quota, "bytes") },
            sockets: (number(sockets, "tenant"), number(sockets, "client")),
        }
    }

    /// The buckets that one request or message is taken from.
    pub fn buckets(&self, tenant: &Tenant, caller: Caller<'_>, class: Class) -> Buckets {
        let address = match caller {
            Caller::Unknown(peer) if self.rates.iter().any(|rule| rule.who == Who::Address) => network(peer),
            _ => String::new(),
        };
        let own =
            |rule: &Rule| matches!((&rule.who, caller), (Who::One(id), Caller::Known(grant)) if id == subject(grant));
        let mut buckets = Buckets::new();
        for (at, rule) in self.rates.iter().enumerate().filter(|(_, rule)| rule.counts(class)) {
            let subject = match (&rule.who, caller) {
                (Who::Tenant, _) => "",
                (Who::One(_), Caller::Known(grant)) if own(rule) => subject(grant),
                (Who::Client, Caller::Known(grant)) => {
                    if self.rates.iter().any(|other| other.class == rule.class && own(other)) {
                        continue;
                    }
                    subject(grant)
                }
                (Who::Address, Caller::Unknown(_)) => address.as_str(),
                _ => continue,
            };
            let class = rule.class.map_or("", Class::as_str);
            buckets.push(Bucket {
                key: bucket::key(&[tenant.name.as_ref(), "rate", rule.who.as_str(), class, subject]),
                interval_us: (rule.period_s * 1_000_000 + rule.most - 1) / rule.most,
                most: rule.most,
                rule: at,
            });
        }
        buckets
    }
}

/// The client, or the person whose token names none.
pub fn subject(grant: &Grant) -> &str {
    grant.client.as_deref().unwrap_or(&grant.subject)
}

/// Whoever has an address of version 6 has 2^64 of them.
fn network(peer: Option<IpAddr>) -> String {
    match peer.map(|peer| peer.to_canonical()) {
        None => String::new(),
        Some(IpAddr::V4(v4)) => v4.to_string(),
        Some(IpAddr::V6(v6)) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_access::Role;

    #[test]
    fn what_cannot_be_meant_is_no_value() {
        let good = "tenant=6000/1m, client:write=50/1s,client/a.b-c:read=1/10s,address:auth=30/1m,client:message=5/1s";
        assert_eq!(rules(good).unwrap().len(), 5);
        assert!(is_rates(""));
        for bad in [
            "tenant",
            "tenant=",
            "tenant=5",
            "tenant=5/s",
            "tenant=5/1w",
            "tenant=0/1s",
            "tenant=5/0s",
            "tenant=-5/1s",
            "tenant=+5/1s",
            "tenant=5/2d",
            "tenant=1000001/1s",
            "tenants=5/1s",
            "client/=5/1s",
            "client:delete=5/1s",
            "tenant=5/1s,tenant=6/1m",
            "tenant=5.5/1s",
            "tenant=5/1s/1s",
            "=5/1s",
            "tenant=5/99999999999999999999s",
        ] {
            assert!(!is_rates(bad), "{bad}");
        }
    }

    fn named(plan: &Plan, caller: Caller<'_>, class: Class) -> Vec<String> {
        let buckets = plan.buckets(&Tenant::new(1, "mercy"), caller, class);
        buckets.iter().map(|bucket| format!("{}={}", plan.rates[bucket.rule].name, bucket.most)).collect()
    }

    #[test]
    fn each_caller_is_counted_by_the_rules_that_are_its_own() {
        let value =
            "tenant=9/1s,client=8/1s,client:write=7/1s,client/loader:write=6/1s,address:auth=5/1s,client:message=4/1s";
        let plan = Plan { rates: rules(value).unwrap(), ..Plan::default() };
        let ada = Grant::new(Role::Steward, "ada", "mercy");
        let loader = Grant { client: Some("loader".to_owned()), ..Grant::new(Role::Service, "x", "mercy") };
        assert_eq!(named(&plan, Caller::Known(&ada), Class::Read), ["tenant=9", "client=8"]);
        assert_eq!(named(&plan, Caller::Known(&ada), Class::Write), ["tenant=9", "client=8", "client:write=7"]);
        assert_eq!(named(&plan, Caller::Known(&loader), Class::Write), ["tenant=9", "client=8", "client:write=6"]);
        assert_eq!(named(&plan, Caller::Known(&loader), Class::Message), ["client:message=4"]);
        assert_eq!(named(&plan, Caller::Unknown(None), Class::Auth), ["tenant=9", "address:auth=5"]);
        assert_eq!(named(&plan, Caller::Unknown(None), Class::Read), ["tenant=9"]);
    }

    #[test]
    fn buckets_are_apart_by_tenant_and_subject_and_an_address_counts_by_its_network() {
        let plan = Plan { rates: rules("client=8/1s,address=1/1s").unwrap(), ..Plan::default() };
        let key = |tenant: &str, caller: Caller<'_>| plan.buckets(&Tenant::new(1, tenant), caller, Class::Read)[0].key;
        let (ada, bob) = (Grant::new(Role::Steward, "ada", "mercy"), Grant::new(Role::Steward, "bob", "mercy"));
        assert_ne!(key("mercy", Caller::Known(&ada)), key("mercy", Caller::Known(&bob)));
        assert_ne!(key("mercy", Caller::Known(&ada)), key("acme", Caller::Known(&ada)));
        let from = |text: &str| key("mercy", Caller::Unknown(text.parse().ok()));
        assert_eq!(from("2a00:1:2:3::1"), from("2a00:1:2:3::2"));
        assert_eq!(from("::ffff:1.2.3.4"), from("1.2.3.4"));
        assert_ne!(from("1.2.3.4"), from("1.2.3.5"));
    }

    #[test]
    fn a_period_is_said_in_its_largest_unit() {
        for (text, said) in [("5/60s", "1 m"), ("5/90s", "90 s"), ("5/24h", "1 d"), ("5/2h", "2 h")] {
            assert_eq!(Rule::parse("tenant", text).unwrap().period(), said);
        }
    }
}
