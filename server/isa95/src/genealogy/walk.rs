//! `GET .../materialLots/{id}/$genealogy` and the same of sublots: all that came of it, or that it came from.

use crate::resource::{Type, present};
use crate::service::Isa95;
use crate::store;
use crate::store::edge::Step;
use serde::Serialize;
use std::collections::BTreeMap;
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

const DEPTH: i64 = 64;
const EDGES_MAX: usize = 10_000;

#[derive(Serialize)]
struct Answer {
    root: String,
    direction: &'static str,
    nodes: Vec<Node>,
    edges: Vec<Edge>,
}

#[derive(Serialize)]
struct Node {
    node: String,
    /// The fewest steps from the root.
    depth: i64,
}

#[derive(Serialize)]
struct Edge {
    source: String,
    target: String,
    kind: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    quantity: String,
    #[serde(rename = "unitOfMeasure", skip_serializing_if = "String::is_empty")]
    unit: String,
    /// The record that says so.
    record: String,
}

pub(crate) async fn answer(_: Isa95, context: Context, request: Request) -> Result<Response> {
    let address = request.path.split('/').nth(3).unwrap_or_default();
    let row = Type::find(address)?;
    let (mut forwards, mut depth) = (true, DEPTH);
    for (name, value) in request.query_known(&["direction", "depth"])? {
        match (name.as_str(), value.as_str()) {
            ("direction", "down") => forwards = true,
            ("direction", "up") => forwards = false,
            ("direction", _) => {
                return Err(Error::invalid("'direction' is up (what it came from) or down").at("direction"));
            }
            (_, text) => depth = steps(text)?,
        }
    }
    let root = present(&context, row, request.param("id")).await?;
    let of = (row.address, root.id.as_str());
    let most = EDGES_MAX as i64 + 1;
    let steps = store::edge::walk(&context.db, &context.grant.rows(), of, forwards, depth, most).await?;
    if steps.len() > EDGES_MAX {
        let message = format!("more than {EDGES_MAX} steps lead from here; ask for less with 'depth'");
        return Err(Error::new(Code::TooCostly, message).at("depth"));
    }
    Response::json(200, &build(of, forwards, steps))
}

fn steps(text: &str) -> Result<i64> {
    let wrong = || Error::invalid(format!("'depth' is a whole number from 1 to {DEPTH}")).at("depth");
    text.parse().ok().filter(|n| (1..=DEPTH).contains(n)).ok_or_else(wrong)
}

fn build(root: (&str, &str), forwards: bool, steps: Vec<Step>) -> Answer {
    let name = |(kind, id): &(String, String)| format!("{kind}/{id}");
    let root = format!("{}/{}", root.0, root.1);
    let mut depths = BTreeMap::from([(root.clone(), 0)]);
    let mut edges = Vec::with_capacity(steps.len());
    for step in steps {
        let far = if forwards { &step.target } else { &step.source };
        depths.entry(name(far)).or_insert(step.depth + 1);
        edges.push(Edge {
            source: name(&step.source),
            target: name(&step.target),
            record: name(&step.record),
            kind: step.kind,
            quantity: step.quantity,
            unit: step.unit,
        });
    }
    let mut nodes: Vec<Node> = depths.into_iter().map(|(node, depth)| Node { node, depth }).collect();
    nodes.sort_by(|a, b| (a.depth, &a.node).cmp(&(b.depth, &b.node)));
    Answer { root, direction: if forwards { "down" } else { "up" }, nodes, edges }
}
