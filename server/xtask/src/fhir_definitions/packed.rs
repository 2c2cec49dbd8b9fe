//! The full definitions, packed: structures, value sets, code systems, concept maps, search parameters and
//! operations as JSON lines in zstd frames, with an index by canonical address. What validation and terminology
//! never read is left out: narrative, mappings, and the prose of elements.

use super::{Package, text, write, write_bytes};
use serde_json::Value;
use std::fmt::Write as _;

const TYPES: [&str; 6] =
    ["StructureDefinition", "ValueSet", "CodeSystem", "ConceptMap", "SearchParameter", "OperationDefinition"];
/// A frame ends when it holds this many bytes: small enough to unpack for one definition.
const FRAME: usize = 128 << 10;
const LEVEL: i32 = 19;
/// Members of the root that are of no use to a server.
const ROOT: [&str; 6] = ["text", "mapping", "contact", "copyright", "meta", "purpose"];
/// Members of an element that are of no use to a server.
const ELEMENT: [&str; 9] = [
    "mapping",
    "alias",
    "requirements",
    "comment",
    "definition",
    "example",
    "meaningWhenMissing",
    "orderMeaning",
    "isModifierReason",
];

pub fn run(package: &Package) -> Result<(), String> {
    let mut pack = Pack::default();
    for name in TYPES {
        let documents = package.by_url(&format!("{name}-"));
        for (url, mut document) in documents {
            trim(&mut document);
            pack.add(name, &url, &document)?;
        }
    }
    pack.end_frame()?;
    write("r4/definitions.idx", &pack.index)?;
    write_bytes("r4/definitions.zst", &pack.bytes)
}

fn trim(document: &mut Value) {
    let Some(root) = document.as_object_mut() else { return };
    ROOT.iter().for_each(|name| drop(root.remove(*name)));
    for view in ["snapshot", "differential"] {
        let elements = root.get_mut(view).and_then(|v| v.get_mut("element")).and_then(Value::as_array_mut);
        elements.into_iter().flatten().for_each(trim_element);
    }
    // What has a snapshot is judged by it.
    if root.contains_key("snapshot") {
        root.remove("differential");
    }
}

fn trim_element(element: &mut Value) {
    let Some(members) = element.as_object_mut() else { return };
    ELEMENT.iter().for_each(|name| drop(members.remove(*name)));
    let constraints = members.get_mut("constraint").and_then(Value::as_array_mut);
    for constraint in constraints.into_iter().flatten().filter_map(Value::as_object_mut) {
        constraint.remove("xpath");
    }
}

#[derive(Default)]
struct Pack {
    frame: Vec<u8>,
    /// The lines of the frame that is being filled: type, address, version.
    waiting: Vec<String>,
    bytes: Vec<u8>,
    index: String,
}

impl Pack {
    fn add(&mut self, kind: &str, url: &str, document: &Value) -> Result<(), String> {
        let from = self.frame.len();
        serde_json::to_writer(&mut self.frame, document).map_err(|e| e.to_string())?;
        let length = self.frame.len() - from;
        self.waiting.push(format!("{kind}\t{url}\t{}\t{from}\t{length}", text(document, "version")));
        if self.frame.len() >= FRAME { self.end_frame() } else { Ok(()) }
    }

    fn end_frame(&mut self) -> Result<(), String> {
        let packed = zstd::bulk::compress(&self.frame, LEVEL).map_err(|e| e.to_string())?;
        let (from, length, size) = (self.bytes.len(), packed.len(), self.frame.len());
        writeln!(self.index, "@\t{from}\t{length}\t{size}").map_err(|e| e.to_string())?;
        for line in self.waiting.drain(..) {
            writeln!(self.index, "{line}").map_err(|e| e.to_string())?;
        }
        self.bytes.extend(packed);
        self.frame.clear();
        Ok(())
    }
}
