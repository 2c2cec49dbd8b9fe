//! `POST /{tenant}/admin/deid/report`: how well a cohort hides its members, as a project's view shows them.
//!
//! The cohort is a search of one type; quasi-identifiers (what others may know) and sensitive attributes are FHIRPath on
//! what is left of each record.

use crate::body;
use crate::deid::answer::this_year;
use crate::kind;
use crate::parameters::Parameters;
use crate::path;
use crate::search::query::{Query, Request as Parse};
use crate::service::{self, Fhir};
use crate::store::search::{self as store, Ask};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::Arc;
use theriac_access::Permission::Admin;
use theriac_core::json::{self, Node};
use theriac_core::{Code, Error, Result};
use theriac_deid::risk::{self, Row};
use theriac_deid::{Lens, Names, Scene};
use theriac_fhirpath::{ClockOnly, Expression};
use theriac_platform::Context;
use theriac_platform::http::Method::Post;
use theriac_platform::http::{Facade, Request, Response, Route, Routes};

/// Members of a cohort at most.
const MOST: usize = 10_000;
/// Columns at most.
const COLUMNS: usize = 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Body {
    project: String,
    #[serde(rename = "type")]
    kind: String,
    /// `gender=female`; none: all of the type.
    #[serde(default)]
    query: String,
    quasi_identifiers: Vec<String>,
    #[serde(default)]
    sensitive: Vec<String>,
}

pub fn routes(fhir: &Fhir) -> Vec<Route> {
    let path = "/{tenant}/admin/deid/report";
    Routes::new(Facade::Plain)
        .add(Post, path, Admin, fhir, handle, "k-anonymity, l-diversity, t-closeness of a cohort")
        .rows()
}

async fn handle(fhir: Fhir, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let body: Body = request.json()?;
    let views = fhir.views.as_ref().ok_or_else(|| Error::new(Code::NotSupported, "no views are offered here"))?;
    let lens = views.of_project(&context, &body.project).await?;
    let quasi = expressions(&body.quasi_identifiers, "quasiIdentifiers")?;
    if quasi.is_empty() {
        return Err(Error::invalid("name at least one quasi-identifier, such as birthDate").at("quasiIdentifiers"));
    }
    let sensitive = expressions(&body.sensitive, "sensitive")?;
    let members = cohort(&context, &body).await?;
    let rows = members.iter().map(|bytes| row(&lens, &context, bytes, &quasi, &sensitive));
    let rows = rows.collect::<Result<Vec<Row>>>()?;
    let risk = risk::of(&rows).ok_or_else(|| Error::new(Code::Unprocessable, "the cohort has no members"))?;
    Response::json(200, &risk)
}

fn expressions(texts: &[String], name: &str) -> Result<Vec<Expression>> {
    if texts.len() > COLUMNS {
        return Err(Error::invalid(format!("at most {COLUMNS} expressions are taken")).at(name));
    }
    texts.iter().map(|text| path::compile(text).map_err(|e| e.at(name))).collect()
}

/// The records as they are stored.
async fn cohort(context: &Context, body: &Body) -> Result<Vec<Vec<u8>>> {
    let (kind, base) = (kind::find(&body.kind)?, service::base(context));
    Parameters::refresh(context).await?;
    let parameters = Parameters::kept(context);
    let asked = service::search_context(&base, context.now());
    let parse =
        Parse { catalogue: parameters.searched(), resource_type: Some(kind.name), context: asked, lenient: false };
    let query = Query::parse(&parse, &body.query, None)?;
    let ask = Ask { types: vec![kind.number], criteria: &query.criteria, limit: MOST + 1, ..Ask::default() };
    let found = store::page(context, &ask).await?.found;
    if found.len() > MOST {
        let message = format!("the cohort has more than {MOST} members; narrow it by query");
        return Err(Error::new(Code::TooCostly, message).at("query"));
    }
    found.iter().map(|f| body::unpack(f.version.dictionary, &f.version.body)).collect()
}

fn row(lens: &Lens, context: &Context, bytes: &[u8], quasi: &[Expression], sensitive: &[Expression]) -> Result<Row> {
    let (mut node, base, nobody) = (json::parse(bytes)?, service::base(context), HashMap::new());
    let names = Nameless(lens);
    let mut scene = Scene::new(&names, &base, this_year(context), &nobody);
    if !lens.plan.record(&mut node, &mut scene) {
        node = Node::Null;
    }
    let clock = ClockOnly(context.now());
    let value = |expression: &Expression| -> Result<String> {
        if node == Node::Null {
            return Ok(String::new());
        }
        let items = path::evaluate(&node, expression, &clock)?;
        let texts: Vec<String> = items.iter().filter_map(|item| item.to_text(path::model())).collect();
        Ok(texts.join(" "))
    };
    let values = |all: &[Expression]| all.iter().map(&value).collect::<Result<Vec<_>>>();
    Ok(Row { quasi: values(quasi)?, sensitive: values(sensitive)? })
}

/// Who is who is no quasi-identifier: all are called alike.
struct Nameless<'l>(&'l Lens);

impl Names for Nameless<'_> {
    fn pseudonym(&self, _: &str, _: &str) -> Option<Arc<str>> {
        Some("x".into())
    }

    fn shift(&self, patient: &str) -> i64 {
        self.0.vault.shift(patient)
    }

    fn version(&self, _: &str, _: &str, _: &str) -> Option<String> {
        None
    }
}
