//! `cargo run -p theriac-isa95 --example b2mml_fixtures -- FOLDER`: for every type of resource a B2MML document that
//! says everything the schema lets it say, two levels deep, made from the table of types. The conformance suite
//! `b2mml` sends them in and has what comes out judged by the schema itself.
//!
//! The Business To Manufacturing Markup Language (B2MML) is used courtesy of MESA International.

use std::borrow::Cow;
use std::path::Path;
use theriac_core::json::{Node, Object};
use theriac_isa95::TYPES;
use theriac_isa95::b2mml::{Kind, Member, Root, to_xml, tree};

/// Levels on which every member stands; below them only what is needed does.
const WHOLE: usize = 2;

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "conformance/fixtures/b2mml".to_owned());
    std::fs::create_dir_all(&folder)?;
    for row in TYPES {
        let mut document = object(row.kind(), 0, row.nested);
        document.set("id", Node::string(format!("{}-1", row.element)));
        if row.element == "Equipment" {
            document.set("equipmentLevel", Node::string("Area"));
        }
        let root = Root { name: row.element.to_owned(), tree: tree(row.kind(), &Node::Object(document)) };
        std::fs::write(Path::new(&folder).join(format!("{}.xml", row.address)), to_xml(&root))?;
    }
    Ok(())
}

fn object(kind: &Kind, depth: usize, nested: &str) -> Object<'static> {
    let mut out = Object::default();
    for name in &kind.needed {
        out.set(&format!("@{name}"), Node::string("a"));
    }
    let mut chosen = None;
    for member in kind.members.iter().filter(|member| member.element.is_some() && member.plain != nested) {
        if let Some(choice) = member.choice {
            let first = chosen != Some(choice.number);
            if !first || !(choice.needed || depth < WHOLE) {
                continue;
            }
            chosen = Some(choice.number);
        } else if !(member.needed || depth < WHOLE) {
            continue;
        }
        out.set(&member.plain, value(member, depth));
    }
    out
}

fn value(member: &Member, depth: usize) -> Node<'static> {
    let kind = member.kind();
    let one = |number: usize| match &kind.text {
        Some(_) => text(member, number),
        None => Node::Object(object(kind, depth + 1, "")),
    };
    match (member.many, kind.text.is_some() && depth == 0) {
        (true, true) => Node::Array(vec![one(1), one(2)]),
        (true, false) => Node::Array(vec![one(1)]),
        (false, _) => one(1),
    }
}

/// The second of a list has an attribute, if the type has any.
fn text(member: &Member, number: usize) -> Node<'static> {
    let kind = member.kind();
    let Some(text) = &kind.text else { return Node::Null };
    let value = match (text.base, text.values.get(number).or(text.values.first())) {
        (_, Some(value)) => Node::string(*value),
        ("decimal" | "double" | "integer", _) => Node::Number(Cow::Borrowed("12.50")),
        ("boolean", _) => Node::Bool(true),
        ("dateTime", _) => Node::string("2026-11-20T08:00:00.250+01:00"),
        ("duration", _) => Node::string("P1DT2H30M"),
        ("normalizedString" | "token", _) => Node::string(format!("{}-{number}", member.plain)),
        _ => Node::string(format!("{number} < 2 & \"µ\" > 0")),
    };
    // A language has a form of its own.
    match kind.attributes.iter().find(|name| **name != "languageID").filter(|_| number == 2) {
        Some(attribute) => {
            let mut object = Object::default();
            object.set("$", value);
            object.set(&format!("@{attribute}"), Node::string("urn:x"));
            Node::Object(object)
        }
        None => value,
    }
}
