//! `$everything` of a Patient, an Encounter, a Group, or of all patients: the compartment and what it refers to, in
//! pages. <http://hl7.org/fhir/R4/patient-operation-everything.html>,
//! <http://hl7.org/fhir/R4/encounter-operation-everything.html>, <http://hl7.org/fhir/R4/group-operation-everything.html>
//!
//! `start` and `end` are about dates of care; a resource without one always belongs.

mod asked;
mod care;
mod referred;

use crate::body;
use crate::bundle::Writer;
use crate::job;
use crate::kind::{self, Kind};
use crate::policy;
use crate::search::criterion::Criterion;
use crate::search::hash::{compartment_token, own};
use crate::service::{self, Fhir};
use crate::store::read as store_read;
use crate::store::search::{self, Found, Position};
use asked::Asked;
use std::collections::HashSet;
use theriac_access::Interaction;
use theriac_core::json::{self, Node};
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

/// Compartments one call looks into.
const MOST: usize = 1_000;

pub async fn of_patient(fhir: Fhir, context: Context, request: Request) -> Result<Response> {
    of_compartment(&fhir, &context, &request, "Patient").await
}

pub async fn of_encounter(fhir: Fhir, context: Context, request: Request) -> Result<Response> {
    of_compartment(&fhir, &context, &request, "Encounter").await
}

async fn of_compartment(fhir: &Fhir, context: &Context, request: &Request, name: &str) -> Result<Response> {
    let asked = Asked::read(context, request)?;
    let focus = focus(context, kind::find(name)?, request.param("id")).await?;
    if let Some(accepted) = job::defer(fhir, context, request).await? {
        return Ok(accepted);
    }
    let tokens = vec![compartment_token(own(name, &focus.id))];
    answer(fhir, context, &asked, Some(focus), tokens).await
}

pub async fn of_group(fhir: Fhir, context: Context, request: Request) -> Result<Response> {
    let asked = Asked::read(&context, &request)?;
    let group = focus(&context, kind::find("Group")?, request.param("id")).await?;
    if let Some(accepted) = job::defer(&fhir, &context, &request).await? {
        return Ok(accepted);
    }
    let node = json::parse(&group.bytes)?;
    let base = service::base(&context);
    let members = node.get("member").map_or(&[][..], Node::items).iter();
    let entities = members.filter_map(|member| member.get("entity")?.text("reference"));
    let own_part = |text: &'_ str| service::local(&base, text).to_owned();
    let patients = entities.map(own_part).filter_map(|text| text.strip_prefix("Patient/").map(str::to_owned));
    let tokens: Vec<i64> = patients.map(|id| compartment_token(own("Patient", &id))).collect();
    limited(tokens.len())?;
    answer(&fhir, &context, &asked, Some(group), tokens).await
}

/// On the type: every patient there is for the caller.
pub async fn of_patients(fhir: Fhir, context: Context, request: Request) -> Result<Response> {
    let asked = Asked::read(&context, &request)?;
    let kind = kind::find("Patient")?;
    context.grant.require_fhir(Interaction::Search, kind.name)?;
    if let Some(accepted) = job::defer(&fhir, &context, &request).await? {
        return Ok(accepted);
    }
    let patients = search::keys(&context, Interaction::Search, kind, &[], MOST + 1).await?;
    limited(patients.len())?;
    let tokens = patients.iter().map(|(_, id, _)| compartment_token(own("Patient", id))).collect();
    answer(&fhir, &context, &asked, None, tokens).await
}

fn limited(count: usize) -> Result<()> {
    match count {
        0..=MOST => Ok(()),
        _ => Err(Error::new(Code::TooCostly, format!("these are more than {MOST} patients; ask for fewer of them"))),
    }
}

/// The resource it is called on.
struct Focus {
    kind: Kind,
    id: String,
    bytes: Vec<u8>,
}

async fn focus(context: &Context, kind: Kind, id: &str) -> Result<Focus> {
    context.grant.require_fhir(Interaction::Read, kind.name)?;
    let visible = policy::of_type(context, Interaction::Read, kind);
    let version = store_read::current(context, &visible, kind, id).await?;
    let version = version.ok_or_else(|| Error::not_found(kind.name, id))?;
    match version.deleted {
        true => Err(Error::gone(kind.name, id)),
        false => Ok(Focus { kind, id: version.id, bytes: body::unpack(version.dictionary, &version.body)? }),
    }
}

/// One resource of a page.
struct Item {
    kind: i16,
    id: String,
    bytes: Vec<u8>,
}

async fn answer(
    fhir: &Fhir,
    context: &Context,
    asked: &Asked,
    focus: Option<Focus>,
    tokens: Vec<i64>,
) -> Result<Response> {
    let from = asked.position(fhir, context)?;
    let first = from.is_none();
    let (mut items, last) = page(context, asked, &tokens, from, focus.as_ref()).await?;
    let wants = |kind: i16| asked.types.is_empty() || asked.types.contains(&kind);
    if let Some(focus) = focus.filter(|focus| first && wants(focus.kind.number)) {
        items.insert(0, Item { kind: focus.kind.number, id: focus.id, bytes: focus.bytes });
    }
    let seen: HashSet<(i16, String)> = items.iter().map(|item| (item.kind, item.id.clone())).collect();
    let referred = referred::by(context, &items, &seen, &tokens, asked).await?;
    let links = asked.links(fhir, context, last.as_ref())?;
    let total = if first && last.is_none() { Some(items.len() as u64) } else { None };
    let mut writer = Writer::new("searchset", total, &links);
    let base = service::base(context);
    for (list, mode) in [(&items, "match"), (&referred, "include")] {
        for item in list {
            let url = format!("{base}/{}/{}", kind::name(item.kind), item.id);
            writer.entry(Some(&url), Some(&item.bytes), &format!("\"search\":{{\"mode\":\"{mode}\"}}"));
        }
    }
    Ok(writer.respond())
}

/// One page of the compartments, and the place of its end if there is more.
async fn page(
    context: &Context,
    asked: &Asked,
    tokens: &[i64],
    from: Option<Position>,
    focus: Option<&Focus>,
) -> Result<(Vec<Item>, Option<Position>)> {
    let mut criteria = asked.criteria.clone();
    criteria.push(Criterion::Tokens { any: tokens.to_vec(), negate: false });
    let (mut items, mut place) = (Vec::new(), from);
    let mut last = place.clone();
    if tokens.is_empty() || asked.nothing {
        return Ok((items, None));
    }
    loop {
        let limit = asked.count + 1;
        let ask = search::Ask {
            types: asked.types.clone(),
            criteria: &criteria,
            limit,
            from: place.as_ref(),
            interaction: Interaction::Read,
            ..search::Ask::default()
        };
        let found: Vec<Found> = search::page(context, &ask).await?.found;
        let more = found.len() == limit;
        for row in found {
            let position = row.position(false);
            if let Some(item) = item(context, asked, row, focus)? {
                if items.len() == asked.count {
                    return Ok((items, last));
                }
                items.push(item);
            }
            last = Some(position);
        }
        if !more {
            return Ok((items, None));
        }
        place = last.clone();
    }
}

/// The resource, if it belongs to the answer; the one it is called on leads, and does not come again.
fn item(context: &Context, asked: &Asked, row: Found, focus: Option<&Focus>) -> Result<Option<Item>> {
    let version = row.version;
    if focus.is_some_and(|focus| focus.kind.number == version.kind && focus.id == version.id) {
        return Ok(None);
    }
    let bytes = body::unpack(version.dictionary, &version.body)?;
    if asked.is_dated() && !care::is_within(context, asked, kind::name(version.kind), &json::parse(&bytes)?) {
        return Ok(None);
    }
    Ok(Some(Item { kind: version.kind, id: version.id, bytes }))
}
