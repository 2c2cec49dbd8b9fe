//! The parameters of a search, one by one. What is not known here, or asks by what the view hides, is refused.

use super::Told;
use crate::deid::visible::{self, Visible};
use crate::search::parameter::Kind;
use crate::search::query::{escaped, pairs};
use crate::search::r4_catalogue;
use crate::search::value::{Prefix, split};
use theriac_core::{Code, Error, Result};
use theriac_deid::{Lens, age, date, reference};
use theriac_platform::Context;

/// Shape the answer, or choose types; they ask by nothing.
const SHAPES: &[&str] = &["_count", "_total", "_summary", "_elements", "_format", "_pretty", "_type", "_cursor"];

/// Of tokens, beside none.
const MODIFIERS: &[&str] = &["not", "missing", "in", "not-in", "above", "below"];

/// How deep chains go.
const DEPTH: usize = 8;

pub(super) struct Asking<'a> {
    pub lens: &'a Lens,
    pub context: &'a Context,
    pub base: &'a str,
    pub this_year: i32,
}

/// A value that is a pseudonym, or holds one.
enum Value {
    Same(String),
    /// A reference or an id, of one of these types.
    Record(String, Vec<String>),
}

fn hidden(name: &str) -> Error {
    let message = format!("what a de-identified view hides cannot be asked by: {name}");
    Error::new(Code::Forbidden, message).at(name).guarded_by("view")
}

impl Asking<'_> {
    /// The types a search goes over: the one in the address, those of `_type`, or all.
    pub fn types(&self, named: &str, queries: [&str; 2]) -> Result<Vec<String>> {
        if !matches!(named, "" | "*") {
            return Ok(vec![named.to_owned()]);
        }
        let mut types = Vec::new();
        for query in queries {
            let all = pairs::read(query)?.into_iter().filter(|(name, _)| name == "_type");
            types.extend(all.flat_map(|(_, value)| value.split(',').map(str::to_owned).collect::<Vec<_>>()));
        }
        if types.is_empty() {
            types = r4_catalogue().resource_types().into_iter().map(str::to_owned).collect();
        }
        Ok(types)
    }

    /// The query with pseudonyms translated back.
    pub async fn query(&self, types: &[String], query: &str, told: &mut Told) -> Result<String> {
        let mut out = Vec::new();
        for (name, value) in pairs::read(query)? {
            let values = self.parameter(types, &name, &value)?;
            let mut parts = Vec::with_capacity(values.len());
            for value in values {
                parts.push(match value {
                    Value::Same(text) => text,
                    Value::Record(text, targets) => self.record(&text, &targets, told).await?,
                });
            }
            out.push((name, parts.join(",")));
        }
        Ok(escaped(&out))
    }

    fn parameter(&self, types: &[String], name: &str, value: &str) -> Result<Vec<Value>> {
        let same = || Ok(vec![Value::Same(value.to_owned())]);
        match name {
            _ if SHAPES.contains(&name) => same(),
            "_sort" => {
                let keys = value.split(',').map(|key| key.trim_start_matches('-'));
                let sorted = |key: &str| types.iter().all(|t| self.orders(t, key));
                keys.into_iter().find(|key| !sorted(key)).map_or_else(same, |key| Err(hidden(&format!("_sort={key}"))))
            }
            "_include" | "_include:iterate" | "_revinclude" | "_revinclude:iterate" => {
                if self.leads(value) {
                    same()
                } else {
                    Err(hidden(&format!("{name}={value}")))
                }
            }
            _ => self.criterion(types, name, name, value, 0),
        }
    }

    /// Of what is shown as it is, in an order that tells no more than it shows.
    fn orders(&self, resource_type: &str, key: &str) -> bool {
        let visible = visible::parameter(&self.lens.plan, resource_type, key);
        matches!(visible, Some(Visible::Plain(Kind::Token | Kind::Uri)))
    }

    /// `Observation:subject`, perhaps with a type to arrive at.
    fn leads(&self, value: &str) -> bool {
        let mut parts = value.split(':');
        let (Some(source), Some(code)) = (parts.next(), parts.next()) else { return false };
        matches!(visible::parameter(&self.lens.plan, source, code), Some(Visible::Reference(_)))
    }

    /// `whole` is the name as it was written, `name` what is left of it along a chain.
    fn criterion(&self, types: &[String], whole: &str, name: &str, value: &str, depth: usize) -> Result<Vec<Value>> {
        if depth > DEPTH {
            return Err(hidden(whole));
        }
        if let Some(rest) = name.strip_prefix("_has:") {
            let mut parts = rest.splitn(3, ':');
            let (Some(source), Some(code), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
                return Err(hidden(whole));
            };
            if !self.leads(&format!("{source}:{code}")) {
                return Err(hidden(whole));
            }
            return self.criterion(&[source.to_owned()], whole, rest, value, depth + 1);
        }
        let (first, rest) = match name.split_once('.') {
            Some((first, rest)) => (first, Some(rest)),
            None => (name, None),
        };
        let (code, modifier) = first.split_once(':').map_or((first, None), |(code, modifier)| (code, Some(modifier)));
        if let Some(rest) = rest {
            let mut targets = self.targets(types, code, modifier).ok_or_else(|| hidden(whole))?;
            // A type that has no such parameter is not asked.
            let next = rest.split(['.', ':']).next().unwrap_or_default();
            if !next.starts_with('_') {
                targets.retain(|target| r4_catalogue().plan(target).is_some_and(|plan| plan.get(next).is_some()));
            }
            return self.criterion(&targets, whole, rest, value, depth + 1);
        }
        if (code, modifier) == ("_id", None) {
            let records = split(value, ',').into_iter().map(|id| Value::Record(id.to_owned(), types.to_vec()));
            return Ok(records.collect());
        }
        // Where types differ in what they hide, the strictest counts.
        let all = types.iter().map(|t| visible::parameter(&self.lens.plan, t, code));
        let all = all.collect::<Option<Vec<_>>>().ok_or_else(|| hidden(whole))?;
        match all.split_first() {
            Some((first, rest)) if rest.iter().all(|other| alike(first, other)) => {
                self.values(first, whole, modifier, value)
            }
            _ => Err(hidden(whole)),
        }
    }

    /// Where a chain goes on: the types it arrives at.
    fn targets(&self, types: &[String], code: &str, modifier: Option<&str>) -> Option<Vec<String>> {
        let mut all = Vec::new();
        for resource_type in types {
            let Visible::Reference(targets) = visible::parameter(&self.lens.plan, resource_type, code)? else {
                return None;
            };
            all.extend(targets);
        }
        match modifier {
            None => Some(all),
            Some(named) => visible::is_type(named).then(|| vec![named.to_owned()]),
        }
    }

    fn values(&self, visible: &Visible, name: &str, modifier: Option<&str>, value: &str) -> Result<Vec<Value>> {
        let plain = |fits: bool| if fits { Ok(vec![Value::Same(value.to_owned())]) } else { Err(hidden(name)) };
        match (visible, modifier) {
            (Visible::Plain(Kind::Token), modifier) => plain(modifier.is_none_or(|m| MODIFIERS.contains(&m))),
            (Visible::Plain(_), None) => plain(true),
            (Visible::Reference(_), Some("missing")) => plain(true),
            (Visible::Reference(targets), modifier) => {
                let targets = match modifier {
                    None => targets.clone(),
                    Some(named) if visible::is_type(named) => vec![named.to_owned()],
                    Some(_) => return Err(hidden(name)),
                };
                Ok(split(value, ',').into_iter().map(|v| Value::Record(v.to_owned(), targets.clone())).collect())
            }
            (Visible::Year, None) => plain(split(value, ',').iter().all(|v| self.is_year(v))),
            (Visible::Quantity, None) => plain(split(value, ',').iter().all(|v| is_measure(v))),
            (Visible::Composite(parts), None) => {
                let fits = |whole: &str| {
                    let values = split(whole, '$');
                    values.len() == parts.len()
                        && parts.iter().zip(values).all(|(part, value)| self.is_part(part, value))
                };
                plain(split(value, ',').iter().all(|whole| fits(whole)))
            }
            _ => Err(hidden(name)),
        }
    }

    fn is_part(&self, visible: &Visible, value: &str) -> bool {
        match visible {
            Visible::Plain(_) => true,
            Visible::Year => self.is_year(value),
            Visible::Quantity => is_measure(value),
            Visible::Reference(_) | Visible::Composite(_) => false,
        }
    }

    /// A whole year that is young enough to be told; `ap` is relative to today.
    fn is_year(&self, value: &str) -> bool {
        let (prefix, rest) = Prefix::take(value);
        let year = date::year(rest).filter(|_| rest.len() == 4);
        prefix != Prefix::Ap && year.is_some_and(|year| !age::is_too_old(year, self.this_year))
    }

    /// `Patient/pseudonym`, or the pseudonym by itself, as the record's own name. What nobody has stays as it is: no
    /// record is called so.
    async fn record(&self, text: &str, types: &[String], told: &mut Told) -> Result<String> {
        let local = reference::local(text, self.base);
        let (shown, kind) = match &local {
            Some(local) if local.version.is_none() => (local.id, Some(local.kind)),
            Some(_) => return Err(Error::invalid("name the record without a version")),
            None => (text, None),
        };
        // A canonical or an address leads to no record here; a word that is no id finds nothing.
        let behind = self.lens.vault.behind(&self.context.db, shown).await?;
        let behind = behind.filter(|(found, _)| kind.map_or_else(|| types.contains(found), |kind| kind == found));
        let Some((found, id)) = behind else {
            let is_foreign = local.is_none() && text.contains("://");
            return Ok(if is_foreign {
                text.to_owned()
            } else {
                kind.map_or(NOBODY.to_owned(), |k| format!("{k}/{NOBODY}"))
            });
        };
        told.ids.push(id.clone());
        Ok(if kind.is_some() { format!("{found}/{id}") } else { id })
    }
}

/// A true id must not be found by guessing it: what is no pseudonym is asked as something that no record is called.
const NOBODY: &str = "----------------------------------------------------------------";

/// One translation serves both.
fn alike(one: &Visible, other: &Visible) -> bool {
    match (one, other) {
        (Visible::Reference(a), Visible::Reference(b)) => a == b,
        _ => one == other,
    }
}

/// With system and code of a unit that no age is told in: a word alone could be the hidden name of one.
fn is_measure(value: &str) -> bool {
    let parts = split(value, '|');
    matches!(parts.as_slice(), [_, system, unit] if !system.is_empty() && !unit.is_empty() && !age::is_time(unit))
}
