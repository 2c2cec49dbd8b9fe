//! Searches of a query: `Patient(id: ...)`, `PatientList(...)`, `PatientConnection(...)`, and from a resource those that
//! refer to it by `_reference`. <http://hl7.org/fhir/R4/graphql.html#searching>
//!
//! Arguments are search parameters, with `_` for `-` inside their names.

use super::document::{Field, Selection, Value};
use super::execute::{Place, Run, refuse};
use crate::interaction::search::rights;
use crate::kind::{self, Kind};
use crate::search::query::{Query, Request as Parse};
use crate::search::r4_catalogue;
use crate::store::search as store;
use crate::{body, service};
use theriac_access::Interaction;
use theriac_core::json::{self, Node, Object};
use theriac_core::{Code, Error, Result};

const DEFAULT_COUNT: usize = 50;
const MOST: usize = 1_000;

/// `PatientList` and `PatientConnection`.
const ENDINGS: &[&str] = &["List", "Connection"];

/// Is a field of that name a search?
pub fn is_search(name: &str) -> bool {
    kind_of(name).is_some()
}

fn kind_of(name: &str) -> Option<(Kind, &'static str)> {
    ENDINGS.iter().find_map(|ending| Some((kind::find(name.strip_suffix(ending)?).ok()?, *ending)))
}

/// A field at the root: a read by id, or a search.
///
/// # Errors
/// `Invalid` for a name that is neither, `NotFound` for a resource that is not there.
pub async fn root<'q>(run: &mut Run<'q>, field: &'q Field) -> Result<Node<'static>> {
    if is_search(&field.name) {
        return answer(run, field, None, 0).await;
    }
    let unknown = || refuse(format!("{} is neither a resource type nor a search such as PatientList", field.name));
    let kind = kind::find(&field.name).map_err(|_| unknown())?;
    run.reach.context.grant.require_fhir(Interaction::Read, kind.name)?;
    let id = match field.arguments.as_slice() {
        [(name, value)] if name == "id" || name == "_id" => super::value_text(&run.value(value)?),
        _ => None,
    };
    let id = id.ok_or_else(|| refuse(format!("{} takes the argument id", field.name)))?;
    let node = run.reach.read(kind.name, &id).await?.ok_or_else(|| Error::not_found(kind.name, &id))?;
    run.object(Place::resource(&node, 0)?, &field.selection).await.map(Node::Object)
}

/// A list or a connection; `within` is the resource that `_reference` is about.
///
/// # Errors
/// What search says of its parameters.
pub async fn answer<'q>(
    run: &mut Run<'q>,
    field: &'q Field,
    within: Option<&Node<'static>>,
    depth: usize,
) -> Result<Node<'static>> {
    let (kind, ending) = kind_of(&field.name).ok_or_else(|| refuse(format!("{} is no search", field.name)))?;
    let context = run.reach.context;
    context.grant.require_fhir(Interaction::Search, kind.name)?;
    run.reach.spend()?;
    let asked = asked(run, field, kind, within)?;
    let ask = store::Ask {
        types: vec![kind.number],
        criteria: &asked.query.criteria,
        sort: &asked.query.sort,
        limit: asked.offset + asked.count + 1,
        ..store::Ask::default()
    };
    let found = store::page(context, &ask).await?.found;
    let more = found.len() > asked.offset + asked.count;
    let mut resources = Vec::new();
    for row in found.into_iter().skip(asked.offset).take(asked.count) {
        let bytes = body::unpack(row.version.dictionary, &row.version.body)?;
        resources.push(json::parse(&bytes)?.into_owned());
    }
    match ending {
        "List" => {
            let mut list = Vec::new();
            for node in &resources {
                list.push(Node::Object(run.object(Place::resource(node, depth)?, &field.selection).await?));
            }
            Ok(Node::Array(list))
        }
        _ => connection(run, field, kind, &asked, &resources, more, depth).await,
    }
}

struct Asked {
    query: Query,
    count: usize,
    offset: usize,
}

fn asked(run: &Run<'_>, field: &Field, kind: Kind, within: Option<&Node<'static>>) -> Result<Asked> {
    let context = run.reach.context;
    let mut pairs = Vec::new();
    let (mut count, mut offset) = (DEFAULT_COUNT, 0);
    let mut refers = within.is_none();
    for (name, value) in &field.arguments {
        let value = run.value(value)?;
        let text = value_list(&value).ok_or_else(|| refuse(format!("{name} takes a value or a list of values")))?;
        let number = || text.parse::<usize>().map_err(|_| refuse(format!("{name} takes a whole number")));
        match (name.as_str(), within) {
            ("_count", _) => count = number()?.clamp(1, MOST),
            // A connection's own words for its pages, "cursor:..." among them.
            ("_offset" | "_cursor", _) => offset = number()?,
            ("_reference", Some(node)) => {
                let own = |name: &str| node.text(name).unwrap_or_default().to_owned();
                pairs.push((text.replace('_', "-"), format!("{}/{}", own("resourceType"), own("id"))));
                refers = true;
            }
            ("_sort", _) => pairs.push((name.clone(), text)),
            (name, _) if name.starts_with('_') => pairs.push((name.to_owned(), text)),
            (name, _) => pairs.push((name.replace('_', "-"), text)),
        }
    }
    if offset > MOST {
        return Err(Error::new(
            Code::TooCostly,
            format!("pages begin within the first {MOST} resources; narrow the search"),
        ));
    }
    if !refers {
        return Err(refuse(format!("{} on a resource takes _reference, the parameter that refers to it", field.name)));
    }
    let base = service::base(context);
    let parse = Parse {
        catalogue: r4_catalogue(),
        resource_type: Some(kind.name),
        context: service::search_context(&base, context.now()),
        lenient: false,
    };
    let mut query = Query::from_pairs(&parse, pairs)?;
    query.criteria.iter_mut().try_for_each(|criterion| rights::criteria(&context.grant, criterion))?;
    Ok(Asked { query, count, offset })
}

/// The values of a list are alternatives.
fn value_list(value: &Value) -> Option<String> {
    match value {
        Value::List(items) => items.iter().map(super::value_text).collect::<Option<Vec<_>>>().map(|all| all.join(",")),
        one => super::value_text(one),
    }
}

/// <http://hl7.org/fhir/R4/graphql.html#list>
async fn connection<'q>(
    run: &mut Run<'q>,
    field: &'q Field,
    kind: Kind,
    asked: &Asked,
    resources: &[Node<'static>],
    more: bool,
    depth: usize,
) -> Result<Node<'static>> {
    let (context, types) = (run.reach.context, [kind.number]);
    let mut out = Object::default();
    let number = |number: usize| Node::Number(number.to_string().into());
    let last_page = |total: usize| total.saturating_sub(1) / asked.count * asked.count;
    for one in &field.selection {
        let Selection::Field(inner) = one else {
            return Err(refuse("a connection's own fields are named one by one, without fragments"));
        };
        let total = || store::count(context, &types, &asked.query.criteria, None);
        let node = match inner.name.as_str() {
            "count" => Some(number(usize::try_from(total().await?).unwrap_or(usize::MAX))),
            "offset" => Some(number(asked.offset)),
            "pagesize" => Some(number(asked.count)),
            "first" => Some(Node::string("0")),
            "previous" if asked.offset > 0 => Some(Node::string(asked.offset.saturating_sub(asked.count).to_string())),
            "next" if more => Some(Node::string((asked.offset + asked.count).to_string())),
            "last" => Some(Node::string(last_page(usize::try_from(total().await?).unwrap_or(usize::MAX)).to_string())),
            "previous" | "next" => None,
            "edges" => Some(Node::Array(edges(run, inner, resources, depth).await?)),
            other => return Err(refuse(format!("a connection has no field {other}"))),
        };
        if let Some(node) = node {
            out.set(inner.key(), node);
        }
    }
    Ok(Node::Object(out))
}

async fn edges<'q>(
    run: &mut Run<'q>,
    field: &'q Field,
    resources: &[Node<'static>],
    depth: usize,
) -> Result<Vec<Node<'static>>> {
    let mut all = Vec::new();
    for node in resources {
        let mut edge = Object::default();
        for one in &field.selection {
            let Selection::Field(inner) = one else { return Err(refuse("an edge's own fields are named one by one")) };
            match inner.name.as_str() {
                "mode" => edge.set(inner.key(), Node::string("match")),
                // Matches have no score here.
                "score" => {}
                "resource" => {
                    let object = run.object(Place::resource(node, depth)?, &inner.selection).await?;
                    edge.set(inner.key(), Node::Object(object));
                }
                other => return Err(refuse(format!("an edge has no field {other}"))),
            }
        }
        all.push(Node::Object(edge));
    }
    Ok(all)
}
