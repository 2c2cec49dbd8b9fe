//! Material genealogy: what became of a lot, and what it came from (ISA-95.00.02, material model; ISA-95.00.04, job
//! response). Here the edges that a document says, pure; `genealogy::walk` answers over all of them.
//!
//! An edge leads from what was there before to what is there after: a consumed lot to the work that consumed it,
//! that work to the lot it produced, a component to its assembly, a lot to its sublot. Samples and stock-taking
//! make nothing and leave no edge.

mod walk;

use theriac_core::json::Node;

pub(crate) use walk::answer;

/// Deepest nesting that is followed inside of one document.
const DEPTH_MAX: usize = 32;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Edge {
    pub source: (&'static str, String),
    pub target: (&'static str, String),
    pub kind: &'static str,
    pub quantity: String,
    pub unit: String,
}

const LOTS: &str = "materialLots";
const SUB_LOTS: &str = "materialSubLots";

/// The uses that take material in, and those that give it out (B2MML, MaterialUseType).
const CONSUMED: &[&str] = &["Consumable", "Consumed", "Material Consumed"];
pub(crate) const PRODUCED: &[&str] =
    &["Produced", "By-product Produced", "Co-product Produced", "Yield Produced", "Material Produced"];

/// The edges that a document of that type says.
pub(crate) fn edges(address: &'static str, id: &str, document: &Node<'_>) -> Vec<Edge> {
    let mut out = Vec::new();
    match address {
        LOTS => assembled((LOTS, id), document, &mut out, 0),
        SUB_LOTS => {
            if let Some(lot) = text(document, "materialLotID") {
                out.push(edge((LOTS, lot), (SUB_LOTS, id), "subLot", document));
            }
            assembled((SUB_LOTS, id), document, &mut out, 0);
        }
        _ => worked(address, id, document, "", &mut out, 0),
    }
    let mut unique: Vec<Edge> = Vec::with_capacity(out.len());
    for edge in out {
        if !unique.contains(&edge) {
            unique.push(edge);
        }
    }
    unique
}

fn edge(source: (&'static str, &str), target: (&'static str, &str), kind: &'static str, said: &Node<'_>) -> Edge {
    let quantity = said.get("quantity").and_then(|list| list.items().first());
    let of = |name| quantity.and_then(|quantity| text(quantity, name)).unwrap_or_default().to_owned();
    Edge {
        source: (source.0, source.1.to_owned()),
        target: (target.0, target.1.to_owned()),
        kind,
        quantity: of("quantityString"),
        unit: of("unitOfMeasure"),
    }
}

fn text<'n>(node: &'n Node<'_>, name: &str) -> Option<&'n str> {
    crate::resource_value(node.get(name)?)
}

/// Sublots of a lot, and what it was put together from.
fn assembled(whole: (&'static str, &str), document: &Node<'_>, out: &mut Vec<Edge>, depth: usize) {
    const PARTS: &[(&str, &str, bool)] = &[
        ("materialSubLot", SUB_LOTS, false),
        ("materialSubLotChild", SUB_LOTS, false),
        ("assemblyLot", LOTS, true),
        ("assemblySubLot", SUB_LOTS, true),
    ];
    if depth == DEPTH_MAX {
        return;
    }
    for (member, kind, component) in PARTS {
        for part in document.get(member).map(Node::items).unwrap_or_default() {
            let Some(id) = text(part, "id") else { continue };
            let node = (*kind, id);
            out.push(match component {
                true => edge(node, whole, "assembly", part),
                false => edge(whole, node, "subLot", part),
            });
            assembled(node, part, out, depth + 1);
        }
    }
}

/// Every piece of work in the document that used material: the work as a whole, or its segments by their place.
fn worked(address: &'static str, id: &str, node: &Node<'_>, path: &str, out: &mut Vec<Edge>, depth: usize) {
    let Some(object) = node.as_object().filter(|_| depth < DEPTH_MAX) else { return };
    let work = if path.is_empty() { id.to_owned() } else { format!("{id}#{path}") };
    for (name, value) in object.iter() {
        if name == "materialActual" {
            value.items().iter().for_each(|actual| used((address, &work), actual, out, 0));
            continue;
        }
        for item in value.items() {
            let step = text(item, "id").unwrap_or_default();
            let path = if path.is_empty() { step.to_owned() } else { format!("{path}/{step}") };
            worked(address, id, item, &path, out, depth + 1);
        }
    }
}

/// One actual: its lots, or where they are known its sublots; then what they were put together from.
fn used(work: (&'static str, &str), actual: &Node<'_>, out: &mut Vec<Edge>, depth: usize) {
    let things = things(actual);
    let used = text(actual, "materialUse").unwrap_or_default();
    for thing in &things {
        if CONSUMED.contains(&used) {
            out.push(edge(*thing, work, "consumption", actual));
        } else if PRODUCED.contains(&used) {
            out.push(edge(work, *thing, "production", actual));
        }
    }
    if let ([lot], sub_lots) = (&ids(actual, "materialLotID")[..], ids(actual, "materialSubLotID")) {
        for sub_lot in sub_lots {
            out.push(edge((LOTS, lot), (SUB_LOTS, sub_lot), "subLot", &Node::Null));
        }
    }
    for part in actual.get("assemblyActual").map(Node::items).unwrap_or_default() {
        for component in self::things(part) {
            things.iter().for_each(|thing| out.push(edge(component, *thing, "assembly", part)));
        }
        if depth < DEPTH_MAX {
            self::used(work, part, out, depth + 1);
        }
    }
}

fn things<'n>(actual: &'n Node<'_>) -> Vec<(&'static str, &'n str)> {
    let sub_lots = ids(actual, "materialSubLotID");
    let (kind, found) = if sub_lots.is_empty() { (LOTS, ids(actual, "materialLotID")) } else { (SUB_LOTS, sub_lots) };
    found.into_iter().map(|id| (kind, id)).collect()
}

fn ids<'n>(node: &'n Node<'_>, name: &str) -> Vec<&'n str> {
    let items = node.get(name).map(Node::items).unwrap_or_default();
    items.iter().filter_map(crate::resource_value).filter(|id| !id.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_core::json;

    fn told(address: &'static str, text: &str) -> Vec<String> {
        let document = json::parse(text.as_bytes()).unwrap();
        let id = document.text("id").unwrap().to_owned();
        let show = |e: Edge| {
            format!(
                "{}/{} -{}-> {}/{} {}{}",
                e.source.0, e.source.1, e.kind, e.target.0, e.target.1, e.quantity, e.unit
            )
        };
        edges(address, &id, &document).into_iter().map(show).collect()
    }

    #[test]
    fn work_leads_from_what_it_consumed_to_what_it_produced() {
        let response = r#"{"id":"J1","materialActual":[
            {"id":"1","materialLotID":["A"],"materialUse":"Consumed","quantity":[{"quantityString":"2","unitOfMeasure":"kg"}]},
            {"id":"2","materialLotID":["B"],"materialSubLotID":["B.1"],"materialUse":"Consumed"},
            {"id":"3","materialLotID":["C"],"materialUse":"Produced",
             "assemblyActual":[{"id":"4","materialLotID":["D"]}]},
            {"id":"5","materialLotID":["A"],"materialUse":"Retained Sample"}]}"#;
        assert_eq!(
            told("jobResponses", response),
            [
                "materialLots/A -consumption-> jobResponses/J1 2kg",
                "materialSubLots/B.1 -consumption-> jobResponses/J1 ",
                "materialLots/B -subLot-> materialSubLots/B.1 ",
                "jobResponses/J1 -production-> materialLots/C ",
                "materialLots/D -assembly-> materialLots/C "
            ]
        );
    }

    #[test]
    fn segments_of_one_performance_are_work_of_their_own() {
        let performance = r#"{"id":"P","operationsResponse":[{"id":"R","segmentResponse":[
            {"id":"Weigh","materialActual":[{"id":"1","materialLotID":["A"],"materialUse":"Consumed"}]}]}]}"#;
        assert_eq!(
            told("operationsPerformances", performance),
            ["materialLots/A -consumption-> operationsPerformances/P#R/Weigh "]
        );
    }

    #[test]
    fn an_assembly_comes_from_its_components_and_a_sublot_from_its_lot() {
        let lot = r#"{"id":"KIT","assemblyLot":[{"id":"A","assemblySubLot":[{"id":"A.1"}]}],"materialSubLot":[{"id":"KIT.1"}]}"#;
        assert_eq!(
            told("materialLots", lot),
            [
                "materialLots/KIT -subLot-> materialSubLots/KIT.1 ",
                "materialLots/A -assembly-> materialLots/KIT ",
                "materialSubLots/A.1 -assembly-> materialLots/A "
            ]
        );
        assert_eq!(
            told("materialSubLots", r#"{"id":"L.1","materialLotID":"L"}"#),
            ["materialLots/L -subLot-> materialSubLots/L.1 "]
        );
    }
}
