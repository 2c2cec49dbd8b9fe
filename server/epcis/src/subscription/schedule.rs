//! When a scheduled subscription runs. EPCIS 2.0, 8.2.5.3.
//!
//! A field holds numbers, lists `1,2` and ranges `[1-5]`; all fields that are given must match, in UTC. Of the fields
//! that are left out those finer than the finest given are zero, so that `{"hour": "1", "minute": "5"}` runs once a
//! day; coarser ones match everything.

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use serde::{Deserialize, Serialize};
use theriac_core::{Error, Instant, Result};

/// The fields as they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Schedule {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minute: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hour: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day_of_month: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub month: Option<String>,
    /// 1 is Monday, 7 is Sunday.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day_of_week: Option<String>,
}

/// Name, least and greatest number, from fine to coarse.
const FIELDS: [(&str, u32, u32); 6] = [
    ("second", 0, 59),
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("dayOfMonth", 1, 31),
    ("month", 1, 12),
    ("dayOfWeek", 1, 7),
];

/// The numbers that match, a bit each.
type Set = u64;

/// Days looked at for the next run: every date and weekday comes within 28 years, but for the days that never do.
const HORIZON: u64 = 28 * 366;

impl Schedule {
    pub(crate) fn field_mut(&mut self, name: &str) -> Option<&mut Option<String>> {
        Some(match name {
            "second" => &mut self.second,
            "minute" => &mut self.minute,
            "hour" => &mut self.hour,
            "dayOfMonth" => &mut self.day_of_month,
            "month" => &mut self.month,
            "dayOfWeek" => &mut self.day_of_week,
            _ => return None,
        })
    }

    fn fields(&self) -> [Option<&str>; 6] {
        [&self.second, &self.minute, &self.hour, &self.day_of_month, &self.month, &self.day_of_week]
            .map(|field| field.as_deref())
    }

    fn sets(&self) -> Result<[Set; 6]> {
        let given = self.fields();
        let finest = given.iter().position(Option::is_some);
        let finest = finest.ok_or_else(|| Error::invalid("a schedule names at least one field").at("schedule"))?;
        let mut sets = [0; 6];
        for (at, (name, least, most)) in FIELDS.into_iter().enumerate() {
            sets[at] = match given[at] {
                Some(text) => {
                    read(text, least, most).map_err(|why| Error::invalid(why).at(format!("schedule.{name}")))?
                }
                // A weekday is as fine as a day of the month.
                None if at < finest && at < 3 => 1 << least,
                None => (least..=most).fold(0, |set, n| set | 1 << n),
            };
        }
        Ok(sets)
    }

    /// The first moment after this one; none if the schedule names a day that never comes.
    ///
    /// # Errors
    /// `Invalid`, naming the field that cannot be read.
    pub(crate) fn next(&self, after: Instant) -> Result<Option<Instant>> {
        let [second, minute, hour, day_of_month, month, day_of_week] = self.sets()?;
        let has = |set: Set, n: u32| set & 1 << n != 0;
        let start = chrono::DateTime::from_timestamp_micros(after.0).unwrap_or_default().naive_utc();
        let from = start.with_nanosecond_zero() + TimeDelta::seconds(1);
        let fits = |day: &NaiveDate| {
            has(month, day.month())
                && has(day_of_month, day.day())
                && has(day_of_week, day.weekday().number_from_monday())
        };
        let days = (0..HORIZON).filter_map(|n| from.date().checked_add_days(Days::new(n)));
        for day in days.filter(fits) {
            let earliest = if day == from.date() { from.time() } else { NaiveTime::MIN };
            if let Some(time) = time_of_day(earliest, second, minute, hour) {
                return Ok(Some(Instant(day.and_time(time).and_utc().timestamp_micros())));
            }
        }
        Ok(None)
    }
}

trait WholeSeconds {
    fn with_nanosecond_zero(self) -> Self;
}

impl WholeSeconds for NaiveDateTime {
    fn with_nanosecond_zero(self) -> Self {
        chrono::DateTime::from_timestamp(self.and_utc().timestamp(), 0).unwrap_or_default().naive_utc()
    }
}

/// The first time of a day, not before the earliest.
fn time_of_day(earliest: NaiveTime, second: Set, minute: Set, hour: Set) -> Option<NaiveTime> {
    let times = |set: Set, most: u32| (0..=most).filter(move |n| set & 1 << n != 0);
    times(hour, 23)
        .flat_map(|h| times(minute, 59).map(move |m| (h, m)))
        .flat_map(|(h, m)| times(second, 59).map(move |s| (h, m, s)))
        .filter_map(|(h, m, s)| NaiveTime::from_hms_opt(h, m, s))
        .find(|time| *time >= earliest)
}

fn read(text: &str, least: u32, most: u32) -> Result<Set, String> {
    let wrong = || format!("`{text}` is no list of numbers from {least} to {most} and ranges such as [{least}-{most}]");
    let number = |text: &str| {
        let plain = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        text.parse::<u32>().ok().filter(|n| plain && (least..=most).contains(n))
    };
    let mut set = 0;
    for element in text.split(',') {
        let range = element.strip_prefix('[').and_then(|e| e.strip_suffix(']')).map(|e| e.split_once('-'));
        let (from, to) = match range {
            Some(Some((from, to))) => (number(from), number(to)),
            Some(None) => return Err(wrong()),
            None => (number(element), number(element)),
        };
        let (from, to) = from.zip(to).filter(|(from, to)| from <= to).ok_or_else(wrong)?;
        set |= (from..=to).fold(0, |set, n| set | 1 << n);
    }
    Ok(set)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(json: &str, after: &str) -> Result<Option<String>> {
        let schedule: Schedule = serde_json::from_str(json).unwrap();
        Ok(schedule.next(Instant::parse(after).unwrap())?.map(Instant::rfc3339))
    }

    #[test]
    fn the_next_run_is_the_first_moment_that_matches() {
        // 2026-11-20 is a Friday.
        for (schedule, after, expected) in [
            (r#"{"hour":"1","minute":"5"}"#, "2026-11-20T01:04:59.9Z", "2026-11-20T01:05:00.000Z"),
            (r#"{"hour":"1","minute":"5"}"#, "2026-11-20T01:05:00Z", "2026-11-21T01:05:00.000Z"),
            (r#"{"second":"0,[20-22]"}"#, "2026-11-20T08:00:20.5Z", "2026-11-20T08:00:21.000Z"),
            (r#"{"second":"0,[20-22]"}"#, "2026-11-20T08:59:22Z", "2026-11-20T09:00:00.000Z"),
            (r#"{"dayOfWeek":"1"}"#, "2026-11-20T08:00:00Z", "2026-11-23T00:00:00.000Z"),
            (r#"{"dayOfWeek":"7","hour":"6"}"#, "2026-11-20T08:00:00Z", "2026-11-22T06:00:00.000Z"),
            (r#"{"dayOfMonth":"29","month":"2"}"#, "2026-11-20T08:00:00Z", "2028-02-29T00:00:00.000Z"),
            (r#"{"month":"12"}"#, "2026-11-20T08:00:00Z", "2026-12-01T00:00:00.000Z"),
        ] {
            assert_eq!(next(schedule, after).unwrap().as_deref(), Some(expected), "{schedule} after {after}");
        }
        assert_eq!(next(r#"{"dayOfMonth":"30","month":"2"}"#, "2026-11-20T08:00:00Z").unwrap(), None);
    }

    #[test]
    fn what_is_no_schedule_is_refused_by_the_fields_name() {
        for (schedule, field) in [
            ("{}", "schedule"),
            (r#"{"second":"60"}"#, "schedule.second"),
            (r#"{"minute":"*/5"}"#, "schedule.minute"),
            (r#"{"hour":"[5-1]"}"#, "schedule.hour"),
            (r#"{"hour":"1-5"}"#, "schedule.hour"),
            (r#"{"dayOfMonth":"0"}"#, "schedule.dayOfMonth"),
            (r#"{"month":""}"#, "schedule.month"),
            (r#"{"dayOfWeek":"8"}"#, "schedule.dayOfWeek"),
            (r#"{"second":"+1"}"#, "schedule.second"),
        ] {
            assert_eq!(next(schedule, "2026-11-20T08:00:00Z").unwrap_err().issues[0].path, field, "{schedule}");
        }
    }
}
