//! From parameters, in an address or in a named query's JSON, to the predicate.

use super::parameters::{self, Meaning, Parameter, Spelling};
use super::{AnyOf, Attributed, Bounded, Column, Compare, Direction, Family, Order, Query, TimeBound, family};
use crate::identifier::{Identifier, canonical};
use crate::index::{self, Comparable, extension_field, scalar, sensor_field, term, typed_field, with_unit};
use crate::master;
use crate::namespaces::{Namespaces, is_uri};
use crate::unit;
use crate::vocabulary::Vocabulary;
use theriac_core::json::Node;
use theriac_core::{Code, Error, Instant, Issue, Result};

impl Query {
    /// Reads decoded name and value pairs of an address. A list's values are parted by `|`, as the
    /// OpenAPI document says (`style: pipeDelimited`); a list may also be given in several pairs.
    ///
    /// # Errors
    /// Every parameter that is unknown, not supported yet, or has a bad value.
    pub fn from_pairs<'p>(pairs: impl IntoIterator<Item = (&'p str, &'p str)>, spaces: &Namespaces) -> Result<Self> {
        let mut reader = Reader::new(spaces.clone());
        let mut gathered: Vec<(&str, Vec<&str>)> = Vec::new();
        for (name, value) in pairs {
            match gathered.iter_mut().find(|(n, _)| *n == name) {
                Some((_, values)) => values.extend(value.split('|')),
                None => gathered.push((name, value.split('|').collect())),
            }
        }
        gathered.iter().for_each(|(name, values)| reader.parameter(name, values));
        reader.finish()
    }

    /// Reads the JSON object of a named query; its `@context` declares prefixes.
    ///
    /// # Errors
    /// As [`Query::from_pairs`].
    pub fn from_json(node: &Node<'_>, spaces: &Namespaces) -> Result<Self> {
        let Some(object) = node.as_object() else {
            return Err(Error::malformed(format!("a query is an object of parameters, not {}", node.kind())).at("$"));
        };
        let mut reader = Reader { named: true, ..Reader::new(spaces.with(object.get("@context"))) };
        for (name, value) in object.iter().filter(|(name, _)| *name != "@context") {
            let values: Option<Vec<&str>> = value.items().iter().map(scalar).collect();
            match values {
                Some(values) => reader.parameter(name, &values),
                None => reader.fault(name, format!("a value or a list of values is needed, not {}", value.kind())),
            }
        }
        reader.finish()
    }
}

struct Reader {
    query: Query,
    spaces: Namespaces,
    issues: Vec<Issue>,
    /// A named query, not an address.
    named: bool,
}

impl Reader {
    fn new(spaces: Namespaces) -> Self {
        Self { query: Query::default(), spaces, issues: Vec::new(), named: false }
    }

    fn fault(&mut self, name: &str, message: impl Into<String>) {
        self.issues.push(Issue::new(Code::UnknownParameter, name, message));
    }

    fn parameter(&mut self, name: &str, values: &[&str]) {
        match parameters::find(name) {
            None => self.fault(name, format!("`{name}` is no query parameter; known are {}", parameters::known())),
            Some((row, operator, suffix)) => {
                if let Err(why) = self.apply(name, row, operator, suffix, values) {
                    self.fault(name, why);
                }
            }
        }
    }

    fn apply(
        &mut self,
        name: &str,
        row: &Parameter,
        operator: &str,
        suffix: &str,
        values: &[&str],
    ) -> Result<(), String> {
        match row.meaning {
            Meaning::Term(field, spelling) => self.terms(name, field, spelling, values),
            Meaning::Sensor(field, spelling) => self.terms(name, &sensor_field(field), spelling, values),
            Meaning::Typed(field, types) => {
                let kind = types.canonical(suffix, &self.spaces).ok_or_else(|| types.refusal(suffix))?;
                self.terms(name, &typed_field(field, &kind), Spelling::Identifier, values)
            }
            Meaning::Exists(member) => self.exists(name, "EXISTS", member, values),
            Meaning::Field(part) => self.field(name, part, operator, suffix, values),
            Meaning::Number(field) => self.number(name, field, operator, suffix, values),
            Meaning::Moment(field) => {
                let at = instant(one(values)?)?.0 as f64;
                self.bound(name, index::field(field), compare(operator), vec![at])
            }
            Meaning::Descendants(field) => {
                let roots = values.iter().map(|v| identifier(v.trim())).collect::<Result<_, _>>()?;
                self.query.families.push(Family { parameter: name.to_owned(), field, roots });
                Ok(())
            }
            Meaning::HasAttribute => {
                let names = values.iter().map(|name| self.spaces.expand(name.trim()));
                let terms = names.map(|name| master::has(&name)).collect();
                self.attributed(name, suffix, "", terms)
            }
            Meaning::EqualsAttribute => {
                let (_, attribute) = family::split(suffix, &self.spaces).unwrap_or((family::Field::Standard(0), ""));
                let attribute = self.spaces.expand(attribute);
                let terms = values.iter().map(|value| master::equals(&attribute, value)).collect();
                self.attributed(name, suffix, &attribute, terms)
            }
            Meaning::Context => Ok(()),
            _ => self.single(row.meaning, one(values)?),
        }
    }

    /// `attribute` stands in the parameter's name where values are compared.
    fn attributed(&mut self, name: &str, suffix: &str, attribute: &str, terms: Vec<i64>) -> Result<(), String> {
        let (field, after) = family::split(suffix, &self.spaces).ok_or_else(|| {
            format!(
                "`{suffix}` names no field with master data; {} have, and fields of declared prefixes",
                family::known()
            )
        })?;
        if after.is_empty() != attribute.is_empty() {
            return Err(
                "an attribute stands after the field's name in EQATTR_, and as the value in HASATTR_".to_owned()
            );
        }
        if attribute.is_empty() && name.starts_with("EQ") {
            return Err(
                "the attribute's name is needed after the field's, as in EQATTR_bizLocation_cbvmda:city".to_owned()
            );
        }
        if terms.is_empty() {
            return Err("at least one value is needed".to_owned());
        }
        self.query.attributed.push(Attributed { parameter: name.to_owned(), field, terms });
        Ok(())
    }

    /// A number, converted to the base unit that it is stored in.
    fn number(&mut self, name: &str, field: &str, operator: &str, uom: &str, values: &[&str]) -> Result<(), String> {
        let compare = compare(operator);
        if compare != Compare::Eq {
            one(values)?;
        }
        let wrong = |value: &str| format!("`{value}` is no number");
        let read = |value: &&str| unit::canonical(value.trim(), uom).ok_or_else(|| wrong(value));
        let numbers = values.iter().map(read).collect::<Result<Vec<_>, String>>()?;
        let unit = numbers.first().map(|(_, unit)| unit.clone()).unwrap_or_default();
        let has_unit = index::WITH_UNIT.contains(&field) || !uom.is_empty();
        let field = if has_unit { with_unit(field, &unit) } else { field.to_owned() };
        self.bound(name, index::field(&field), compare, numbers.into_iter().map(|(number, _)| number).collect())
    }

    fn bound(&mut self, name: &str, field: i64, compare: Compare, numbers: Vec<f64>) -> Result<(), String> {
        if numbers.is_empty() {
            return Err("at least one value is needed".to_owned());
        }
        self.query.bounded.push(Bounded { parameter: name.to_owned(), field, compare, numbers });
        Ok(())
    }

    /// An extension field: is it there, is it one of these, how does it compare.
    fn field(&mut self, name: &str, part: &str, operator: &str, field: &str, values: &[&str]) -> Result<(), String> {
        let field = extension_field(field, &self.spaces).ok_or_else(|| {
            format!("the prefix of `{field}` is not declared; declare it in `@context` or GS1-Extensions")
        })?;
        match operator {
            "EXISTS_" => self.exists(name, &format!("EXISTS_{part}"), &field, values),
            "EQ_" => self.terms(name, &format!("EQ_{part}{field}"), Spelling::Value, values),
            _ => {
                let value = one(values)?;
                let found = Comparable::of(value).ok_or_else(|| format!("`{value}` is neither a number nor a time"))?;
                self.bound(name, index::field(&found.field(part, &field)), compare(operator), vec![found.number()])
            }
        }
    }

    fn terms(&mut self, name: &str, field: &str, spelling: Spelling, values: &[&str]) -> Result<(), String> {
        let canonical: Result<Vec<String>, String> =
            values.iter().map(|v| spell(spelling, v.trim(), &self.spaces)).collect();
        let mut terms: Vec<i64> = canonical?.iter().map(|value| term(field, value)).collect();
        if terms.is_empty() {
            return Err("at least one value is needed".to_owned());
        }
        terms.sort_unstable();
        terms.dedup();
        self.query.all_of.push(AnyOf { parameter: name.to_owned(), terms });
        Ok(())
    }

    /// `false` asks for nothing, as the standard has it. The JSON of a query gives no value, or a number that says nothing.
    fn exists(&mut self, name: &str, field: &str, member: &str, values: &[&str]) -> Result<(), String> {
        match values {
            ["false"] => return Ok(()),
            ["true"] => {}
            [] if self.named => {}
            [number] if self.named && number.parse::<i64>().is_ok() => {}
            _ => return Err("`true` or `false` is needed".to_owned()),
        }
        self.query.all_of.push(AnyOf { parameter: name.to_owned(), terms: vec![term(field, member)] });
        Ok(())
    }

    fn single(&mut self, meaning: Meaning, value: &str) -> Result<(), String> {
        let query = &mut self.query;
        match meaning {
            Meaning::Time(column, bound) => {
                query.times.push(TimeBound { column, bound, at: instant(value)? });
            }
            Meaning::OrderBy => query.order_by = Some(order_by(value, &self.spaces)?),
            Meaning::OrderDirection => query.direction = direction(value)?,
            Meaning::EventCountLimit => query.event_count_limit = Some(count(value)?),
            Meaning::MaxEventCount => query.max_event_count = Some(count(value)?),
            Meaning::PerPage => query.per_page = Some(count(value)?),
            _ => query.next_page_token = Some(value.to_owned()),
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Query> {
        let query = &self.query;
        if query.event_count_limit.is_some() && query.max_event_count.is_some() {
            self.fault("maxEventCount", "eventCountLimit and maxEventCount exclude each other; give one of them");
        } else if query.event_count_limit.is_some() && query.order_by.is_none() {
            self.fault("eventCountLimit", "eventCountLimit needs orderBy, to say which events are the first");
        }
        if self.issues.is_empty() { Ok(self.query) } else { Err(Error::from_issues(self.issues)) }
    }
}

fn one<'v>(values: &[&'v str]) -> Result<&'v str, String> {
    match values {
        [one] => Ok(one),
        _ => Err(format!("exactly one value is needed, not {}", values.len())),
    }
}

fn count(value: &str) -> Result<u64, String> {
    let number = value.parse().ok().filter(|n| *n > 0);
    number.ok_or_else(|| format!("`{value}` is no positive whole number"))
}

fn instant(text: &str) -> Result<Instant, String> {
    Instant::parse(text).ok_or_else(|| format!("`{text}` is no date-time with zone, such as 2026-11-20T08:00:00.000Z"))
}

fn compare(operator: &str) -> Compare {
    match operator {
        "GT_" => Compare::Gt,
        "GE_" => Compare::Ge,
        "LT_" => Compare::Lt,
        "LE_" => Compare::Le,
        _ => Compare::Eq,
    }
}

fn order_by(value: &str, spaces: &Namespaces) -> Result<Order, String> {
    match value {
        "eventTime" => Ok(Order::Column(Column::EventTime)),
        "recordTime" => Ok(Order::Column(Column::RecordTime)),
        _ => extension_field(value, spaces).map(Order::Extension).ok_or_else(|| {
            format!(
                "`{value}` cannot be ordered by; use eventTime, recordTime or an extension field of a declared prefix"
            )
        }),
    }
}

fn direction(value: &str) -> Result<Direction, String> {
    match value {
        "ASC" => Ok(Direction::Asc),
        "DESC" => Ok(Direction::Desc),
        _ => Err(format!("`{value}` is no direction; use ASC or DESC")),
    }
}

fn spell(spelling: Spelling, text: &str, spaces: &Namespaces) -> Result<String, String> {
    match spelling {
        Spelling::Word(words) => word(words, text, spaces),
        Spelling::EventType if spaces.split(text).is_some() => Ok(spaces.expand(text)),
        Spelling::EventType | Spelling::Action => {
            let choices = parameters::choices(spelling);
            let fits = choices.contains(&text).then(|| text.to_owned());
            fits.ok_or_else(|| format!("`{text}` is not one of {}", choices.join(", ")))
        }
        Spelling::Text if text.is_empty() => Err("the value is empty".to_owned()),
        Spelling::Text => Ok(text.to_owned()),
        Spelling::Value => Ok(index::spelling(text)),
        Spelling::Boolean if ["true", "false"].contains(&text) => Ok(text.to_owned()),
        Spelling::Boolean => Err(format!("`{text}` is neither true nor false")),
        Spelling::Hex if text.bytes().all(|b| b.is_ascii_hexdigit()) => Ok(text.to_ascii_uppercase()),
        Spelling::Hex => Err(format!("`{text}` is no hexadecimal text")),
        Spelling::Identifier => identifier(text),
        Spelling::Pattern => pattern(text),
    }
}

fn word(words: &Vocabulary, text: &str, spaces: &Namespaces) -> Result<String, String> {
    words.canonical(text, spaces).ok_or_else(|| words.refusal(text))
}

fn identifier(text: &str) -> Result<String, String> {
    if is_uri(text) { Ok(canonical(text).into_owned()) } else { Err(format!("`{text}` is no URI")) }
}

/// A malformed EPC URN would match nothing, silently; it is refused instead.
fn pattern(text: &str) -> Result<String, String> {
    if !text.starts_with("urn:epc:") {
        return identifier(text);
    }
    Identifier::parse_any(text).map(|i| i.link()).map_err(|error| {
        let hint = if text.contains('*') { " (`*` may stand for the last part only)" } else { "" };
        format!("{}{hint}", error.message)
    })
}
