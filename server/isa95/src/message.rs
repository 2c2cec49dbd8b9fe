//! `POST /{tenant}/isa95/messages`: messages of B2MML, a verb and a noun (ISA-95 part 5), in XML or JSON.
//!
//! Get is answered by Show, Process by Acknowledge, Change by Respond, Sync and Cancel by ConfirmBOD. All records of a
//! message are changed, or none. What a message wants only from what is there already (Change, Cancel) is refused
//! where it is not. Of a noun that only carries others (MaterialInformation, JobList) the records inside are kept.

use crate::b2mml::{Document, Form, Root, Verb, kind};
use crate::resource::{self, Body, Change, Either, Media, Options, Type};
use crate::service::Isa95;
use crate::store;
use std::borrow::Cow;
use theriac_core::json::{Node, Object};
use theriac_core::{Code, Error, Issue, Result};
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

const RECORDS_MAX: usize = 10_000;

pub(crate) async fn post(isa95: Isa95, context: Context, request: Request) -> Result<Response> {
    let mut options = Options::default();
    for (name, value) in request.query_known(&["references"])? {
        Options::read(&name, &value, &mut options)?;
    }
    let (root, form) = match resource::root(&request)? {
        Either::Root(root, form) => (root, form),
        Either::Plain => {
            return Err(Error::invalid("the body must be a message of B2MML, as in {\"SyncMaterialLot\":{...}}"));
        }
    };
    let answer = answer_media(&request, form)?;
    let (verb, noun, items) = resource::message(&root)?;
    area(&root, form)?;
    let (name, tree) = match verb {
        Verb::Get => show(&context, noun, &items, form).await?,
        Verb::Process | Verb::Change | Verb::Sync | Verb::Notify => {
            write(&isa95, &context, &root, (verb, noun), read(noun, &items, form)?, options).await?
        }
        Verb::Cancel => cancel(&isa95, &context, &root, noun, &items).await?,
        Verb::Show | Verb::Acknowledge | Verb::Respond | Verb::Confirm => {
            let message = format!("{} is an answer; nothing here has asked for it", verb.name());
            return Err(Error::new(Code::Unprocessable, message));
        }
    };
    let status = if name.is_empty() { 204 } else { 200 };
    let response = Response::new(status);
    Ok(match name.is_empty() {
        true => response,
        false => response.with("content-type", answer.0).body(resource::bodied(answer.1, &name, tree)),
    })
}

/// The answer's form: what the caller takes, or if it does not say so, what it sent.
fn answer_media(request: &Request, form: Form) -> Result<(&'static str, Media)> {
    let sent = match form {
        Form::Xml => ("application/xml", Media::Xml),
        _ => ("application/vnd.b2mml+json", Media::Json),
    };
    let anything = request.header("accept").is_none_or(|accept| accept.trim() == "*/*" || accept.trim().is_empty());
    if anything {
        return Ok(sent);
    }
    let asked = resource::accepted(request)?;
    Ok(if asked.1 == Media::Plain { ("application/json", Media::Json) } else { asked })
}

/// The area that says who sent it and when must be as the schema has it.
fn area(root: &Root, form: Form) -> Result<()> {
    let area = root
        .tree
        .get("ApplicationArea")
        .ok_or_else(|| Error::from_issues(vec![Issue::new(Code::Invalid, "ApplicationArea", "is needed")]))?;
    let kind = kind("TransApplicationAreaType").ok_or_else(|| Error::internal("no application area"))?;
    let found = crate::b2mml::read(kind, area, form, "ApplicationArea");
    if found.issues.is_empty() { Ok(()) } else { Err(Error::from_issues(found.issues)) }
}

fn read(noun: &Document, items: &[&Node<'static>], form: Form) -> Result<Vec<Body>> {
    let of = kind(noun.kind).ok_or_else(|| Error::internal(noun.kind))?;
    let mut bodies = Vec::new();
    for (i, item) in items.iter().enumerate() {
        let path = format!("DataArea.{}[{i}]", noun.element);
        bodies.extend(resource::documents_of(noun.element, of, item, form, &path)?);
    }
    match bodies.len() {
        0 => Err(Error::invalid("the message holds nothing").at(format!("DataArea.{}", noun.element))),
        n if n > RECORDS_MAX => {
            Err(Error::new(Code::TooLarge, format!("a message holds at most {RECORDS_MAX} records")))
        }
        _ => Ok(bodies),
    }
}

/// The area of the message that is answered.
fn original(root: &Root) -> Node<'static> {
    let created = root.tree.get("ApplicationArea").and_then(|area| area.get("CreationDateTime")).cloned();
    let sender = root.tree.get("ApplicationArea").and_then(|area| area.get("BODID")).cloned();
    let mut area = Object::default();
    if let Some(created) = created {
        area.set("CreationDateTime", dollar(created));
    }
    if let Some(sender) = sender {
        area.set("BODID", dollar(sender));
    }
    Node::Object(area)
}

fn dollar(node: Node<'static>) -> Node<'static> {
    match node {
        Node::Object(object) => Node::Object(object),
        value => Node::Object(Object(vec![(Cow::Borrowed("$"), value)])),
    }
}

async fn write(
    isa95: &Isa95,
    context: &Context,
    root: &Root,
    (verb, noun): (Verb, &'static Document),
    bodies: Vec<Body>,
    options: Options,
) -> Result<(String, Node<'static>)> {
    if verb == Verb::Change {
        there(context, &bodies).await?;
    }
    let changes = bodies.into_iter().map(Change::from).collect();
    let plan = resource::apply(isa95, context, changes, options).await?;
    let answer = match verb {
        Verb::Process => Verb::Acknowledge,
        Verb::Change => Verb::Respond,
        _ => return Ok(confirm(context, root)),
    };
    let rows: Vec<(&'static Type, String)> =
        plan.outcomes.iter().map(|outcome| (outcome.row, outcome.stored.document.clone())).collect();
    told(context, answer, noun, &rows, Some(original(root)))
}

/// A message about these records in its noun; what a noun carries is put back into one.
fn told(
    context: &Context,
    verb: Verb,
    noun: &'static Document,
    rows: &[(&'static Type, String)],
    original: Option<Node<'static>>,
) -> Result<(String, Node<'static>)> {
    let trees = match Type::of_element(noun.element) {
        Some(row) => nested(row, rows)?,
        None => {
            let id = Node::Object(Object(vec![(Cow::Borrowed("$"), Node::string(context.trail.request_id.clone()))]));
            let mut carrier = Object(vec![(Cow::Borrowed("ID"), id)]);
            let of = kind(noun.kind).ok_or_else(|| Error::internal(noun.kind))?;
            for member in &of.members {
                let (Some(element), Some(row)) = (member.element, Type::of_kind(member.kind().name)) else { continue };
                let of_row: Vec<_> = rows.iter().filter(|(of, _)| *of == row).cloned().collect();
                if !of_row.is_empty() {
                    carrier.0.push((Cow::Borrowed(element), Node::Array(nested(row, &of_row)?)));
                }
            }
            vec![Node::Object(carrier)]
        }
    };
    let tree = crate::b2mml::message(verb, noun, trees, &context.now().rfc3339(), original);
    Ok((format!("{}{}", verb.name(), noun.element), tree))
}

/// The trees of records of one type, those whose parent is among them inside of it.
fn nested(row: &'static Type, rows: &[(&'static Type, String)]) -> Result<Vec<Node<'static>>> {
    let parse = |(_, text): &(_, String)| theriac_core::json::parse(text.as_bytes()).map(Node::into_owned);
    let documents = rows.iter().map(parse).collect::<Result<Vec<_>, _>>().map_err(Error::internal)?;
    if row.nested.is_empty() {
        return Ok(documents.iter().map(|document| crate::b2mml::tree(row.kind(), document)).collect());
    }
    let id = |document: &Node<'_>| document.get("id").and_then(crate::resource_value).unwrap_or_default().to_owned();
    let ids: Vec<String> = documents.iter().map(id).collect();
    let parents: Vec<Option<usize>> = documents
        .iter()
        .map(|document| document.text(row.parent).and_then(|parent| ids.iter().position(|id| id == parent)))
        .collect();
    let tops = (0..documents.len()).filter(|at| parents[*at].is_none());
    Ok(tops.map(|top| crate::b2mml::tree(row.kind(), &inside(row, top, &documents, &parents, 0))).collect())
}

fn inside(
    row: &Type,
    at: usize,
    documents: &[Node<'static>],
    parents: &[Option<usize>],
    depth: usize,
) -> Node<'static> {
    let mut document = documents[at].clone();
    let children = (0..documents.len()).filter(|child| parents[*child] == Some(at) && depth < 64);
    let children: Vec<_> = children.map(|child| inside(row, child, documents, parents, depth + 1)).collect();
    if let Some(object) = document.as_object_mut().filter(|_| !children.is_empty()) {
        object.set(row.nested, Node::Array(children));
    }
    document
}

/// Every record of a change is there already.
async fn there(context: &Context, bodies: &[Body]) -> Result<()> {
    let mut issues = Vec::new();
    for body in bodies {
        let found = store::resource::one(&context.db, body.row.address, &body.id).await?;
        if !found.is_some_and(|stored| !stored.deleted && resource::visible(context, &stored)) {
            let message = format!("{}/{} does not exist, and Change makes nothing new", body.row.address, body.id);
            issues.push(Issue::new(Code::NotFound, "DataArea", message));
        }
    }
    if issues.is_empty() { Ok(()) } else { Err(Error::from_issues(issues)) }
}

/// ConfirmBOD: the message was taken (B2MML-ConfirmBOD).
fn confirm(context: &Context, root: &Root) -> (String, Node<'static>) {
    let object = |members: Vec<(&'static str, Node<'static>)>| {
        Node::Object(Object(members.into_iter().map(|(name, node)| (Cow::Borrowed(name), node)).collect()))
    };
    let value = |text: &str| object(vec![("$", Node::string(text))]);
    let area = object(vec![
        ("Sender", object(vec![("LogicalID", value("theriac"))])),
        ("CreationDateTime", value(&context.now().rfc3339())),
    ]);
    let bod = object(vec![("OriginalApplicationArea", original(root))]);
    let data = object(vec![("Confirm", object(Vec::new())), ("BOD", Node::Array(vec![bod]))]);
    ("ConfirmBOD".to_owned(), object(vec![("ApplicationArea", area), ("DataArea", data)]))
}

/// The type and ids that the documents of a Get or Cancel name; `*` and nothing are all of the type.
fn named(noun: &Document, items: &[&Node<'static>]) -> Result<(&'static Type, Vec<String>)> {
    let row = Type::of_element(noun.element).ok_or_else(|| {
        let message = format!("{} only carries others; ask for what it carries, one noun for each", noun.element);
        Error::new(Code::Unprocessable, message)
    })?;
    let id = |item: &&Node<'static>| item.get("ID").and_then(crate::resource_value).unwrap_or_default().to_owned();
    let ids: Vec<String> = items.iter().map(id).filter(|id| !id.is_empty() && id != "*").collect();
    Ok((row, ids))
}

async fn show(
    context: &Context,
    noun: &'static Document,
    items: &[&Node<'static>],
    _: Form,
) -> Result<(String, Node<'static>)> {
    let (row, ids) = named(noun, items)?;
    let whole = ids.is_empty();
    let conditions = if whole { Vec::new() } else { vec![resource::Condition::Ids(ids)] };
    let question = resource::Question { row, conditions, count: 1_000, after: None, from: None };
    let found = store::search::search(&context.db, &context.grant.rows(), &question).await?;
    if found.len() > 1_000 {
        let message =
            format!("more than 1000 {} would be shown; GET isa95/{} gives them page by page", row.address, row.address);
        return Err(Error::new(Code::TooCostly, message));
    }
    // The schema has no message that shows nothing.
    if found.is_empty() {
        return Ok((String::new(), Node::Null));
    }
    let rows: Vec<_> = found.into_iter().map(|stored| (row, stored.document)).collect();
    told(context, Verb::Show, noun, &rows, None)
}

async fn cancel(
    isa95: &Isa95,
    context: &Context,
    root: &Root,
    noun: &'static Document,
    items: &[&Node<'static>],
) -> Result<(String, Node<'static>)> {
    let (row, ids) = named(noun, items)?;
    if ids.is_empty() {
        return Err(Error::invalid("a Cancel names what it cancels by ID").at(format!("DataArea.{}", noun.element)));
    }
    let mut unit = Unit::new();
    for id in ids {
        let stored = resource::present(context, row, &id).await?;
        resource::removal(&mut unit, context, row, stored, "cancel", None).await?;
    }
    context.db.commit(unit).await.map_err(resource::raced)?;
    resource::forget(isa95, context, std::iter::once(row));
    Ok(confirm(context, root))
}
