//! The feed through a view: that a record changed, by its pseudonym, in the year it did.
//!
//! Only messages about records of FHIR; a profile says whether there is a feed at all, since a message tells when a record
//! arrived to whoever listens.

use crate::date;
use crate::lens::{Lens, Views};
use crate::reference;
use crate::walk::Names;
use async_trait::async_trait;
use chrono::Datelike;
use serde_json::json;
use serde_json::value::RawValue;
use std::sync::Arc;
use theriac_access::{Grant, Role, View};
use theriac_core::{Code, Error, Result};
use theriac_ledger::Record;
use theriac_ledger::feed::{Veil, Veiled};
use theriac_platform::Context;
use theriac_platform::http::Request;

#[async_trait]
impl Veil for Views {
    async fn open(&self, context: &Context, request: &Request) -> Result<Option<(Context, Arc<dyn Veiled>)>> {
        if context.grant.role != Role::Researcher && context.grant.view.is_identified() {
            return Ok(None);
        }
        let refused = |message: &str| Error::new(Code::Forbidden, message).guarded_by("view");
        let lens = self.lens(context, request.header("x-research-project")).await?;
        let lens = lens.ok_or_else(|| refused("no research project names you"))?;
        if !lens.plan.profile.feed {
            return Err(refused("the profile of your project has no feed: it would tell when records arrive"));
        }
        let grant = Grant { view: View::DeIdentified(lens.project.clone()), ..(*context.grant).clone() };
        let veiled: Arc<dyn Veiled> = Arc::new(Through(lens));
        Ok(Some((Context { grant: Arc::new(grant), ..context.clone() }, veiled)))
    }
}

struct Through(Arc<Lens>);

#[async_trait]
impl Veiled for Through {
    async fn shown(&self, context: &Context, record: &Record) -> Result<Option<Record>> {
        let Some(kind) = record.topic.strip_prefix("fhir.") else { return Ok(None) };
        let local = reference::local(&record.subject, "").filter(|local| local.kind == kind && local.version.is_none());
        let Some(local) = local else { return Ok(None) };
        let (lens, version) = (&self.0, record.version.to_string());
        let asked = [(kind.to_owned(), local.id.to_owned())];
        if lens.plan.record_state(kind).is_none() {
            return Ok(None);
        }
        if lens.vault.pseudonym(kind, local.id).is_none() {
            lens.vault.fill(&context.db, lens.plan.profile.pseudonyms, &asked).await?;
        }
        let (pseudonym, version) = (lens.vault.pseudonym(kind, local.id), lens.vault.version(kind, local.id, &version));
        let (Some(pseudonym), Some(version)) = (pseudonym, version) else { return Ok(None) };
        let this_year = context.now().datetime().year();
        let data = RawValue::from_string(json!({ "versionId": version }).to_string()).map_err(Error::internal)?;
        Ok(Some(Record {
            position: record.position,
            time: date::cut(&record.time, true, this_year).unwrap_or_default(),
            topic: record.topic.clone(),
            action: record.action.clone(),
            subject: format!("{kind}/{pseudonym}"),
            version: 0,
            labels: Vec::new(),
            data: Some(data),
        }))
    }
}
