//! Quantities: a decimal with a UCUM unit or a calendar duration. <http://hl7.org/fhirpath/N1/#quantity>

use crate::number;
use rust_decimal::Decimal;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;
use theriac_units::{Calendar, Exact, Unit as Ucum};

#[derive(Debug, Clone, PartialEq)]
pub struct Quantity<'a> {
    pub value: Decimal,
    pub unit: Unit<'a>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unit<'a> {
    Calendar(Calendar),
    /// A UCUM code, or any other text, which then compares with itself only.
    Code(Cow<'a, str>),
}

/// How two quantities stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    Ordered(Ordering),
    /// Their units measure different things.
    Different,
    /// A calendar duration against one of fixed length, or numbers beyond reason.
    Unknown,
}

impl<'a> Quantity<'a> {
    pub fn unity(value: Decimal) -> Self {
        Self { value, unit: Unit::Code(Cow::Borrowed("1")) }
    }

    /// `'mg'` after a number; a calendar word in quotes is still that duration.
    pub fn unit_of_literal(code: &str) -> Unit<'static> {
        match Calendar::of_word(code) {
            Some(calendar) => Unit::Calendar(calendar),
            None => Unit::Code(Cow::Owned(code.to_owned())),
        }
    }

    /// `4 days`, `1.5 'mg'`, `7`: what `toQuantity()` reads.
    pub fn parse(text: &str) -> Option<Quantity<'static>> {
        let text = text.trim();
        let end = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '+' | '-' | '.')).unwrap_or(text.len());
        let value = number::parse(&text[..end])?;
        let rest = text[end..].trim_start();
        let unit = match rest.strip_prefix('\'').and_then(|r| r.strip_suffix('\'')) {
            _ if rest.is_empty() => Unit::Code(Cow::Borrowed("1")),
            Some(code) if !code.is_empty() && !code.contains('\'') => Self::unit_of_literal(code),
            Some(_) => return None,
            None => Unit::Calendar(Calendar::of_word(rest)?),
        };
        Some(Quantity { value, unit })
    }

    pub fn relation(&self, other: &Quantity<'_>) -> Relation {
        use Unit::{Calendar as C, Code};
        match (&self.unit, &other.unit) {
            (left, right) if left == right => Relation::Ordered(self.value.cmp(&other.value)),
            (C(left), C(right)) => self.durations(*left, other, *right),
            (C(duration), Code(code)) | (Code(code), C(duration)) if !is_same_length(*duration, code) => {
                Relation::Unknown
            }
            _ => self.by_units(other),
        }
    }

    fn durations(&self, left: Calendar, other: &Quantity<'_>, right: Calendar) -> Relation {
        let length = |unit: Calendar| match unit {
            Calendar::Year => (true, 12),
            Calendar::Month => (true, 1),
            fixed => (false, fixed.fixed_ms().unwrap_or_default()),
        };
        let ((months, left), (also_months, right)) = (length(left), length(right));
        if months != also_months {
            return Relation::Unknown;
        }
        let scaled = |value: Decimal, by: i64| value.checked_mul(Decimal::from(by));
        match (scaled(self.value, left), scaled(other.value, right)) {
            (Some(left), Some(right)) => Relation::Ordered(left.cmp(&right)),
            _ => Relation::Unknown,
        }
    }

    fn by_units(&self, other: &Quantity<'_>) -> Relation {
        let (Some(left), Some(right)) = (self.unit.ucum(), other.unit.ucum()) else { return Relation::Different };
        if !left.is_comparable(&right) {
            return Relation::Different;
        }
        match (left.canonical(self.value.into()), right.canonical(other.value.into())) {
            (Some(left), Some(right)) => Relation::Ordered(left.cmp(&right)),
            _ => Relation::Unknown,
        }
    }

    /// The value in another unit.
    pub fn value_in(&self, unit: &Unit<'_>) -> Option<Decimal> {
        if self.unit == *unit {
            return Some(self.value);
        }
        let (from, to) = (self.unit.ucum()?, unit.ucum()?);
        from.convert(Exact::from(self.value), &to)?.to_decimal()
    }

    /// Both values in the coarser of the two units, for equivalence.
    pub fn in_coarser(&self, other: &Quantity<'_>) -> Option<(Decimal, Decimal)> {
        let (left, right) = (self.unit.ucum()?, other.unit.ucum()?);
        let one = Exact::from(1);
        match left.canonical(one)? >= right.canonical(one)? {
            true => Some((self.value, other.value_in(&self.unit)?)),
            false => Some((self.value_in(&other.unit)?, other.value)),
        }
    }

    /// Nothing where the units do not add up.
    pub fn plus(&self, other: &Quantity<'_>, negative: bool) -> Option<Self> {
        let right = other.value_in(&self.unit)?;
        let right = if negative { -right } else { right };
        Some(Self { value: self.value.checked_add(right)?, unit: self.unit.clone() })
    }

    pub fn times(&self, other: &Quantity<'_>) -> Option<Self> {
        let value = self.value.checked_mul(other.value)?;
        let (left, right) = (self.unit.ucum()?, other.unit.ucum()?);
        Some(Self { value, unit: Unit::of_ucum(&left.times(&right)?) })
    }

    pub fn per(&self, other: &Quantity<'_>) -> Option<Self> {
        let value = self.value.checked_div(other.value)?;
        if self.unit == other.unit {
            return Some(Self::unity(value));
        }
        let (left, right) = (self.unit.ucum()?, other.unit.ucum()?);
        Some(Self { value, unit: Unit::of_ucum(&left.per(&right)?) })
    }

    pub fn is_comparable(&self, other: &Quantity<'_>) -> bool {
        match (self.unit.ucum(), other.unit.ucum()) {
            (Some(left), Some(right)) => left.is_comparable(&right),
            _ => self.unit == other.unit,
        }
    }
}

/// May a calendar duration be compared with that UCUM unit? Up to the week they are of the same length.
fn is_same_length(duration: Calendar, code: &str) -> bool {
    duration.fixed_ms().is_some() && !matches!(Calendar::of_ucum(code), Some(Calendar::Year | Calendar::Month))
}

impl Unit<'_> {
    pub fn ucum(&self) -> Option<Arc<Ucum>> {
        match self {
            Self::Calendar(duration) => Ucum::cached(duration.ucum()),
            Self::Code(code) => Ucum::cached(code),
        }
    }

    fn of_ucum(unit: &Ucum) -> Unit<'static> {
        Unit::Code(Cow::Owned(unit.code().to_owned()))
    }

    /// For adding to a date: calendar durations, and UCUM units of the same fixed length.
    pub fn duration(&self) -> Option<Calendar> {
        match self {
            Self::Calendar(duration) => Some(*duration),
            Self::Code(code) => Calendar::of_ucum(code).filter(|c| c.fixed_ms().is_some()),
        }
    }
}

impl fmt::Display for Quantity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.unit {
            Unit::Calendar(duration) if self.value == Decimal::ONE => write!(f, "{} {}", self.value, duration.word()),
            Unit::Calendar(duration) => write!(f, "{} {}", self.value, duration.plural()),
            Unit::Code(code) => write!(f, "{} '{code}'", self.value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relation(left: &str, right: &str) -> Relation {
        Quantity::parse(left).unwrap().relation(&Quantity::parse(right).unwrap())
    }

    #[test]
    fn units_are_brought_together_before_values_are_compared() {
        let equal = Relation::Ordered(Ordering::Equal);
        for (left, right, wanted) in [
            ("4.0000 'g'", "4000.0 'mg'", equal),
            ("7 days", "1 week", equal),
            ("1 day", "1 'd'", equal),
            ("1 year", "12 months", equal),
            ("1 year", "1 'a'", Relation::Unknown),
            ("1 month", "30 days", Relation::Unknown),
            ("1 'cm'", "1 's'", Relation::Different),
            ("1 'tablet'", "1 'capsule'", Relation::Different),
            ("2 'tablet'", "1 'tablet'", Relation::Ordered(Ordering::Greater)),
            ("37 'Cel'", "98.6 '[degF]'", equal),
        ] {
            assert_eq!(relation(left, right), wanted, "{left} {right}");
        }
    }

    #[test]
    fn only_whole_quantities_are_read() {
        for text in ["1 wk", "1.a", "", "mg", "1 ''", "1 'mg", "--1", "1 'a'b'", "1 day 2"] {
            assert_eq!(Quantity::parse(text), None, "{text}");
        }
        for (text, shown) in [("1 day", "1 day"), ("-4.50 days", "-4.50 days"), ("1'wk'", "1 'wk'"), ("7", "7 '1'")] {
            assert_eq!(Quantity::parse(text).unwrap().to_string(), shown);
        }
    }
}
