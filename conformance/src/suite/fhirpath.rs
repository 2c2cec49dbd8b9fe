//! HL7's own tests of FHIRPath on R4 (`tests-fhir-r4.xml`), on the library itself. A case names an input, an expression
//! and either what comes out, typed and in order, or that it is wrong, by its syntax, its meaning or its evaluation.

use super::Outcome;
use crate::run::{Run, read, text};
use std::collections::BTreeMap;
use std::path::Path;
use theriac_core::clock::Instant;
use theriac_core::json::Node;
use theriac_core::xml::{Attribute, Event, Limits, Reader, Start};
use theriac_fhir::path::{environment, model};
use theriac_fhir::xml;
use theriac_fhirpath::{Decimal, Environment, Expression, Fault, FaultKind, Host, Item, Items, Model};

const FOLDER: &str = "fhir/test-cases/fhirpath";

#[derive(Default, Debug)]
struct Case {
    name: String,
    input: Option<String>,
    /// Is the result taken as a Boolean?
    predicate: bool,
    strict: bool,
    expression: String,
    /// `semantic`, `execution`, ...; empty for what is right.
    invalid: String,
    outputs: Vec<Output>,
}

#[derive(Default, Debug)]
struct Output {
    of: String,
    text: String,
}

pub async fn run(run: &Run) -> Result<Outcome, String> {
    let folder = run.data(FOLDER);
    let cases = cases(&read(&folder.join("tests-fhir-r4.xml"))?)?;
    let inputs = inputs(&folder, &cases)?;
    let mut outcome = Outcome::default();
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for case in &cases {
        // Some names stand twice.
        let count = names.entry(&case.name).or_insert(0);
        *count += 1;
        let name = if *count == 1 { case.name.clone() } else { format!("{}#{count}", case.name) };
        let input = case.input.as_ref().and_then(|name| inputs.get(name));
        outcome.case(name, checked(case, input.map(|bytes| bytes.as_slice())));
    }
    outcome.note(format!("{} tests of tests-fhir-r4.xml over {} documents", cases.len(), inputs.len()));
    Ok(outcome)
}

fn inputs(folder: &Path, cases: &[Case]) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let mut names: Vec<&String> = cases.iter().filter_map(|case| case.input.as_ref()).collect();
    names.sort();
    names.dedup();
    names.into_iter().map(|name| Ok((name.clone(), mended(name, read(&folder.join("input").join(name))?)))).collect()
}

/// Two of the documents are not FHIR as they stand, and the reader refuses them: an extension stands after `status`,
/// and a schema's location stands on the root.
fn mended(name: &str, bytes: Vec<u8>) -> Vec<u8> {
    let document = String::from_utf8_lossy(&bytes).into_owned();
    let cut = |from: &str, to: &str| {
        let start = document.find(from)?;
        let end = start + document[start..].find(to)? + to.len();
        Some((document[..start].to_owned() + &document[end..], document[start..end].to_owned()))
    };
    let mended = match name {
        "observation-example.xml" => cut("<extension", "</extension>")
            .map(|(rest, extension)| rest.replacen("</text>", &format!("</text>{extension}"), 1)),
        "parameters-example-types.xml" => cut("xsi:schemaLocation=\"", "xsd\"").map(|(rest, _)| rest),
        _ => None,
    };
    mended.map_or(bytes, String::into_bytes)
}

fn checked(case: &Case, input: Option<&[u8]>) -> Result<(), String> {
    let node = match (input, case.input.as_deref()) {
        (Some(bytes), Some(name)) if name.ends_with(".xml") => Some(xml::read(bytes).map_err(text)?),
        (Some(bytes), _) => Some(theriac_core::json::parse(bytes).map_err(text)?),
        _ => None,
    };
    let expression = Expression::compile(&case.expression, model());
    let expression = match (&expression, case.invalid.as_str()) {
        (Err(_), "syntax" | "true" | "execution") => return Ok(()),
        (Err(fault), _) => return Err(format!("does not compile: {fault}")),
        (Ok(expression), _) => expression,
    };
    let meaning = meaning(case, expression, node.as_ref());
    match (meaning, case.invalid.as_str()) {
        (Err(fault), "semantic") if fault.kind == FaultKind::Semantic => return Ok(()),
        (Err(fault), "") => return Err(format!("means nothing: {fault}")),
        (Ok(()), "semantic") => return Err("the checker finds no fault in it".to_owned()),
        _ => {}
    }
    match (evaluated(expression, node.as_ref()), case.invalid.as_str()) {
        (Err(fault), "") => Err(fault.to_string()),
        (Err(_), _) => Ok(()),
        (Ok(found), "") => compare(case, &found),
        (Ok(found), _) => Err(format!("is wrong, and gives {found:?}")),
    }
}

fn meaning(case: &Case, expression: &Expression, node: Option<&Node<'_>>) -> Result<(), Fault> {
    let on = node.and_then(|n| n.text("resourceType")).unwrap_or("Patient");
    let Some(on) = model().find(on) else { return Ok(()) };
    expression.check(model(), on, case.strict).map(drop)
}

/// What came out: its type and its text.
type Found = Vec<(String, String)>;

fn evaluated(expression: &Expression, node: Option<&Node<'_>>) -> Result<Found, Fault> {
    let nothing = Node::Null;
    let world = environment(node.unwrap_or(&nothing), &Profiles);
    let items = match node {
        Some(node) => expression.evaluate(&world, Item::resource(model(), node))?,
        None => expression.evaluate_alone(&Environment { resource: None, root: None, ..world })?,
    };
    Ok(shown(&items))
}

fn shown(items: &Items<'_>) -> Found {
    let text = |item: &Item<'_>| item.to_text(model()).unwrap_or_else(|| format!("{item:?}"));
    items.iter().map(|item| (item.type_name(model()).name, text(item))).collect()
}

fn compare(case: &Case, found: &Found) -> Result<(), String> {
    if case.predicate {
        let truth = found.iter().any(|(_, text)| text != "false");
        let wanted = case.outputs.first().is_some_and(|o| o.text == "true");
        return if truth == wanted { Ok(()) } else { Err(format!("is {truth}")) };
    }
    let same = found.len() == case.outputs.len() && found.iter().zip(&case.outputs).all(|(f, wanted)| fits(f, wanted));
    if same { Ok(()) } else { Err(format!("gives {found:?}, and should give {:?}", case.outputs)) }
}

fn fits((of, text): &(String, String), wanted: &Output) -> bool {
    let typed = wanted.of.is_empty() || wanted.of.eq_ignore_ascii_case(of);
    // Literals stand for dates and times.
    let plain = wanted.text.strip_prefix('@').map_or(wanted.text.as_str(), |t| t.strip_prefix('T').unwrap_or(t));
    let number = |text: &str| text.parse::<Decimal>().ok().map(|d| (d, d.scale()));
    let same = text == plain || number(text).is_some_and(|n| number(plain) == Some(n));
    typed && same
}

/// Profiles by the types they are of, as far as the tests ask.
struct Profiles;

impl<'a> Host<'a> for Profiles {
    fn now(&self) -> Instant {
        Instant(1_790_000_000_000_000)
    }

    fn conforms_to(&self, item: &Item<'a>, profile: &str) -> Result<bool, String> {
        let known =
            profile.strip_prefix("http://hl7.org/fhir/StructureDefinition/").and_then(|name| model().find(name));
        match (known, item) {
            (Some(wanted), Item::Element(element)) => Ok(element.of.is_some_and(|of| model().is_a(of, wanted))),
            _ => Err(format!("the profile {profile} is not known")),
        }
    }
}

fn cases(bytes: &[u8]) -> Result<Vec<Case>, String> {
    let mut reader = Reader::document(bytes, Limits::default()).map_err(text)?;
    let (mut cases, mut inside): (Vec<Case>, Vec<String>) = (Vec::new(), Vec::new());
    loop {
        match reader.event().map_err(text)? {
            Event::Start(start) => {
                begin(&start, &mut cases);
                inside.push(start.name.to_owned());
            }
            Event::End => drop(inside.pop()),
            Event::Text(said) | Event::CData(said) => heard(said, inside.last(), &mut cases),
            Event::Reference(said) => heard(said.encode_utf8(&mut [0; 4]), inside.last(), &mut cases),
            Event::Entity(_) => {}
            Event::Eof => return Ok(cases),
        }
    }
}

fn begin(start: &Start<'_>, cases: &mut Vec<Case>) {
    let of = |name: &str| {
        let found = start.attributes.iter().find(|a: &&Attribute<'_>| a.name == name);
        found.map(|a| a.value.to_string()).unwrap_or_default()
    };
    match (start.name, cases.last_mut()) {
        ("test", _) => cases.push(Case {
            name: of("name"),
            input: Some(of("inputfile")).filter(|name| !name.is_empty()),
            predicate: of("predicate") == "true",
            strict: of("mode") == "strict",
            ..Case::default()
        }),
        ("expression", Some(case)) => {
            case.invalid = of("invalid");
            case.strict |= of("mode") == "strict";
        }
        ("output", Some(case)) => case.outputs.push(Output { of: of("type"), text: String::new() }),
        _ => {}
    }
}

fn heard(said: &str, inside: Option<&String>, cases: &mut [Case]) {
    match (inside.map(String::as_str), cases.last_mut()) {
        (Some("expression"), Some(case)) => case.expression.push_str(said),
        (Some("output"), Some(case)) => {
            if let Some(output) = case.outputs.last_mut() {
                output.text.push_str(said);
            }
        }
        _ => {}
    }
}
