//! What is printed on a pack, compared with what is known of it: product identifiers (GTIN, serial, lot, expiry) as the
//! GS1 General Specifications write them. Pure.

use chrono::{Datelike, Days, NaiveDate};
use theriac_core::{Error, Result};
use theriac_epcis::identifier::{Identifier, check_digit, link};

/// The day of an expiry: `280131` as in AI (17), where day 00 is the last of the month (GS1 General Specifications,
/// 3.4.7), `2028-01-31`, or a date-time that begins so.
pub(crate) fn day(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    if text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit()) {
        let number = |from: usize| text.get(from..from + 2)?.parse::<u32>().ok();
        let (year, month, day) = (2_000 + i32::try_from(number(0)?).ok()?, number(2)?, number(4)?);
        return match day {
            0 => last_of(year, month),
            day => NaiveDate::from_ymd_opt(year, month, day),
        };
    }
    let date = text.get(..10).filter(|_| text.len() == 10 || text.as_bytes().get(10) == Some(&b'T'))?;
    NaiveDate::parse_from_str(date, "%Y-%m-%d").ok()
}

fn last_of(year: i32, month: u32) -> Option<NaiveDate> {
    let first = NaiveDate::from_ymd_opt(year, month, 1)?;
    let next = first.checked_add_days(Days::new(31))?.with_day(1)?;
    next.checked_sub_days(Days::new(1))
}

pub(crate) fn same_day(printed: &str, known: &str) -> bool {
    day(printed).is_some_and(|printed| day(known) == Some(printed))
}

/// The serialised item of a GTIN-14 and a serial number.
pub(crate) fn serialised(gtin: &str, serial: &str) -> Result<Identifier> {
    let gtin = gtin14(gtin)?;
    let length = serial.chars().count();
    if !(1..=20).contains(&length) || serial.chars().any(|c| c.is_control() || !c.is_ascii()) {
        return Err(Error::invalid("a serial number has 1 to 20 characters of AI (21)").at("serial"));
    }
    link::of_values(&["01", gtin, "21", serial])
        .ok_or_else(|| Error::invalid("they are no product identifier").at("gtin"))
}

/// Exactly 14 digits, the last of which checks the others.
pub(crate) fn gtin14(text: &str) -> Result<&str> {
    let good = text.len() == 14 && check_digit::holds(text);
    let message = || format!("'{text}' is no GTIN of 14 digits with its check digit");
    if good { Ok(text) } else { Err(Error::invalid(message()).at("gtin")) }
}

/// Exactly 13 digits, the last of which checks the others.
pub(crate) fn gln(text: &str, place: &'static str) -> Result<String> {
    let good = text.len() == 13 && check_digit::holds(text);
    let message = || format!("'{text}' is no GLN of 13 digits with its check digit");
    if good { Ok(text.to_owned()) } else { Err(Error::invalid(message()).at(place)) }
}

/// `280131`, as requests of verification write it.
pub(crate) fn six_digits(day: NaiveDate) -> String {
    day.format("%y%m%d").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expiry_is_the_same_as_printed_and_as_recorded() {
        assert!(same_day("280131", "2028-01-31") && same_day("2028-01-31", "2028-01-31"));
        assert!(same_day("280131", "2028-01-31T00:00:00Z"));
        assert!(!same_day("280130", "2028-01-31") && !same_day("280131", "soon") && !same_day("soon", "soon"));
    }

    #[test]
    fn day_nought_is_the_last_of_the_month() {
        for (printed, known) in [("280200", "2028-02-29"), ("270200", "2027-02-28"), ("281200", "2028-12-31")] {
            assert!(same_day(printed, known), "{printed}");
        }
        for wrong in ["281300", "280230", "28013", "2801310", "2028-1-31", "2028-01-31x"] {
            assert_eq!(day(wrong), None, "{wrong}");
        }
        assert_eq!(day("280200").map(six_digits).as_deref(), Some("280229"));
    }

    #[test]
    fn identifiers_carry_their_check_digits() {
        let item = serialised("04012345111118", "A/1(").unwrap();
        assert_eq!(item.link(), "https://id.gs1.org/01/04012345111118/21/A%2F1%28");
        for (gtin, serial) in [
            ("04012345111119", "1"),
            ("4012345111118", "1"),
            ("04012345111118", ""),
            ("04012345111118", "123456789012345678901"),
        ] {
            assert!(serialised(gtin, serial).is_err(), "{gtin} {serial}");
        }
        assert!(gln("4000001000005", "x").is_ok() && gln("4000001000006", "x").is_err());
    }
}
