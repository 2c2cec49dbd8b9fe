//! What a tenant may choose, in one table: name, values, what holds when nothing was chosen.
//!
//! A change is a new version of the setting, with an entry in the tenant's ledger; readers see it at once in the
//! process that made it, and within [`PATIENCE_US`] in others.

use crate::db::{TenantDb, Unit};
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use theriac_core::{Error, Instant, Result};

/// How long a change by another process may go unseen, in microseconds.
pub const PATIENCE_US: i64 = 1_000_000;

/// The mark that a unit touches when it changes one.
const MARK: &str = "platform.setting";

pub struct Setting {
    pub name: &'static str,
    pub values: Values,
    /// What holds when nothing was chosen.
    pub default: &'static str,
    pub about: &'static str,
}

pub enum Values {
    OneOf(&'static [&'static str]),
    /// `Patient=http://a,Patient=http://b`: names with addresses, each name as often as needed.
    Addresses,
    /// `missing-po=off,two-parents=refuse`: names of a table with one of some words each.
    Words {
        names: &'static [&'static str],
        words: &'static [&'static str],
    },
    /// `default=2..8,04012345111118=15..25`: names with a range each.
    Ranges,
    /// `http://a/,http://b/`: absolute addresses, or beginnings of such.
    Prefixes,
    /// `4012345,0614141`: numbers of so many digits.
    Digits(std::ops::RangeInclusive<usize>),
    /// A whole number.
    Whole(std::ops::RangeInclusive<i64>),
    /// `300`: so many at most.
    Seconds(u32),
    /// `clinician=R,client/app=N+PSY`, see [`theriac_access::clearance`].
    Clearances,
    /// `tenant=6000/1m,client:write=50/1s`, see [`crate::rate`].
    Rates,
    /// `requests=1000000,bytes=1000000000`: names of a table with a whole number each.
    Counts(&'static [&'static str]),
}

/// The two ends of `2..8`, in their order.
pub fn range(text: &str) -> Option<(f64, f64)> {
    let (low, high) = text.split_once("..")?;
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    Some((number(low)?, number(high)?)).filter(|(low, high)| low <= high)
}

/// The codes of business faults; what each means stands in the `epcis` crate.
#[rustfmt::skip]
pub const EPCIS_RULES: &[&str] = &[
    "shipped-not-commissioned", "packed-not-commissioned", "commissioned-twice", "received-not-shipped", "two-parents",
    "not-in-parent", "packed-in-itself", "child-count-differs", "expired", "expired-at-commissioning", "wrong-lot",
    "wrong-expiry", "dispensed-twice", "event-after-end", "recalled-dispensed", "shipped-by-other", "more-used-than-made",
    "future-event", "missing-po", "missing-asn", "missing-parties", "missing-lot", "missing-expiry",
];

#[rustfmt::skip]
pub const TABLE: &[Setting] = &[
    Setting { name: "policy.clearance", values: Values::Clearances, default: "clinician=R", about: "up to which security labels roles and clients read, as role=LEVEL+SENSITIVITY,client/id=LEVEL" },
    Setting { name: "policy.consent",           values: Values::OneOf(&["opt-out", "opt-in", "off"]),                    default: "opt-out", about: "what holds where a patient's consents say nothing: shared, withheld, or consents are not enforced" },
    Setting { name: "policy.emergency.minutes",      values: Values::Whole(0..=1440), default: "60", about: "for how many minutes a patient's records are opened in an emergency, at most; 0: never" },
    Setting { name: "policy.emergency.review-hours", values: Values::Whole(1..=720),  default: "72", about: "how many hours after it began an emergency access is judged, or an alert is raised" },
    Setting { name: "oversight.dormant-days",        values: Values::Whole(1..=3660),  default: "90", about: "after how many days without use an account is dormant, and a right unused" },
    Setting { name: "fhir.validation",                    values: Values::OneOf(&["off", "base", "declared", "required"]), default: "base",        about: "what a FHIR resource is checked against before it is stored" },
    Setting { name: "fhir.validation.profiles",           values: Values::Addresses,                                       default: "",            about: "the profiles that `required` asks for, as Type=address,..." },
    Setting { name: "fhir.validation.unknown-profiles",   values: Values::OneOf(&["level", "refuse", "warn"]),             default: "level",       about: "a profile that a resource declares and nobody knows: `level` refuses it from `declared` on" },
    Setting { name: "fhir.validation.unknown-targets",    values: Values::OneOf(&["ignore", "refuse"]),                    default: "ignore",      about: "a profile that a reference must lead to and nobody knows" },
    Setting { name: "fhir.validation.unknown-extensions", values: Values::OneOf(&["information", "warning", "error"]),     default: "information", about: "how an extension that nobody knows is told" },
    Setting { name: "fhir.validation.extension-domains",  values: Values::Prefixes,                                        default: "",            about: "beginnings of addresses under which unknown extensions are only told, http://a/,http://b/" },
    Setting { name: "fhir.validation.references",         values: Values::OneOf(&["standard", "type", "profile", "exists"]), default: "type",        about: "how far references to other resources are followed" },
    Setting { name: "fhir.validation.contained",          values: Values::OneOf(&["check", "ignore"]),                     default: "check",       about: "contained resources" },
    Setting { name: "fhir.validation.examples",           values: Values::OneOf(&["allow", "refuse"]),                     default: "allow",       about: "addresses at domains reserved for examples" },
    Setting { name: "fhir.validation.html-in-markdown",   values: Values::OneOf(&["allow", "refuse"]),                     default: "allow",       about: "tags of HTML in markdown" },
    Setting { name: "fhir.validation.markup-in-strings",  values: Values::OneOf(&["allow", "refuse"]),                     default: "allow",       about: "tags of HTML in strings" },
    Setting { name: "epcis.company.prefixes",   values: Values::Digits(6..=12),                                  default: "",     about: "GS1 company prefixes whose Digital Links may be answered as EPC URNs" },
    Setting { name: "epcis.xml.order",          values: Values::OneOf(&["schema", "any"]),                       default: "schema", about: "the order that elements of an event must have in captured XML" },
    Setting { name: "epcis.exceptions",         values: Values::Words { names: EPCIS_RULES, words: &["off", "keep", "refuse"] }, default: "", about: "what is done about business faults in EPCIS events, as code=off|keep|refuse,..." },
    Setting { name: "dscsa.gln",                          values: Values::Digits(13..=13),                                 default: "",            about: "the GLN under which the tenant trades: it asks for verifications and answers them under this one" },
    Setting { name: "dscsa.credential",                   values: Values::OneOf(&["off", "checked", "required"]),          default: "checked",     about: "credentials of authorised trading partners: not looked at, refused where they do not hold, or needed too" },
    Setting { name: "epcis.temperature",                  values: Values::Ranges,                                          default: "",            about: "the range a trade item is kept in, in degrees Celsius, as GTIN=2..8,default=2..8" },
    Setting { name: "limits.rate",     values: Values::Rates,                          default: "", about: "how often may be asked, as tenant|client|client/ID|address[:read|write|auth|message]=COUNT/PERIOD, as in client:write=50/1s" },
    Setting { name: "limits.quota",    values: Values::Counts(&["requests", "bytes"]), default: "", about: "what the tenant may use in a day of UTC, as requests=COUNT,bytes=COUNT" },
    Setting { name: "limits.sockets",  values: Values::Counts(&["tenant", "client"]),  default: "", about: "sockets open at once on one node, as tenant=COUNT,client=COUNT" },
    Setting { name: "isa95.clock.ahead",        values: Values::Seconds(86_400 * 366),                           default: "",     about: "readings whose time is further ahead of the server's clock, in seconds, are refused by their line; nothing: all are taken" },
];

/// The setting of that name.
///
/// # Errors
/// `Invalid`, naming those there are.
pub fn find(name: &str) -> Result<&'static Setting> {
    TABLE.iter().find(|setting| setting.name == name).ok_or_else(|| {
        let names: Vec<&str> = TABLE.iter().map(|setting| setting.name).collect();
        Error::invalid(format!("'{name}' is no setting; there are {}", names.join(", "))).at(name)
    })
}

impl Setting {
    /// # Errors
    /// `Invalid`, saying what would be right.
    pub fn check(&self, value: &str) -> Result<()> {
        let wrong = |right: String| {
            Err(Error::invalid(format!("'{value}' is no value of {}; {right}", self.name)).at(self.name))
        };
        match &self.values {
            Values::OneOf(words) if words.contains(&value) => Ok(()),
            Values::OneOf(words) => wrong(format!("it takes one of {}", words.join(", "))),
            Values::Digits(digits) => {
                let fits = |n: &str| digits.contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit());
                match value.split(',').map(str::trim).filter(|n| !n.is_empty()).all(fits) {
                    true => Ok(()),
                    false => wrong(format!(
                        "it takes numbers of {} to {} digits with commas between them",
                        digits.start(),
                        digits.end()
                    )),
                }
            }
            Values::Addresses => {
                match addresses(value).all(|(name, address)| !name.is_empty() && address.contains(':')) {
                    true => Ok(()),
                    false => wrong("it takes Name=address pairs with commas between them".to_owned()),
                }
            }
            Values::Ranges => match pairs(value).all(|(name, text)| !name.is_empty() && range(text).is_some()) {
                true => Ok(()),
                false => wrong("it takes Name=low..high with commas between them".to_owned()),
            },
            Values::Words { names, words } => {
                match pairs(value).find(|(name, word)| !names.contains(name) || !words.contains(word)) {
                    None => Ok(()),
                    Some((name, _)) if names.contains(&name) => {
                        wrong(format!("{name} takes one of {}", words.join(", ")))
                    }
                    Some((name, _)) => wrong(format!("'{name}' is not one of {}", names.join(", "))),
                }
            }
            Values::Whole(range) => match value.parse::<i64>().is_ok_and(|number| range.contains(&number)) {
                true => Ok(()),
                false => wrong(format!("it takes a whole number from {} to {}", range.start(), range.end())),
            },
            Values::Seconds(most) => match value.is_empty() || value.parse::<u32>().is_ok_and(|n| n <= *most) {
                true => Ok(()),
                false => wrong(format!("it takes whole seconds up to {most}, or nothing")),
            },
            Values::Clearances => match theriac_access::clearance::is_setting(value) {
                true => Ok(()),
                false => wrong(
                    "it takes role=LEVEL or client/id=LEVEL pairs, LEVEL one of U L M N R V and +CODE behind it"
                        .to_owned(),
                ),
            },
            Values::Rates => match crate::rate::is_rates(value) {
                true => Ok(()),
                false => wrong(
                    "it takes WHO=COUNT/PERIOD pairs, each once: WHO one of tenant, client, client/ID, address, with :read, :write, \
                     :auth or :message behind it if only those count; PERIOD as in 1s, 5m, 1h, at most 1d"
                        .to_owned(),
                ),
            },
            Values::Counts(names) => match counts(value, names) {
                true => Ok(()),
                false => wrong(format!("it takes NAME=COUNT pairs, each once, NAME one of {}", names.join(", "))),
            },
            Values::Prefixes => match list(value).all(|prefix| prefix.contains(':')) {
                true => Ok(()),
                false => wrong("it takes absolute addresses with commas between them".to_owned()),
            },
        }
    }
}

fn counts(value: &str, names: &[&str]) -> bool {
    let pairs: Vec<(&str, &str)> = pairs(value).collect();
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<i64>().is_ok_and(|n| n > 0);
    let once = |(at, pair): (usize, &(&str, &str))| !pairs[..at].iter().any(|other| other.0 == pair.0);
    pairs.iter().all(|(name, text)| names.contains(name) && number(text)) && pairs.iter().enumerate().all(once)
}

/// The parts of a value of [`Values::Prefixes`].
pub fn list(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim).filter(|part| !part.is_empty())
}

/// The pairs of a value of [`Values::Addresses`].
pub fn addresses(value: &str) -> impl Iterator<Item = (&str, &str)> {
    pairs(value)
}

/// The pairs of a value that has several.
pub fn pairs(value: &str) -> impl Iterator<Item = (&str, &str)> {
    list(value).map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// What a tenant has chosen.
#[derive(Debug, Default)]
pub struct Settings(HashMap<String, Chosen>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    pub version: i64,
    pub value: String,
}

impl Settings {
    pub(crate) fn of(chosen: impl IntoIterator<Item = (String, Chosen)>) -> Self {
        Self(chosen.into_iter().collect())
    }

    /// What holds for the setting of that name; empty for a name that is none.
    pub fn value(&self, name: &str) -> &str {
        let default = TABLE.iter().find(|setting| setting.name == name).map_or("", |setting| setting.default);
        self.0.get(name).map_or(default, |chosen| chosen.value.as_str())
    }

    /// What holds for a setting that is a whole number; 0 for any other.
    pub fn whole(&self, name: &str) -> i64 {
        self.value(name).parse().unwrap_or(0)
    }

    /// 0, where nothing was ever chosen.
    pub fn version(&self, name: &str) -> i64 {
        self.0.get(name).map_or(0, |chosen| chosen.version)
    }
}

#[derive(Default)]
struct Kept(RwLock<HashMap<i32, Arc<Known>>>);

struct Known {
    settings: Arc<Settings>,
    touches: u64,
    checked: AtomicI64,
}

impl Settings {
    /// The tenant's settings as they are now, from memory where that is not old.
    ///
    /// # Errors
    /// The database's.
    pub async fn read(db: &TenantDb, now: Instant) -> Result<Arc<Self>> {
        let kept = db.server().kept::<Kept>();
        let touches = db.touches(MARK);
        let known = kept.0.read().get(&db.tenant_key()).cloned();
        if let Some(known) = known.filter(|known| known.touches == touches)
            && now.0 - known.checked.load(Ordering::Relaxed) < PATIENCE_US
        {
            return Ok(known.settings.clone());
        }
        let settings = Arc::new(db.stored_settings().await?);
        let known = Known { settings: settings.clone(), touches, checked: AtomicI64::new(now.0) };
        kept.0.write().insert(db.tenant_key(), Arc::new(known));
        Ok(settings)
    }

    /// Puts the change into the unit, which the caller completes with the ledger's entry. Gives the new version.
    ///
    /// # Errors
    /// `Invalid` for a name or value that is none.
    pub fn change(&self, unit: &mut Unit, db: &TenantDb, now: Instant, name: &str, value: &str) -> Result<i64> {
        find(name)?.check(value)?;
        let version = self.version(name) + 1;
        unit.push(db.new_setting(name, version, value, now));
        unit.touch(MARK);
        Ok(version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_chosen_is_as_the_table_says() {
        let chosen = Chosen { version: 3, value: "declared".to_owned() };
        let some = Settings::of([("fhir.validation".to_owned(), chosen)]);
        assert_eq!((some.value("fhir.validation"), some.version("fhir.validation")), ("declared", 3));
        assert_eq!(
            (Settings::default().value("fhir.validation"), Settings::default().version("fhir.validation")),
            ("base", 0)
        );
    }

    #[test]
    fn unknown_names_and_values_are_refused_with_what_would_be_right() {
        assert!(find("fhir.validate").err().unwrap().message.contains("fhir.validation"));
        let level = find("fhir.validation").unwrap();
        assert!(level.check("declared").is_ok());
        assert!(level.check("strict").unwrap_err().message.contains("off, base, declared, required"));
        let domains = find("fhir.validation.extension-domains").unwrap();
        assert!(domains.check("http://a/, urn:x:").is_ok() && domains.check("").is_ok());
        assert!(domains.check("http://a/,b").unwrap_err().message.contains("absolute addresses"));
        let profiles = find("fhir.validation.profiles").unwrap();
        assert!(profiles.check("Patient=http://x/p, Patient=http://x/q|1").is_ok());
        assert!(profiles.check("").is_ok());
        for wrong in ["Patient", "=http://x", "Patient=x"] {
            assert!(profiles.check(wrong).is_err(), "{wrong}");
        }
        let prefixes = find("epcis.company.prefixes").unwrap();
        assert!(prefixes.check("4012345, 061414").is_ok());
        for wrong in ["40123", "4012345678901", "401234x"] {
            assert!(prefixes.check(wrong).unwrap_err().message.contains("6 to 12 digits"), "{wrong}");
        }
    }

    #[test]
    fn a_name_of_a_table_takes_one_of_its_words() {
        let exceptions = find("epcis.exceptions").unwrap();
        assert!(exceptions.check("two-parents=refuse, missing-po=off").is_ok());
        assert!(exceptions.check("two-parent=off").unwrap_err().message.contains("two-parents"));
        assert!(exceptions.check("two-parents=perhaps").unwrap_err().message.contains("off, keep, refuse"));
    }

    #[test]
    fn a_whole_number_stays_within_its_bounds() {
        let minutes = find("policy.emergency.minutes").unwrap();
        assert!(minutes.check("0").is_ok() && minutes.check("1440").is_ok());
        for wrong in ["-1", "1441", "1.5", "", "an hour"] {
            assert!(minutes.check(wrong).unwrap_err().message.contains("0 to 1440"), "{wrong}");
        }
        assert_eq!(Settings::default().whole("policy.emergency.minutes"), 60);
    }

    #[test]
    fn a_range_has_two_ends_in_their_order() {
        let ranges = find("epcis.temperature").unwrap();
        assert!(ranges.check("default=-25..-15,04012345111118=2..8.5").is_ok());
        for wrong in ["default=8..2", "default=2", "=2..8", "2..8", "default=a..b"] {
            assert!(ranges.check(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn limits_are_counts_of_known_names() {
        let quota = find("limits.quota").unwrap();
        assert!(quota.check("requests=10, bytes=5").is_ok());
        for wrong in
            ["requests", "requests=0", "requests=-1", "requests=1.5", "request=5", "bytes=1,bytes=2", "bytes=1k"]
        {
            assert!(quota.check(wrong).unwrap_err().message.contains("requests, bytes"), "{wrong}");
        }
        let rate = find("limits.rate").unwrap();
        assert!(rate.check("client:write=5/1s").is_ok());
        assert!(rate.check("client:wrote=5/1s").unwrap_err().message.contains(":message"));
    }

    #[test]
    fn seconds_are_whole_and_bounded_or_nothing() {
        let ahead = find("isa95.clock.ahead").unwrap();
        assert!(ahead.check("300").is_ok() && ahead.check("").is_ok());
        for wrong in ["-1", "1.5", "PT5M", "99999999"] {
            assert!(ahead.check(wrong).unwrap_err().message.contains("whole seconds"), "{wrong}");
        }
    }

    #[test]
    fn every_default_is_a_value() {
        for setting in TABLE {
            assert!(setting.check(setting.default).is_ok(), "{}", setting.name);
        }
    }
}
