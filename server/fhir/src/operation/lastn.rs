//! `$lastn` of Observation: the most recent observations of a patient, so many of each code.
//! <http://hl7.org/fhir/R4/observation-operation-lastn.html>
//!
//! Observations are of one group if they share a coding, or where they have none the text of the code. The newest come
//! first, those without a time last.

use super::parameters::Input;
use crate::bundle::Writer;
use crate::interaction::search::rights;
use crate::kind::{self, Kind};
use crate::search::query::{Query, Request as Parse};
use crate::search::r4_catalogue;
use crate::service::Fhir;
use crate::store::search::{Ask, Found, page};
use crate::{body, service};
use theriac_access::Interaction;
use theriac_core::json::{self, Node};
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

/// Search parameters that choose among the observations.
const CHOOSING: &[&str] = &["patient", "subject", "category", "code", "date", "status"];
const MAX: &str = "max";
/// Observations that are read at a time, and at most.
const PAGE: usize = 500;
const MOST: usize = 20_000;
const MATCH: &str = "\"search\":{\"mode\":\"match\"}";

/// What observations of one group have in common, and how many of them are taken.
#[derive(Default)]
struct Group {
    names: Vec<String>,
    taken: usize,
}

pub async fn handle(_: Fhir, context: Context, request: Request) -> Result<Response> {
    let kind = kind::find("Observation")?;
    context.grant.require_fhir(Interaction::Search, kind.name)?;
    let known: Vec<&str> = CHOOSING.iter().copied().chain([MAX]).collect();
    let input = Input::read(&request, &known)?;
    let max = input.number(MAX)?.unwrap_or(1);
    let query = query(&context, kind, &input)?;
    let base = service::base(&context);
    let taken = newest(&context, kind, &query, max).await?;
    let mut writer = Writer::new("searchset", u64::try_from(taken.len()).ok(), &[]);
    for (id, bytes) in &taken {
        writer.entry(Some(&format!("{base}/{}/{id}", kind.name)), Some(bytes), MATCH);
    }
    Ok(writer.respond())
}

fn query(context: &Context, kind: Kind, input: &Input) -> Result<Query> {
    let mut pairs = vec![("_sort".to_owned(), "-date".to_owned())];
    for name in CHOOSING {
        for value in input.many(name) {
            let text = value.as_str().ok_or_else(|| Error::invalid("takes a text, as in a search").at(*name))?;
            pairs.push(((*name).to_owned(), text.to_owned()));
        }
    }
    let has = |names: &[&str]| pairs.iter().any(|(name, _)| names.contains(&name.as_str()));
    for (wanted, why) in [(["patient", "subject"], "whose observations"), (["category", "code"], "which observations")]
    {
        if !has(&wanted) {
            let message = format!("name {} or {}: {why} are meant", wanted[0], wanted[1]);
            return Err(Error::invalid(message).at(wanted[0]));
        }
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
    Ok(query)
}

/// All pages are of one moment.
async fn newest(context: &Context, kind: Kind, query: &Query, max: usize) -> Result<Vec<(String, Vec<u8>)>> {
    let (mut groups, mut taken) = (Vec::new(), Vec::new());
    let (mut from, mut moment, mut read) = (None, None, 0);
    loop {
        let ask = Ask {
            interaction: Interaction::Search,
            types: vec![kind.number],
            criteria: &query.criteria,
            sort: &query.sort,
            limit: PAGE,
            from: from.as_ref(),
            moment: moment.as_ref(),
        };
        let found = page(context, &ask).await?;
        moment = moment.or(found.moment);
        read += found.found.len();
        let last = found.found.last().filter(|_| found.found.len() == PAGE).map(|row| row.position(false));
        for row in found.found {
            take(row, &mut groups, max, &mut taken)?;
        }
        match last {
            None => return Ok(taken),
            Some(_) if read >= MOST => {
                let message = format!("more than {MOST} observations are meant; narrow them by code, category or date");
                return Err(Error::new(Code::TooCostly, message));
            }
            next => from = next,
        }
    }
}

fn take(row: Found, groups: &mut Vec<Group>, max: usize, taken: &mut Vec<(String, Vec<u8>)>) -> Result<()> {
    let bytes = body::unpack(row.version.dictionary, &row.version.body)?;
    let names = names(&json::parse(&bytes)?);
    let place = groups.iter().position(|group| group.names.iter().any(|name| names.contains(name)));
    let place = place.unwrap_or_else(|| {
        groups.push(Group::default());
        groups.len() - 1
    });
    let group = &mut groups[place];
    group.names.extend(names.into_iter().filter(|name| !group.names.contains(name)).collect::<Vec<_>>());
    if group.taken < max {
        group.taken += 1;
        taken.push((row.version.id, bytes));
    }
    Ok(())
}

/// The codings of its code, or the text.
fn names(observation: &Node<'_>) -> Vec<String> {
    let code = observation.get("code");
    let codings = code.and_then(|code| code.get("coding")).map_or(&[][..], Node::items).iter();
    let name =
        |coding: &Node<'_>| Some(format!("{}|{}", coding.text("system").unwrap_or_default(), coding.text("code")?));
    let all: Vec<String> = codings.filter_map(name).collect();
    match all.is_empty() {
        true => vec![code.and_then(|code| code.text("text")).unwrap_or_default().to_lowercase()],
        false => all,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::search::tests::House;
    use theriac_platform::Cursors;
    use theriac_platform::http::Method;

    fn observation(id: &str, who: &str, code: &str, date: &str) -> String {
        format!(
            r#"{{"resourceType":"Observation","id":"{id}","status":"final","subject":{{"reference":"Patient/{who}"}},"code":{code},"effectiveDateTime":"{date}","category":[{{"coding":[{{"code":"lab"}}]}}]}}"#
        )
    }

    async fn ids(context: &Context, query: &str) -> Result<Vec<String>> {
        let request = Request::new(Method::Get, "/", query);
        let answer = handle(Fhir::new(Cursors::new(b"secret")), context.clone(), request).await?;
        let bundle: serde_json::Value = serde_json::from_slice(answer.body.bytes().unwrap()).unwrap();
        let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
        Ok(entries.iter().map(|e| e["resource"]["id"].as_str().unwrap().to_owned()).collect())
    }

    #[tokio::test]
    async fn the_newest_of_each_code_are_found_and_codes_that_share_a_coding_are_one() {
        let (a, both) = (
            r#"{"coding":[{"system":"s","code":"a"}]}"#,
            r#"{"coding":[{"system":"s","code":"a"},{"system":"t","code":"b"}]}"#,
        );
        let (b, text) = (r#"{"coding":[{"system":"t","code":"b"}]}"#, r#"{"text":"Weight"}"#);
        for mut house in House::each().await {
            house
                .put(&[
                    r#"{"resourceType":"Patient","id":"p"}"#.to_owned(),
                    observation("1", "p", a, "2020-01-01"),
                    observation("2", "p", both, "2020-03-01"),
                    observation("3", "p", b, "2020-02-01"),
                    observation("4", "p", text, "2019-01-01"),
                    observation("5", "p", text, "2018-01-01"),
                    observation("6", "q", a, "2021-01-01"),
                ])
                .await;
            let context = &house.context;
            assert_eq!(ids(context, "patient=p&category=lab").await.unwrap(), ["2", "4"]);
            assert_eq!(ids(context, "patient=p&category=lab&max=2").await.unwrap(), ["2", "3", "4", "5"]);
            assert_eq!(ids(context, "subject=Patient/p&code=s|a&date=lt2020-02").await.unwrap(), ["1"]);
            for (query, place) in
                [("patient=p", "category"), ("code=s|a", "patient"), ("patient=p&code=x&_sort=date", "_sort")]
            {
                assert_eq!(ids(context, query).await.unwrap_err().issues[0].path, place, "{query}");
            }
            assert!(ids(&house.clinician(&["q"]), "patient=p&category=lab").await.unwrap().is_empty());
        }
    }
}
