//! Date parameters: date, dateTime, instant, Period and Timing, all as ranges.
//! <http://hl7.org/fhir/R4/search.html#date>
//!
//! A date without a zone is taken in UTC. Of a Timing only the outer limits count.

use super::super::catalogue::Prepared;
use super::super::criterion::{Criterion, RangeTest};
use super::super::index::{Index, Range};
use super::super::query::Modifier;
use super::super::value::{Prefix, unescape};
use super::{Context, refuse};
use chrono::{Datelike, NaiveDate};
use theriac_core::error::Result;
use theriac_core::json::Node;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const DAY: i64 = 24 * 60 * MINUTE;

/// What a partial date covers: microseconds since 1970, the second exclusive.
pub fn range(text: &str) -> Option<(i64, i64)> {
    match text.split_once('T') {
        Some((date, time)) => {
            let (from, days) = day_range(date)?;
            let (offset, length) = time_range(time)?;
            (date.len() == 10 && days == 1).then_some((from + offset, from + offset + length))
        }
        None => day_range(text).map(|(from, days)| (from, from + days * DAY)),
    }
}

fn digits(text: &str) -> Option<u32> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

/// The first instant and the number of days of `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
fn day_range(text: &str) -> Option<(i64, i64)> {
    let year = i32::try_from(digits(text.get(..4)?)?).ok()?;
    let month = part(text, 4, 7)?;
    let day = part(text, 7, 10)?;
    if text.len() > 10 || (month.is_none() && text.len() > 4) {
        return None;
    }
    let from = NaiveDate::from_ymd_opt(year, month.unwrap_or(1), day.unwrap_or(1))?;
    let until = match (month, day) {
        (None, _) => NaiveDate::from_ymd_opt(year + 1, 1, 1)?,
        (Some(12), None) => NaiveDate::from_ymd_opt(year + 1, 1, 1)?,
        (Some(month), None) => NaiveDate::from_ymd_opt(year, month + 1, 1)?,
        (Some(_), Some(_)) => from.succ_opt()?,
    };
    Some((days_since_1970(from) * DAY, days_since_1970(until) - days_since_1970(from)))
}

/// `-MM` or `-DD`: `Some(None)` where the text ends before it, `None` where something else stands there.
fn part(text: &str, from: usize, to: usize) -> Option<Option<u32>> {
    if text.len() <= from {
        return Some(None);
    }
    digits(text.get(from..to)?.strip_prefix('-')?).map(Some)
}

fn days_since_1970(date: NaiveDate) -> i64 {
    const DAYS_BEFORE_1970: i64 = 719_163;
    i64::from(date.num_days_from_ce()) - DAYS_BEFORE_1970
}

/// The offset into the day in UTC, and the length, of `hh:mm[:ss[.f]][zone]`.
fn time_range(text: &str) -> Option<(i64, i64)> {
    let zone_at = text.find(['Z', '+', '-', ' ']).unwrap_or(text.len());
    let (time, zone) = text.split_at(zone_at);
    let minutes = clock(time.get(..5)?)?;
    let (seconds, length) = match time.get(5..)? {
        "" => (0, MINUTE),
        rest => seconds(rest.strip_prefix(':')?)?,
    };
    Some((minutes * MINUTE + seconds - zone_offset(zone)?, length))
}

/// Minutes of `hh:mm`.
fn clock(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes) = (digits(hours)?, digits(minutes)?);
    (text.len() == 5 && hours < 24 && minutes < 60).then(|| i64::from(hours * 60 + minutes))
}

/// `ss` or `ss.f`: microseconds, and what one unit of the last digit is worth, never less than a microsecond.
fn seconds(text: &str) -> Option<(i64, i64)> {
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(w, f)| (w, Some(f)));
    let whole = digits(whole).filter(|s| whole.len() == 2 && *s <= 60)?;
    let Some(fraction) = fraction else { return Some((i64::from(whole) * SECOND, SECOND)) };
    digits(fraction.get(..fraction.len().min(9))?).filter(|_| !fraction.is_empty())?;
    let micros: i64 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    let unit = SECOND / 10_i64.pow(u32::try_from(fraction.len().min(6)).ok()?);
    Some((i64::from(whole) * SECOND + micros, unit))
}

/// A space is taken for the plus sign that query strings lose when they are not escaped.
fn zone_offset(zone: &str) -> Option<i64> {
    match zone {
        "" | "Z" => Some(0),
        _ => {
            let minutes = clock(zone.get(1..)?)?;
            Some(if zone.starts_with('-') { -minutes * MINUTE } else { minutes * MINUTE })
        }
    }
}

pub fn index(prepared: &Prepared, node: &Node<'_>, _: &Context<'_>, index: &mut Index) {
    if let Some((lo, hi)) = limits(node) {
        index.dates.push(Range { param: prepared.number, lo, hi });
    }
}

/// The outer limits of any value that has to do with time.
fn limits(node: &Node<'_>) -> Option<(i64, i64)> {
    match node {
        Node::String(text) => range(text),
        Node::Object(_) if node.get("event").is_some() || node.get("repeat").is_some() => timing(node),
        Node::Object(_) => period(node),
        _ => None,
    }
}

fn period(node: &Node<'_>) -> Option<(i64, i64)> {
    let (start, end) = (node.text("start").and_then(range), node.text("end").and_then(range));
    (start.is_some() || end.is_some()).then(|| (start.map_or(i64::MIN, |s| s.0), end.map_or(i64::MAX, |e| e.1)))
}

fn timing(node: &Node<'_>) -> Option<(i64, i64)> {
    let events = node.get("event").map_or(&[][..], Node::items).iter().filter_map(limits);
    let bounds = node.get("repeat").and_then(|r| r.get("boundsPeriod")).and_then(period);
    events.chain(bounds).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

pub fn criterion(prepared: &Prepared, _: &Modifier, values: &[&str], context: &Context<'_>) -> Result<Criterion> {
    let any = tests(values, context).ok_or_else(|| refuse(prepared, FORMS))?;
    Ok(Criterion::Dates { param: prepared.number, any })
}

pub(in super::super) const FORMS: &str = "YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm[:ss[.sss]][Z|+hh:mm], \
                                          with one of eq ne gt lt ge le sa eb ap before it";

pub(in super::super) fn tests(values: &[&str], context: &Context<'_>) -> Option<Vec<RangeTest>> {
    values.iter().map(|value| test(&unescape(value), context)).collect()
}

fn test(value: &str, context: &Context<'_>) -> Option<RangeTest> {
    let (prefix, text) = Prefix::take(value);
    let (mut lo, mut hi) = range(text)?;
    if prefix == Prefix::Ap {
        let gap = [lo, hi].map(|end| (context.now.0.saturating_sub(end)).saturating_abs() / 10);
        let tenth = gap[0].min(gap[1]);
        (lo, hi) = (lo.saturating_sub(tenth), hi.saturating_add(tenth));
    }
    Some(RangeTest { prefix, lo, hi })
}

#[cfg(test)]
mod tests_of_ranges {
    use super::*;
    use theriac_core::clock::Instant;

    #[test]
    fn partial_dates_cover_what_they_leave_open() {
        let rows = [
            ("2020", "2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z"),
            ("2020-02", "2020-02-01T00:00:00Z", "2020-03-01T00:00:00Z"),
            ("2019-12", "2019-12-01T00:00:00Z", "2020-01-01T00:00:00Z"),
            ("2020-02-29", "2020-02-29T00:00:00Z", "2020-03-01T00:00:00Z"),
            ("2020-02-29T10:30", "2020-02-29T10:30:00Z", "2020-02-29T10:31:00Z"),
            ("2020-02-29T10:30:05+02:00", "2020-02-29T08:30:05Z", "2020-02-29T08:30:06Z"),
            ("2020-02-29T10:30:05.12-05:00", "2020-02-29T15:30:05.12Z", "2020-02-29T15:30:05.13Z"),
            ("2020-02-29T10:30:05 02:00", "2020-02-29T08:30:05Z", "2020-02-29T08:30:06Z"),
            ("1969-12-31", "1969-12-31T00:00:00Z", "1970-01-01T00:00:00Z"),
        ];
        for (text, lo, hi) in rows {
            let wanted = (Instant::parse(lo).unwrap().0, Instant::parse(hi).unwrap().0);
            assert_eq!(range(text), Some(wanted), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_has_no_range() {
        for text in [
            "",
            "20",
            "2020-",
            "2020-13",
            "2021-02-29",
            "2020-1",
            "2020-01-01T",
            "2020-01-01T10",
            "2020T10:00",
            "2020-01-01T24:00",
            "2020-01-01T10:00:00.",
            "2020-01-01T10:00:00+1",
            "2020-01-01x",
            "é020",
            "2020-01-0é",
        ] {
            assert_eq!(range(text), None, "{text}");
        }
    }
}
