//! Answers in the form that the caller takes: plain JSON, B2MML's JSON or B2MML's XML (RFC 9110, 12.5.1).

use super::types::Type;
use crate::b2mml::{Root, Verb, document, message, to_xml, tree};
use crate::store::resource::Stored;
use std::borrow::Cow;
use theriac_core::json::{self, Node, Object};
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response, media_type};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Media {
    Plain,
    /// B2MML's JSON.
    Json,
    Xml,
}

/// Media types and what comes in them, in the order of preference.
const MEDIA: &[(&str, Media)] = &[
    ("application/json", Media::Plain),
    ("application/vnd.b2mml+json", Media::Json),
    ("application/vnd.b2mml+xml", Media::Xml),
    ("application/xml", Media::Xml),
    ("text/xml", Media::Xml),
];

impl Media {
    pub fn of(content_type: &str) -> Option<Self> {
        let given = media_type(content_type);
        MEDIA.iter().find(|(name, _)| *name == given).map(|(_, media)| *media)
    }

    pub fn names() -> String {
        MEDIA.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }
}

/// What the caller takes best.
///
/// # Errors
/// `NotAcceptable`, naming what there is.
pub(crate) fn accepted(request: &Request) -> Result<(&'static str, Media)> {
    let names: Vec<&'static str> = MEDIA.iter().map(|(name, _)| *name).collect();
    let best = theriac_platform::http::accepts(request.header("accept"), &names);
    let found = best.and_then(|best| MEDIA.iter().find(|(name, _)| *name == best).copied());
    found.ok_or_else(|| Error::new(Code::NotAcceptable, format!("what there is to give is {}", Media::names())))
}

/// One record.
pub(crate) fn one(request: &Request, status: u16, row: &Type, version: i64, text: &str) -> Result<Response> {
    let (name, media) = accepted(request)?;
    let body = match media {
        Media::Plain => text.to_owned(),
        form => bodied(form, row.element, b2mml(row, text)?),
    };
    Ok(Response::new(status)
        .with("content-type", name)
        .with("vary", "accept")
        .with("etag", format!("W/\"{version}\""))
        .body(body))
}

/// A stored document as B2MML's tree.
pub(super) fn b2mml(row: &Type, text: &str) -> Result<Node<'static>> {
    let node = json::parse(text.as_bytes()).map_err(Error::internal)?;
    Ok(tree(row.kind(), &node))
}

/// A B2MML document in one of its two forms.
pub(crate) fn bodied(media: Media, name: &str, tree: Node<'static>) -> String {
    match media {
        Media::Xml => to_xml(&Root { name: name.to_owned(), tree }),
        _ => Node::Object(Object(vec![(Cow::Owned(name.to_owned()), tree)])).to_string(),
    }
}

/// Records of one type: a plain list with the cursor of the next page, or the message that shows them.
pub(crate) fn listing(
    context: &Context,
    request: &Request,
    row: &'static Type,
    found: &[Stored],
    next: Option<String>,
) -> Result<Response> {
    let (name, media) = accepted(request)?;
    let response = Response::new(200).with("content-type", name).with("vary", "accept");
    if media == Media::Plain {
        let documents: Vec<&str> = found.iter().map(|stored| stored.document.as_str()).collect();
        let mut body = format!("{{\"{}\":[{}]", row.address, documents.join(",")).into_bytes();
        if let Some(next) = &next {
            body.extend_from_slice(b",\"next\":");
            json::write_string(next, &mut body);
        }
        body.push(b'}');
        return Ok(response.body(body));
    }
    let trees = found.iter().map(|stored| b2mml(row, &stored.document)).collect::<Result<Vec<_>>>()?;
    let (name, tree) = show(context, row, trees)?;
    let response = match next {
        // A message has no place for the address of the next page.
        Some(next) => response.with("link", format!("<?{}>; rel=\"next\"", following(request, &next))),
        None => response,
    };
    Ok(response.body(bodied(media, &name, tree)))
}

fn following(request: &Request, next: &str) -> String {
    let kept = request.query.split('&').filter(|part| !part.is_empty() && !part.starts_with("from="));
    kept.chain([format!("from={next}").as_str()]).collect::<Vec<_>>().join("&")
}

/// The message `Show...` about these, in the noun that carries them.
pub(crate) fn show(context: &Context, row: &Type, trees: Vec<Node<'static>>) -> Result<(String, Node<'static>)> {
    told(context, Verb::Show, row, trees, None)
}

/// A message of that verb about records of one type, in the noun that carries them.
pub(crate) fn told(
    context: &Context,
    verb: Verb,
    row: &Type,
    trees: Vec<Node<'static>>,
    original: Option<Node<'static>>,
) -> Result<(String, Node<'static>)> {
    let (noun, trees) = match row.carrier {
        None => (row.element, trees),
        Some((noun, member)) => {
            let id = Node::Object(Object(vec![(Cow::Borrowed("$"), Node::string(context.trail.request_id.clone()))]));
            let carrier = Object(vec![(Cow::Borrowed("ID"), id), (Cow::Borrowed(member), Node::Array(trees))]);
            (noun, vec![Node::Object(carrier)])
        }
    };
    let document = document(noun).ok_or_else(|| Error::internal(format!("no element {noun}")))?;
    let tree = message(verb, document, trees, &context.now().rfc3339(), original);
    Ok((format!("{}{noun}", verb.name()), tree))
}
