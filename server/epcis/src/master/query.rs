//! SimpleMasterDataQuery. EPCIS 2.0, section 8.2.7.2; the standard's REST binding has no address for it, ours is
//! `GET /vocabularies`.

use super::{BIZ_LOCATIONS, READ_POINTS, descendants, equals, has};
use crate::Epcis;
use crate::identifier::canonical;
use crate::page::Page;
use crate::store::master::{self, Asked, Found};
use crate::view::{CONTEXT, versions};
use std::collections::BTreeSet;
use theriac_access::Rows;
use theriac_core::json::{self, Node, Object};
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

/// Lists are parted by `|`; `EQATTR_` goes on with the attribute's name.
const PARAMETERS: &[&str] = &[
    "includeAttributes",
    "includeChildren",
    "attributeNames",
    "vocabularyName",
    "EQ_name",
    "WD_name",
    "HASATTR",
    "EQATTR_",
    "maxElementCount",
    "perPage",
    "nextPageToken",
];

struct Query {
    asked: Asked,
    below: Option<Vec<String>>,
    attributes: bool,
    children: bool,
    names: Option<BTreeSet<String>>,
    most: Option<i64>,
}

/// `GET /vocabularies`
pub(crate) async fn list(epcis: Epcis, context: Context, request: Request) -> Result<Response> {
    let pairs = request.query_pairs();
    let mut query = read(&pairs)?;
    let value = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    let page = Page::read(&epcis, &context, &request, value("perPage"), value("nextPageToken"))?;
    if let Some(roots) = query.below.take() {
        let both: Vec<&str> = READ_POINTS.iter().chain(BIZ_LOCATIONS).copied().collect();
        let names = query.asked.vocabularies.clone().unwrap_or_default();
        let within: Vec<&str> = if names.is_empty() { both } else { names.iter().map(String::as_str).collect() };
        query.asked.ids = Some(descendants(&context.db, &within, roots).await?);
    }
    match context.grant.rows() {
        Rows::All => {}
        _ => query.asked.glns = Some(context.grant.glns.clone()),
    }
    if let Some(most) = query.most {
        let all = Asked { most: most.saturating_add(1), after: i64::MIN, ..query.asked.clone() };
        if master::find(&context.db, &all).await?.len() as i64 > most {
            let message = format!("more than {most} elements answer the query; narrow it, or raise maxElementCount");
            return Err(Error::new(Code::TooCostly, message).at("maxElementCount"));
        }
    }
    let after = page.position.as_ref().and_then(|p| p.first().copied()).unwrap_or(i64::MIN);
    let asked = Asked { after, most: page.size + 1, ..query.asked.clone() };
    let mut found = master::find(&context.db, &asked).await?;
    let more = found.len() as i64 > page.size;
    found.truncate(usize::try_from(page.size).unwrap_or(usize::MAX));
    let body = document(&context, &query, &found)?;
    let response = Response::new(200).with("content-type", "application/json").body(body);
    Ok(versions(match found.last().filter(|_| more) {
        Some(last) => page.next(response, &[last.key]),
        None => response,
    }))
}

fn read(pairs: &[(String, String)]) -> Result<Query> {
    let mut query =
        Query { asked: Asked::default(), below: None, attributes: true, children: true, names: None, most: None };
    for (name, value) in pairs {
        let list = || value.split('|').map(|v| v.trim().to_owned()).collect::<Vec<_>>();
        let ids = || value.split('|').map(|v| canonical(v).into_owned()).collect::<Vec<_>>();
        let wrong = |why: String| Error::new(Code::UnknownParameter, why).at(name.clone());
        match name.as_str() {
            "includeAttributes" => query.attributes = flag(value).map_err(wrong)?,
            "includeChildren" => query.children = flag(value).map_err(wrong)?,
            "attributeNames" => query.names = Some(list().iter().map(|name| super::name(name)).collect()),
            "vocabularyName" => query.asked.vocabularies = Some(list()),
            "EQ_name" => query.asked.ids = Some(ids()),
            "WD_name" => query.below = Some(ids()),
            "HASATTR" => query.asked.terms.push(list().iter().map(|name| has(name)).collect()),
            "maxElementCount" => {
                let most = value.parse::<i64>().ok().filter(|most| *most > 0);
                query.most = Some(most.ok_or_else(|| wrong(format!("`{value}` is no positive whole number")))?);
            }
            "perPage" | "nextPageToken" => {}
            other => match other.strip_prefix("EQATTR_").filter(|attribute| !attribute.is_empty()) {
                Some(attribute) => {
                    query.asked.terms.push(list().iter().map(|value| equals(attribute, value)).collect());
                }
                None => {
                    let known = PARAMETERS.join(", ");
                    return Err(wrong(format!("`{name}` is no parameter of SimpleMasterDataQuery; known are {known}")));
                }
            },
        }
    }
    if query.below.is_some() && query.asked.ids.is_some() {
        let message = "EQ_name and WD_name ask for different things; give one of them";
        return Err(Error::new(Code::UnknownParameter, message).at("WD_name"));
    }
    Ok(query)
}

fn flag(value: &str) -> Result<bool, String> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("`{value}` is neither true nor false")),
    }
}

/// An EPCISQueryDocument; the schema of JSON wants a list of events beside the vocabularies.
fn document(context: &Context, query: &Query, found: &[Found]) -> Result<Vec<u8>> {
    let names: BTreeSet<&str> = found.iter().map(|element| element.vocabulary.as_str()).collect();
    let mut vocabularies = Vec::with_capacity(names.len());
    for name in names {
        let members = found.iter().filter(|element| element.vocabulary == name);
        let elements = members.map(|element| shown(query, element)).collect::<Result<Vec<_>>>()?;
        vocabularies.push(object([("type", Node::string(name)), ("vocabularyElementList", Node::Array(elements))]));
    }
    let results = object([
        ("queryName", Node::string("SimpleMasterDataQuery")),
        (
            "resultsBody",
            object([("eventList", Node::Array(Vec::new())), ("vocabularyList", Node::Array(vocabularies))]),
        ),
    ]);
    let document = object([
        ("@context", Node::Array(vec![Node::string(CONTEXT)])),
        ("type", Node::string("EPCISQueryDocument")),
        ("schemaVersion", Node::string("2.0")),
        ("creationDate", Node::string(context.now().rfc3339())),
        ("epcisBody", object([("queryResults", results)])),
    ]);
    Ok(document.to_vec())
}

fn shown(query: &Query, element: &Found) -> Result<Node<'static>> {
    let node = json::parse(element.body.as_bytes()).map_err(Error::internal)?.into_owned();
    let Node::Object(mut object) = node else { return Err(Error::internal(format!("{} is no object", element.id))) };
    if !query.children {
        object.remove("children");
    }
    match &query.names {
        _ if !query.attributes => drop(object.remove("attributes")),
        None => {}
        Some(names) => {
            if let Some(Node::Array(attributes)) = object.get_mut("attributes") {
                attributes.retain(|a| a.text("id").is_some_and(|id| names.contains(&super::name(id))));
            }
        }
    }
    Ok(Node::Object(object))
}

fn object<const N: usize>(members: [(&'static str, Node<'static>); N]) -> Node<'static> {
    Node::Object(Object(members.into_iter().map(|(name, node)| (name.into(), node)).collect()))
}
