//! The parameters, and the links from page to page.

use crate::kind;
use crate::operation::parameters::Input;
use crate::search::criterion::Criterion;
use crate::search::kind::date;
use crate::search::query::{Query, Request as Parse};
use crate::search::r4_catalogue;
use crate::service::{self, Fhir};
use crate::store::search::Position;
use theriac_access::Interaction;
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::http::Request;

const KNOWN: &[&str] = &["start", "end", "_since", "_type", "_count", "_cursor"];
const DEFAULT_COUNT: usize = 100;
const MOST: usize = 1_000;

pub struct Asked {
    /// Microseconds since 1970: where the first day of care begins, and where the last ends.
    pub start: Option<i64>,
    pub end: Option<i64>,
    pub criteria: Vec<Criterion>,
    /// Empty means all.
    pub types: Vec<i16>,
    /// No type is left that may be read.
    pub nothing: bool,
    pub count: usize,
    cursor: Option<String>,
    /// The address without the cursor.
    address: String,
    shape: String,
}

impl Asked {
    pub fn read(context: &Context, request: &Request) -> Result<Self> {
        let input = Input::read(request, KNOWN)?;
        let day = |name: &'static str| -> Result<Option<(i64, i64)>> {
            let wrong = || Error::invalid(format!("{name} takes a date such as 2026-11-20")).at(name);
            input.text(name)?.map(|text| date::range(text).ok_or_else(wrong)).transpose()
        };
        let (types, nothing) = types(context, &input)?;
        let path = request.path.split_once("/fhir/").map_or("", |(_, rest)| rest);
        let mut shape = Vec::new();
        for name in KNOWN.iter().filter(|name| **name != "_cursor") {
            if let Some(value) = text(&input, name)? {
                shape.push(format!("{name}={}", value.replace('+', "%2B")));
            }
        }
        Ok(Self {
            start: day("start")?.map(|(lo, _)| lo),
            end: day("end")?.map(|(_, hi)| hi),
            criteria: since(context, &input)?,
            types,
            nothing,
            count: input.number("_count")?.map_or(DEFAULT_COUNT, |count| count.clamp(1, MOST)),
            cursor: input.text("_cursor")?.map(str::to_owned),
            address: format!("{}/{path}", service::base(context)),
            shape: shape.join("&"),
        })
    }

    pub fn is_dated(&self) -> bool {
        self.start.is_some() || self.end.is_some()
    }

    /// What a cursor is good for.
    fn bound(&self, context: &Context) -> String {
        format!("everything|{}|{}|{}?{}", context.tenant.name, context.grant.subject, self.address, self.shape)
    }

    pub fn position(&self, fhir: &Fhir, context: &Context) -> Result<Option<Position>> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let bytes = fhir.cursors.open(&self.bound(context), cursor).map_err(|e| e.at("_cursor"))?;
        let wrong = |_| Error::invalid("this cursor is of an earlier version; begin again without one").at("_cursor");
        serde_json::from_slice(&bytes).map(Some).map_err(wrong)
    }

    pub fn links(
        &self,
        fhir: &Fhir,
        context: &Context,
        last: Option<&Position>,
    ) -> Result<Vec<(&'static str, String)>> {
        let mut links = vec![("self", self.link(self.cursor.as_deref()))];
        if let Some(last) = last {
            let place = serde_json::to_vec(last).map_err(Error::internal)?;
            links.push(("next", self.link(Some(&fhir.cursors.seal(&self.bound(context), &place)))));
        }
        Ok(links)
    }

    fn link(&self, cursor: Option<&str>) -> String {
        let cursor = cursor.map(|cursor| format!("_cursor={cursor}"));
        let parts =
            [Some(self.shape.as_str()), cursor.as_deref()].into_iter().flatten().filter(|part| !part.is_empty());
        let query = parts.collect::<Vec<_>>().join("&");
        if query.is_empty() { self.address.clone() } else { format!("{}?{query}", self.address) }
    }
}

/// Texts and numbers alike, for links.
fn text(input: &Input, name: &str) -> Result<Option<String>> {
    Ok(input.one(name)?.and_then(|node| node.as_str().or(node.as_number()).map(str::to_owned)))
}

fn since(context: &Context, input: &Input) -> Result<Vec<Criterion>> {
    let Some(since) = input.text("_since")? else { return Ok(Vec::new()) };
    let base = service::base(context);
    let parse = Parse {
        catalogue: r4_catalogue(),
        resource_type: None,
        context: service::search_context(&base, context.now()),
        lenient: false,
    };
    let pairs = vec![("_lastUpdated".to_owned(), format!("ge{since}"))];
    Query::from_pairs(&parse, pairs).map(|query| query.criteria).map_err(|e| Error::invalid(e.message).at("_since"))
}

/// Those that were named and may be read, or all that may be read; whether none is left.
fn types(context: &Context, input: &Input) -> Result<(Vec<i16>, bool)> {
    let mut named = Vec::new();
    for value in input.many("_type") {
        for name in value.as_str().unwrap_or_default().split(',') {
            named.push(kind::find(name).map_err(|e| Error::invalid(e.message).at("_type"))?.number);
        }
    }
    let all: Vec<i16> = (0..).take_while(|number| !kind::name(*number).is_empty()).collect();
    let wanted = if named.is_empty() { all.clone() } else { named };
    let may = |number: &i16| context.grant.may_fhir(Interaction::Read, kind::name(*number));
    let left: Vec<i16> = wanted.into_iter().filter(may).collect();
    let nothing = left.is_empty();
    Ok(if left.len() == all.len() { (Vec::new(), false) } else { (left, nothing) })
}
