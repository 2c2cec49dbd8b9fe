//! search: over one type, or over several. <http://hl7.org/fhir/R4/http.html#search>

mod answer;
mod asked;
mod concepts;
mod cursor;
mod include;
mod rights;
mod scope;
#[cfg(test)]
mod tests;

use crate::search::concepts::Concepts;
use crate::service::{self, Fhir};
use crate::store::search as store;
use answer::Answer;
use asked::Asked;
use cursor::Place;
use theriac_core::Result;
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

pub async fn handle(fhir: Fhir, context: Context, request: Request) -> Result<Response> {
    let base = service::base(&context);
    let terms = concepts::needed(&context, &request).await?;
    let mut asked = asked::read(&context, &request, &base, terms.as_ref().map(|t| t as &dyn Concepts))?;
    rights::narrow(&context.grant, &mut asked)?;
    if asked.only_count {
        let total = store::count(&context, &asked.types, &asked.query.criteria).await?;
        return Ok(answer::counted(&base, &asked, total));
    }
    let bound = cursor::bound(&context, &asked);
    let place = asked.query.cursor.as_deref().map(|c| cursor::open(&fhir.cursors, &bound, c)).transpose()?;
    let place = place.unwrap_or_else(|| Place::first(&context));
    let (matches, more) = page(&context, &asked, &place).await?;
    let total = total(&context, &asked, &place, matches.len(), more).await?;
    let links = cursor::links(&fhir.cursors, &bound, &place, &matches, more);
    let mut answer = Answer::new(&base, &asked, total, &links)?;
    answer.matches(matches)?;
    include::add(&context, &asked, &mut answer).await?;
    Ok(answer.respond())
}

/// One more row than is shown tells whether there is another page.
async fn page(context: &Context, asked: &Asked, place: &Place) -> Result<(Vec<store::Found>, bool)> {
    let ask = store::Ask {
        types: asked.types.clone(),
        criteria: &asked.query.criteria,
        sort: &asked.query.sort,
        limit: asked.count + 1,
        from: place.from.as_ref(),
        // In the order of keys the position itself keeps newer rows out.
        until: place.from.as_ref().filter(|_| !asked.query.sort.is_empty()).map(|_| place.until),
    };
    let mut found = store::page(context, &ask).await?;
    let more = found.len() > asked.count;
    match place.is_backward() {
        true if more => drop(found.remove(0)),
        _ => found.truncate(asked.count),
    }
    Ok((found, more))
}

/// Counted when it was asked for, known for nothing when the first page is the only one.
async fn total(context: &Context, asked: &Asked, place: &Place, shown: usize, more: bool) -> Result<Option<u64>> {
    match (asked.wants_total, place.from.is_none() && !more) {
        (_, true) => Ok(u64::try_from(shown).ok()),
        (true, false) => store::count(context, &asked.types, &asked.query.criteria).await.map(Some),
        (false, false) => Ok(None),
    }
}
