//! create, and conditional create by If-None-Exist. <http://hl7.org/fhir/R4/http.html#create>

use super::{conditional, outcome};
use crate::document::{self, Draft};
use crate::kind::{self, Kind};
use crate::policy;
use crate::service::Fhir;
use crate::store::write;
use theriac_access::Interaction;
use theriac_core::json::Node;
use theriac_core::{Code, Error, Result};
use theriac_ledger::Entry;
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

pub async fn handle(_: Fhir, context: Context, request: Request) -> Result<Response> {
    let kind = kind::find(request.param("type"))?;
    context.grant.require_fhir(Interaction::Create, kind.name)?;
    request.query_known(&["_format", "_pretty"])?;
    // Before anything is written.
    outcome::Return::of(&request)?;
    let node = document::read(&context, &request, kind).await?;
    match request.header("if-none-exist") {
        None => {
            let draft = apply(&context, node, kind, &new_id()).await?;
            outcome::written(&context, &request, 201, &draft)
        }
        Some(criteria) => conditional::create(&context, &request, node.into_owned(), kind, criteria).await,
    }
}

pub fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// Stores a new resource under that id.
///
/// # Errors
/// `Conflict` guarded by `fhir_resource` if the id was taken in the meantime.
pub async fn apply(context: &Context, node: Node<'_>, kind: Kind, id: &str) -> Result<Draft> {
    let mut unit = Unit::new();
    let draft = draft(context, node, kind, id)?;
    push(context, &mut unit, &draft)?;
    context.db.commit(unit).await?;
    Ok(draft)
}

/// Makes the first version, and sees that it may exist for the caller.
pub fn draft(context: &Context, node: Node<'_>, kind: Kind, id: &str) -> Result<Draft> {
    check_id(id)?;
    let draft = document::finish(context, node, kind, id, 1, context.now().to_millis())?;
    policy::of_type(context, Interaction::Create, kind).require(kind, &draft.index)?;
    Ok(draft)
}

pub fn push(context: &Context, unit: &mut Unit, draft: &Draft) -> Result<()> {
    write::create(context, unit, &[draft]);
    theriac_ledger::record(unit, context, &[entry("create", draft)])
}

/// The ledger entry of a version. It names the record and its hash, never its content.
pub fn entry(action: &'static str, draft: &Draft) -> Entry {
    Entry {
        topic: format!("fhir.{}", draft.kind.name),
        action,
        subject: format!("{}/{}", draft.kind.name, draft.id),
        version: draft.version,
        hash: Some(draft.hash),
        labels: policy::visibility(draft.kind, &draft.index),
        data: None,
    }
}

/// <http://hl7.org/fhir/R4/datatypes.html#id>
pub fn check_id(id: &str) -> Result<()> {
    let fits = (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
    match fits {
        true => Ok(()),
        false => {
            Err(Error::new(Code::Invalid, "an id has 1 to 64 characters of A-Z, a-z, 0-9, '-' and '.'")
                .at("Resource.id"))
        }
    }
}
