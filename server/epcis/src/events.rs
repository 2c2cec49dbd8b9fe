//! `/events`: one event in, synchronously; events out, by query, by id, or by what they name.
//! EPCIS 2.0 REST binding, sections 12.7 and 12.8.

use crate::Epcis;
use crate::append::{Batch, Source, append};
use crate::capture::any_order;
use crate::document::{Document, from_xml};
use crate::format;
use crate::history::any_of;
use crate::index::term;
use crate::namespaces::Namespaces;
use crate::page::Page;
use crate::query::{AnyOf, Column, Direction, Order, Query, order, resolve};
use crate::split::Form;
use crate::store::job;
use crate::store::select::{self, Found, Position, Select};
use crate::view::{query_document, versions};
use std::time::Duration;
use theriac_access::Rows;
use theriac_core::json::{Node, Object};
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

/// How often a single event is tried when others write the same items.
const TRIES: u32 = 8;

/// Values of all parameters of one query.
const MOST_VALUES: usize = 5_000;

/// `POST /events`
pub(crate) async fn create(context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let document = match format::of_body(&request)? {
        Form::Json => Document::parse(&request.body)?,
        Form::Xml => from_xml(&request.body, any_order(&context).await?)?,
    };
    if document.len() != 1 {
        let message = format!("exactly one event is stored here, not {}; send documents to capture", document.len());
        return Err(Error::invalid(message).at("$"));
    }
    let batch = Batch::of(&document);
    // Its id may be one of a large document that was found free of faults and is being stored.
    if batch.nodes.iter().any(|(_, node)| node.get("eventID").is_some()) && job::is_storing(&context.db).await? {
        let message = "a large document is being stored as a whole; an event with an eventID of its own waits for it";
        return Err(Error::new(Code::Unavailable, message).retry_after(5));
    }
    for tried in 1..=TRIES {
        match store(&context, &batch).await {
            Err(error) if error.code == Code::Conflict && error.guard.is_some() => {}
            other => return other,
        }
        tokio::time::sleep(Duration::from_millis(2 << tried)).await;
    }
    Err(Error::new(Code::Unavailable, "others are writing the same items; send the event again").retry_after(1))
}

async fn store(context: &Context, batch: &Batch<'_>) -> Result<Response> {
    let mut unit = Unit::new();
    let source = Source { batch, sender: context.clone(), proceed: false };
    let outcome = append(context, &[source], &mut unit).await?.pop().unwrap_or_default();
    if !outcome.issues.is_empty() {
        return Err(Error::from_issues(outcome.issues));
    }
    if let Some(id) = outcome.repeated.first() {
        return Err(Error::conflict(format!("the event `{id}` was captured before, just so")));
    }
    context.db.commit(unit).await?;
    let id = outcome.stored.first().map_or("", String::as_str);
    let location = format!("{}/epcis/events/{}", context.trail.base, encode(id));
    Ok(versions(Response::new(201).with("location", location)))
}

/// Percent-encoding of one path segment (RFC 3986, 2.3).
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// `GET /events`
pub(crate) async fn list(epcis: Epcis, context: Context, request: Request) -> Result<Response> {
    let pairs = request.query_pairs();
    answer(&epcis, &context, &request, &pairs).await
}

/// `GET /epcs/{epc}/events` and its like: the path fills in a parameter.
pub(crate) async fn by(
    epcis: Epcis,
    context: Context,
    request: Request,
    brace: &'static str,
    parameter: &str,
) -> Result<Response> {
    let mut pairs = request.query_pairs();
    if pairs.iter().any(|(name, _)| name == parameter) {
        let message = format!("`{parameter}` is what this address says already; ask at /events for several");
        return Err(Error::new(Code::UnknownParameter, message).at(parameter));
    }
    pairs.push((parameter.to_owned(), request.param(brace).to_owned()));
    answer(&epcis, &context, &request, &pairs).await
}

/// `GET /events/{eventID}`: the event and its error declarations.
pub(crate) async fn read(context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let id = request.param("eventID").trim();
    let terms = any_of("EQ_eventID", [term("eventID", id)]);
    let found = match visible(&context.grant.rows()) {
        Sight::Nothing => Vec::new(),
        sight => crate::history::with_terms(&context.db, vec![terms], sight.terms(), crate::history::MOST).await?,
    };
    if found.is_empty() {
        return Err(Error::not_found("event", id));
    }
    Ok(document(&context, SIMPLE, found))
}

/// The query that the standard predefines.
const SIMPLE: &str = "SimpleEventQuery";

fn document(context: &Context, name: &str, found: Vec<Found>) -> Response {
    let bodies: Vec<Vec<u8>> = found.into_iter().map(|f| f.body).collect();
    let body = query_document(context.now(), name, None, &bodies);
    versions(
        Response::new(200)
            .with("content-type", "application/json")
            .with("gs1-epc-format", "Never_Translates")
            .body(body),
    )
}

/// What a caller sees of all events.
pub(crate) enum Sight {
    All,
    /// Events with one of these terms.
    Some(AnyOf),
    Nothing,
}

impl Sight {
    pub(crate) fn terms(&self) -> Option<&AnyOf> {
        match self {
            Self::Some(terms) => Some(terms),
            _ => None,
        }
    }
}

pub(crate) fn visible(rows: &Rows) -> Sight {
    match rows {
        Rows::All => Sight::All,
        Rows::Nothing => Sight::Nothing,
        Rows::Labels(labels) => {
            let glns = labels.iter().filter_map(|label| label.strip_prefix("gln/"));
            let terms = any_of("party", glns.map(|gln| term("party", gln)));
            if terms.terms.is_empty() { Sight::Nothing } else { Sight::Some(terms) }
        }
    }
}

/// The query itself; `pairs` are the decoded parameters.
pub(crate) async fn answer(
    epcis: &Epcis,
    context: &Context,
    request: &Request,
    pairs: &[(String, String)],
) -> Result<Response> {
    let spaces = extensions(request.header("gs1-extensions"));
    let query = Query::from_pairs(pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())), &spaces)?;
    run(epcis, context, request, SIMPLE, query).await
}

/// Answers a query that was read, under its name.
pub(crate) async fn run(
    epcis: &Epcis,
    context: &Context,
    request: &Request,
    name: &str,
    mut query: Query,
) -> Result<Response> {
    resolve(&context.db, &mut query).await?;
    refuse_too_complex(&query)?;
    let per_page = query.per_page.map(|n| n.to_string());
    let page = Page::read(epcis, context, request, per_page.as_deref(), query.next_page_token.as_deref())?;
    let (select, given) = selection(&query, &page);
    let sight = visible(&context.grant.rows());
    if matches!(sight, Sight::Nothing) {
        return Ok(document(context, name, Vec::new()));
    }
    let select = Select { all_of: select.all_of.iter().chain(sight.terms()).cloned().collect(), ..select };
    refuse_too_large(context, &query, &select).await?;
    let (found, more) = match &query.order_by {
        Some(Order::Extension(field)) => sorted(context, &select, field).await?,
        _ => walked(context, &select).await?,
    };
    let given = given + found.len() as u64;
    let last = found.last().map(|f| f.position);
    let response = document(context, name, found);
    let ends = query.event_count_limit.is_some_and(|limit| given >= limit);
    Ok(match last.filter(|_| more && !ends) {
        Some(Position { event_time, key }) => {
            page.next(response, &[event_time, key, i64::try_from(given).unwrap_or(i64::MAX)])
        }
        None => response,
    })
}

pub(crate) fn refuse_too_complex(query: &Query) -> Result<()> {
    if query.size() <= MOST_VALUES {
        return Ok(());
    }
    let message = format!("a query has at most {MOST_VALUES} values; ask in several queries");
    Err(Error::new(Code::TooCostly, message).named("QueryTooComplexException"))
}

/// One page in the order of the database, and whether there is more.
async fn walked(context: &Context, select: &Select) -> Result<(Vec<Found>, bool)> {
    let mut found = select::events(&context.db, &Select { most: select.most + 1, ..select.clone() }).await?;
    let more = found.len() as u64 > select.most;
    found.truncate(usize::try_from(select.most).unwrap_or(usize::MAX));
    Ok((found, more))
}

/// Events that are put in order here, because their order is one of extension fields.
const MOST_SORTED: u64 = 10_000;

/// One page in the order of an extension field. All events are put in order each time, so that a page begins behind
/// the last event of the one before, whatever was captured meanwhile.
async fn sorted(context: &Context, select: &Select, field: &str) -> Result<(Vec<Found>, bool)> {
    let all = Select { after: None, most: MOST_SORTED + 1, direction: Direction::Asc, ..select.clone() };
    let mut found = select::events(&context.db, &all).await?;
    if found.len() as u64 > MOST_SORTED {
        let message =
            format!("more than {MOST_SORTED} events would have to be put in the order of a field; narrow the query");
        return Err(Error::new(Code::TooCostly, message).at("orderBy"));
    }
    order::sort(&mut found, |f| &f.body, field, select.direction);
    let begins = select.after.and_then(|after| found.iter().position(|f| f.position.key == after.key));
    let mut page = found.split_off(begins.map_or(0, |at| at + 1));
    let more = page.len() as u64 > select.most;
    page.truncate(usize::try_from(select.most).unwrap_or(usize::MAX));
    Ok((page, more))
}

/// The page to read, and how many events the pages before gave.
fn selection(query: &Query, page: &Page) -> (Select, u64) {
    let (after, given) = match page.position.as_deref() {
        Some([event_time, key, given]) => {
            (Some(Position { event_time: *event_time, key: *key }), u64::try_from(*given).unwrap_or(0))
        }
        _ => (None, 0),
    };
    let size = u64::try_from(page.size).unwrap_or(1);
    let left = query.event_count_limit.map_or(size, |limit| limit.saturating_sub(given).min(size));
    let select = Select {
        all_of: query.all_of.clone(),
        bounded: query.bounded.clone(),
        times: query.times.clone(),
        // Without an order: as they were captured, so that a reader who comes back goes on where it was.
        order_by: match query.order_by {
            Some(Order::Column(column)) => column,
            _ => Column::RecordTime,
        },
        direction: if query.order_by.is_some() { query.direction } else { Direction::Asc },
        after,
        most: left,
    };
    (select, given)
}

async fn refuse_too_large(context: &Context, query: &Query, select: &Select) -> Result<()> {
    let Some(most) = query.max_event_count else { return Ok(()) };
    let all = Select { after: None, most: most.saturating_add(1), ..select.clone() };
    if select::count(&context.db, &all).await? <= most {
        return Ok(());
    }
    let message = format!("more than {most} events answer the query; narrow it, or raise maxEventCount");
    Err(Error::new(Code::TooCostly, message).at("maxEventCount"))
}

/// `GS1-Extensions: ex=https://example.org/,b=urn:b:` declares prefixes.
pub(crate) fn extensions(header: Option<&str>) -> Namespaces {
    let pairs = header.unwrap_or("").split(',').filter_map(|pair| pair.trim().split_once('='));
    let prefixes = pairs.map(|(prefix, space)| (prefix.trim().to_owned().into(), Node::string(space.trim()))).collect();
    Namespaces::of(Some(&Node::Object(Object(prefixes))))
}
