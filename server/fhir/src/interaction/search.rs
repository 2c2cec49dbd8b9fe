//! search: over one type, or over several. <http://hl7.org/fhir/R4/http.html#search>

mod answer;
mod asked;
mod concepts;
mod cursor;
mod explain;
mod include;
pub mod past;
pub(crate) mod rights;
mod scope;
#[cfg(test)]
mod tests;

use crate::job;
use crate::search::concepts::Concepts;
use crate::service::{self, Fhir};
use crate::store::search as store;
use answer::Answer;
use asked::Asked;
use concepts::Terms;
use cursor::Place;
use theriac_access::Interaction;
use theriac_core::Result;
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

pub async fn handle(fhir: Fhir, context: Context, request: Request) -> Result<Response> {
    let base = service::base(&context);
    let opened = asked::opened(&fhir, &context, &request)?;
    let terms = concepts::needed(&context, &request, opened.as_ref().map(|(place, _)| place)).await?;
    let concepts = terms.as_ref().map(|t| t as &dyn Concepts);
    let (mut asked, mut place) = asked::read(&context, &request, &base, opened, concepts)?;
    place.terms = place.terms.or(terms.as_ref().map(Terms::stamp));
    rights::narrow(&context.grant, &mut asked)?;
    if let Some(accepted) = job::defer(&fhir, &context, &request).await? {
        return Ok(accepted);
    }
    if let (None, Some(at)) = (&place.moment, asked.query.at) {
        place.moment = Some(past::moment(&context, at).await?);
    }
    if asked.only_count {
        let total = store::count(&context, &asked.types, &asked.query.criteria, place.moment.as_ref()).await?;
        return Ok(answer::counted(&base, &asked, total));
    }
    if asked.query.explain {
        return explain::answer(&context, &asked, &place).await;
    }
    // What belongs to the first page is as of now, too.
    let moment = place.moment.clone();
    let (page, more) = page(&context, &asked, &place).await?;
    place.moment = page.moment.clone();
    let total = total(&context, &asked, &mut place, page.found.len(), more).await?;
    let links = cursor::links(&fhir.cursors, &context, &asked, &place, &page, more)?;
    let mut answer = Answer::new(&base, &asked, total, &links)?;
    match asked.query.inside() {
        Some((name, criterion)) => {
            let inside = store::contained::inside(&context, &page.found, name, criterion).await?;
            answer.inside(name, page.found, &inside)?;
        }
        None => answer.matches(page.found)?,
    }
    include::add(&context, &asked, moment.as_ref(), &mut answer).await?;
    Ok(answer.respond())
}

fn ask<'a>(asked: &'a Asked, place: &'a Place) -> store::Ask<'a> {
    store::Ask {
        types: asked.types.clone(),
        criteria: &asked.query.criteria,
        sort: &asked.query.sort,
        limit: asked.count + 1,
        from: place.from.as_ref(),
        moment: place.moment.as_ref(),
        interaction: Interaction::Search,
    }
}

/// One more row than is shown tells whether there is another page.
async fn page(context: &Context, asked: &Asked, place: &Place) -> Result<(store::Page, bool)> {
    let mut page = store::page(context, &ask(asked, place)).await?;
    let more = page.found.len() > asked.count;
    match place.is_backward() {
        true if more => drop(page.found.remove(0)),
        _ => page.found.truncate(asked.count),
    }
    Ok((page, more))
}

/// Counted once, as of the moment of the first page, when it was asked for; known for nothing when that is the only one.
async fn total(context: &Context, asked: &Asked, place: &mut Place, shown: usize, more: bool) -> Result<Option<u64>> {
    if place.total.is_none() {
        place.total = match (asked.wants_total, place.from.is_none() && !more) {
            (_, true) => u64::try_from(shown).ok(),
            (true, false) => {
                Some(store::count(context, &asked.types, &asked.query.criteria, place.moment.as_ref()).await?)
            }
            (false, false) => None,
        };
    }
    Ok(place.total)
}
