//! A search request: criteria and what shapes its answer.
//! <http://hl7.org/fhir/R4/search.html#summary-table>

mod advanced;
mod contained;
mod filter;
mod full_text;
mod include;
mod link;
mod modifier;
pub(crate) mod pairs;
mod result;
mod suggest;

use super::catalogue::{Catalogue, Plan};
use super::criterion::Criterion;
use super::hash::type_token;
use super::kind::Context;
use super::once;
use super::parameter::Kind;
use theriac_core::Error;
use theriac_core::clock::Instant;
use theriac_core::error::{Code, Result};

pub use contained::Contained;
pub use include::{Edge, Include};
pub(crate) use link::render as escaped;
pub use modifier::Modifier;
pub use result::AT;

/// What the query is asked of.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    pub catalogue: &'a Catalogue,
    /// `None` for searches over all types.
    pub resource_type: Option<&'a str>,
    pub context: Context<'a>,
    /// `Prefer: handling=lenient`: unknown parameters are left out instead of refused.
    pub lenient: bool,
}

/// One key of `_sort`.
#[derive(Debug, Clone, PartialEq)]
pub struct SortKey {
    pub by: SortBy,
    pub descending: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum SortBy {
    Id,
    LastUpdated,
    /// In the ordered index of that kind: date, number, quantity or string.
    Param {
        code: String,
        params: Vec<i32>,
        kind: Kind,
    },
    /// By the values of tokens that were made with these seeds: token, reference, uri.
    Value {
        code: String,
        seeds: Vec<i64>,
    },
    /// By the distance from the nearest of these points on the unit sphere.
    Near {
        points: Vec<[f64; 3]>,
    },
}

/// <http://hl7.org/fhir/R4/valueset-summary.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Summary {
    #[default]
    False,
    True,
    Text,
    Data,
    Count,
}

/// <http://hl7.org/fhir/R4/valueset-search-total.html> (`_total`)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Total {
    None,
    Estimate,
    Accurate,
}

/// A query, read and checked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query {
    /// All must hold.
    pub criteria: Vec<Criterion>,
    pub sort: Vec<SortKey>,
    pub count: Option<u32>,
    pub includes: Vec<Include>,
    pub revincludes: Vec<Include>,
    pub summary: Summary,
    pub elements: Vec<String>,
    pub total: Option<Total>,
    /// Show how it is searched instead of what is found.
    pub explain: bool,
    pub contained: Contained,
    /// `_containedType=contained`: what is inside is the answer, not what contains it.
    pub shows_contained: bool,
    /// The data as it stood then.
    pub at: Option<Instant>,
    /// `_type`, or the one type that is searched; empty means all.
    pub types: Vec<String>,
    /// Names of parameters that were left out (only when lenient).
    pub ignored: Vec<String>,
    /// The parameters that were used, in canonical order.
    pub applied: Vec<(String, String)>,
}

impl Query {
    /// Reads the query string (without `?`) and, for `POST _search`, the form body as well.
    ///
    /// # Errors
    /// `UnknownParameter` with the known names, nearest first; `Invalid` for a value, naming its parameter.
    pub fn parse(request: &Request<'_>, query: &str, body: Option<&str>) -> Result<Self> {
        let mut all = pairs::read(query)?;
        all.extend(pairs::read(body.unwrap_or_default())?);
        Self::from_pairs(request, all)
    }

    /// As [`Query::parse`], from names and values that are decoded already.
    ///
    /// # Errors
    /// As [`Query::parse`].
    pub fn from_pairs(request: &Request<'_>, mut all: Vec<(String, String)>) -> Result<Self> {
        link::arrange(&mut all);
        let mut parsed =
            Self { types: request.resource_type.into_iter().map(str::to_owned).collect(), ..Self::default() };
        for (_, value) in all.iter().filter(|(name, _)| name == "_type") {
            parsed.narrow_types(request, value)?;
        }
        let plan = parsed.plan(request)?;
        for (name, value) in all {
            parsed.take(request, plan, name, value)?;
        }
        parsed.measure()?;
        parsed.criteria = once::joined(plan, std::mem::take(&mut parsed.criteria));
        contained::enclose(&mut parsed)?;
        // "the _include and _revinclude parameters cannot be mixed with _summary=text"
        if parsed.summary == Summary::Text && !(parsed.includes.is_empty() && parsed.revincludes.is_empty()) {
            let message = "_summary=text cannot be mixed with _include or _revinclude; leave one of them out";
            return Err(Error::invalid(message).at("_summary"));
        }
        Ok(parsed)
    }

    /// A sort by distance goes by the places of `near`, wherever in the query these stand.
    fn measure(&mut self) -> Result<()> {
        let places =
            self.criteria.iter().filter_map(|c| if let Criterion::Near { any } = c { Some(any) } else { None });
        let from: Vec<[f64; 3]> = places.flatten().map(|sphere| sphere.point).collect();
        for key in &mut self.sort {
            if let SortBy::Near { points } = &mut key.by {
                if from.is_empty() {
                    let message = "_sort goes by near only in a search with near, from which the distance is measured";
                    return Err(Error::invalid(message).at("_sort"));
                }
                points.clone_from(&from);
            }
        }
        Ok(())
    }

    /// The query string of what was really used: in canonical order, ready for `Bundle.link`.
    pub fn self_link(&self) -> String {
        link::render(&self.applied)
    }

    fn plan<'a>(&self, request: &Request<'a>) -> Result<&'a Plan> {
        match self.types.as_slice() {
            [one] => request.catalogue.plan(one).ok_or_else(|| unknown_type(request.catalogue, one)),
            _ => Ok(request.catalogue.any_plan()),
        }
    }

    fn narrow_types(&mut self, request: &Request<'_>, value: &str) -> Result<()> {
        let named: Vec<&str> = value.split(',').collect();
        for name in &named {
            if request.catalogue.plan(name).is_none() {
                return Err(unknown_type(request.catalogue, name).at("_type"));
            }
        }
        match self.types.is_empty() {
            true => self.types = named.iter().map(|n| (*n).to_owned()).collect(),
            false => self.types.retain(|t| named.contains(&t.as_str())),
        }
        if self.types.is_empty() {
            return Err(Error::invalid("_type leaves no resource type to search").at("_type"));
        }
        Ok(())
    }

    fn take(&mut self, request: &Request<'_>, plan: &Plan, name: String, value: String) -> Result<()> {
        if result::take(self, request, plan, &name, &value)? {
            if !matches!(name.as_str(), "_format" | "_pretty" | "__explain") {
                self.applied.push((name, value));
            }
            return Ok(());
        }
        match self.criterion(request, plan, &name, &value) {
            Ok(criterion) => {
                self.criteria.push(criterion);
                self.applied.push((name, value));
                Ok(())
            }
            Err(error) if request.lenient && error.guard == Some(filter::UNKNOWN) => {
                self.ignored.push(name);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

/// Over several types: what all of them have is asked of each.
impl Query {
    fn criterion(&self, request: &Request<'_>, plan: &Plan, name: &str, value: &str) -> Result<Criterion> {
        let asked = filter::criterion(request, plan, name, value, 0);
        let unknown = asked.as_ref().is_err_and(|error| error.guard == Some(filter::UNKNOWN) || name == "_filter");
        if self.types.len() < 2 || !unknown {
            return asked;
        }
        let mut any = Vec::with_capacity(self.types.len());
        for name_of_type in &self.types {
            let plan =
                request.catalogue.plan(name_of_type).ok_or_else(|| unknown_type(request.catalogue, name_of_type))?;
            let of_type = Criterion::Tokens { any: vec![type_token(name_of_type)], negate: false };
            any.push(Criterion::All(vec![of_type, filter::criterion(request, plan, name, value, 0)?]));
        }
        Ok(Criterion::Any(any))
    }
}

pub(super) fn unknown_type(catalogue: &Catalogue, name: &str) -> Error {
    let known = suggest::nearest(name, catalogue.resource_types());
    let message = format!("there is no resource type {name}; the nearest: {}", known[..known.len().min(5)].join(", "));
    Error::new(Code::UnknownParameter, message)
}
