//! A resource made ready to be stored: id and meta set, bytes final, index extracted.

use crate::kind::Kind;
use crate::parameters::Parameters;
use crate::search::index::Index;
use crate::search::{self, extract::extract_whole};
use crate::{body, service, validation};
use theriac_core::hash::sha256;
use theriac_core::json::{self, Node, Object};
use theriac_core::{Code, Error, Instant, Result};
use theriac_platform::Context;
use theriac_platform::http::{Form, Format, Request, media_type};

/// A version about to be written.
#[derive(Debug)]
pub struct Draft {
    pub kind: Kind,
    pub id: String,
    pub version: i64,
    pub updated: Instant,
    /// The final JSON.
    pub bytes: Vec<u8>,
    /// The final JSON, compressed.
    pub packed: Vec<u8>,
    pub hash: [u8; 32],
    pub index: Index,
}

/// Reads a body that must be a resource of that type, and one that the tenant wants to store.
///
/// # Errors
/// `UnsupportedMedia`, or what [`validation::admit`] refuses.
pub async fn read<'b>(context: &Context, request: &'b Request, kind: Kind) -> Result<Node<'b>> {
    check_media(request)?;
    let node = json::parse(&request.body)?;
    validation::admit(context, &node, kind).await?;
    Ok(node)
}

/// FHIR in JSON, as which XML arrives here too; see [`crate::format`].
///
/// # Errors
/// `UnsupportedMedia`, listing what is taken.
pub fn check_media(request: &Request) -> Result<()> {
    const SEND: &str = "send application/fhir+json or application/fhir+xml";
    let refuse = |message: String| Err(Error::new(Code::UnsupportedMedia, message).at("Content-Type"));
    match request.header("content-type") {
        Some(media) if Format::of_body(media)? == Some(Form::Json) => Ok(()),
        Some(media) => refuse(format!("'{}' is not taken here; {SEND}", media_type(media))),
        None => refuse(format!("the body has no Content-Type; {SEND}")),
    }
}

/// Sets id, version and time (R4 http.html 3.1.0.8: the server's, whatever the body said), and extracts the index.
///
/// # Errors
/// `Internal` if the body cannot be compressed.
pub fn finish(
    context: &Context,
    mut node: Node<'_>,
    kind: Kind,
    id: &str,
    version: i64,
    updated: Instant,
) -> Result<Draft> {
    stamp(&mut node, id, version, updated);
    let bytes = node.to_vec();
    let base = service::base(context);
    let parameters = Parameters::kept(context);
    let catalogue = parameters.indexed();
    let plan = catalogue.plan(kind.name).ok_or_else(|| Error::internal("a type without a search plan"))?;
    let index = extract_whole(catalogue, plan, &node, &service::search_context(&base, updated));
    let (packed, hash) = (body::pack(&bytes)?, sha256(&bytes));
    Ok(Draft { kind, id: id.to_owned(), version, updated, bytes, packed, hash, index })
}

/// `id` and `meta` follow the type, where the dictionary expects them.
fn stamp(node: &mut Node<'_>, id: &str, version: i64, updated: Instant) {
    let Some(resource) = node.as_object_mut() else { return };
    let mut meta = match resource.remove("meta") {
        Some(Node::Object(meta)) => meta,
        _ => Object::default(),
    };
    meta.remove("versionId");
    meta.remove("lastUpdated");
    meta.set_at(0, "lastUpdated", Node::string(updated.rfc3339()));
    meta.set_at(0, "versionId", Node::string(version.to_string()));
    resource.remove("id");
    resource.set_at(1, "id", Node::string(id));
    resource.set_at(2, "meta", Node::Object(meta));
    // The type leads, wherever the sender put it.
    if let Some(kind) = resource.remove("resourceType") {
        resource.set_at(0, "resourceType", kind);
    }
}

/// A deletion is a version too, without a body.
pub fn tombstone(kind: Kind, id: &str, version: i64, updated: Instant) -> Draft {
    let index = Index { id: id.to_owned(), own: search::hash::own(kind.name, id), ..Index::default() };
    Draft { kind, id: id.to_owned(), version, updated, bytes: Vec::new(), packed: Vec::new(), hash: sha256(b""), index }
}

impl Draft {
    pub fn is_deletion(&self) -> bool {
        self.bytes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stamp_replaces_what_the_sender_claimed() {
        let text = br#"{"meta":{"versionId":"9","profile":["p"]},"id":"x","resourceType":"Patient","active":true}"#;
        let mut node = json::parse(text).unwrap();
        stamp(&mut node, "1", 2, Instant(0));
        assert_eq!(
            node.to_string(),
            r#"{"resourceType":"Patient","id":"1","meta":{"versionId":"2","lastUpdated":"1970-01-01T00:00:00.000Z","profile":["p"]},"active":true}"#
        );
    }
}
