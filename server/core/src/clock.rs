//! Time, taken from the context so that tests can hold it still. Instants are microseconds since 1970 UTC.

use chrono::{DateTime, SecondsFormat, Utc};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Microseconds since 1970-01-01T00:00:00Z: the one form of time in tables and cursors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant(pub i64);

impl Instant {
    /// `2026-11-20T08:00:00.000Z`, milliseconds, always UTC.
    pub fn rfc3339(self) -> String {
        self.datetime().to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// `Fri, 20 Nov 2026 08:00:00 GMT`, the form of HTTP dates.
    pub fn http_date(self) -> String {
        self.datetime().format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    pub fn datetime(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or_default()
    }

    /// Reads an RFC 3339 date-time with offset.
    pub fn parse(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc3339(text).ok().map(|t| Self(t.timestamp_micros()))
    }

    /// The same instant cut to whole milliseconds, as records show it.
    #[must_use]
    pub fn to_millis(self) -> Self {
        Self(self.0.div_euclid(1000) * 1000)
    }
}

/// Where "now" comes from: the machine, or a test's hand.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    #[default]
    System,
    Held(Arc<AtomicI64>),
}

impl Clock {
    pub fn now(&self) -> Instant {
        match self {
            Self::System => Instant(Utc::now().timestamp_micros()),
            Self::Held(micros) => Instant(micros.load(Ordering::Relaxed)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_round_trip_through_text() {
        let instant = Instant::parse("2026-11-20T09:00:00.123+01:00").unwrap();
        assert_eq!(instant.rfc3339(), "2026-11-20T08:00:00.123Z");
        assert_eq!(instant.http_date(), "Fri, 20 Nov 2026 08:00:00 GMT");
        assert_eq!(Instant::parse("2026-11-20"), None);
    }

    #[test]
    fn a_held_clock_stands_still() {
        let clock = Clock::Held(Arc::new(AtomicI64::new(5)));
        assert_eq!((clock.now(), clock.now()), (Instant(5), Instant(5)));
    }
}
