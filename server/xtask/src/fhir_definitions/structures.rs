//! StructureDefinitions reduced to what structural parsing needs,
//! <http://hl7.org/fhir/R4/structuredefinition.html>.

use super::value_sets::ValueSets;
use super::{list, text};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;

const CORE: &str = "http://hl7.org/fhir/StructureDefinition/";

/// One line a type, then one indented line an element; a backbone element is a type of its own, named by
/// its path. Elements inherited unchanged are left out.
pub fn compact(structures: &[Value], sets: &mut ValueSets) -> Result<String, String> {
    let types: BTreeMap<&str, &Value> =
        structures.iter().filter(|s| is_base_type(s)).map(|s| (text(s, "name"), s)).collect();
    let mut out = String::from("# Generated from hl7.fhir.r4.examples 4.0.1 (CC0-1.0); see README.md. Do not edit.\n");
    for (name, structure) in &types {
        let elements = list(&structure["snapshot"], "element");
        let own: Vec<&Value> = elements.iter().filter(|e| is_own(e, name)).collect();
        let base = match text(structure, "baseDefinition").trim_start_matches(CORE) {
            "" => "-",
            base => base,
        };
        writeln!(out, "{name}\t{}\t{base}\t{}", kind_of(structure), regex_of(structure, name))
            .map_err(|e| e.to_string())?;
        section(name, &own, sets, &mut out)?;
        for backbone in own.iter().filter(|e| is_backbone(e)) {
            writeln!(out, "{}\tbackbone\t{}\t", text(backbone, "path"), types_of(backbone)?)
                .map_err(|e| e.to_string())?;
            section(text(backbone, "path"), &own, sets, &mut out)?;
        }
    }
    Ok(out)
}

/// The lines of the elements directly below a path.
fn section(path: &str, own: &[&Value], sets: &mut ValueSets, out: &mut String) -> Result<(), String> {
    for element in own {
        let name = text(element, "path").strip_prefix(path).and_then(|rest| rest.strip_prefix('.'));
        if let Some(name) = name.filter(|n| !n.contains('.')) {
            out.push_str(&line(element, name, sets)?);
        }
    }
    Ok(())
}

fn is_backbone(element: &Value) -> bool {
    matches!(types_of(element).as_deref(), Ok("BackboneElement" | "Element"))
}

fn is_base_type(structure: &Value) -> bool {
    text(structure, "derivation") != "constraint" && text(structure, "kind") != "logical"
}

fn kind_of(structure: &Value) -> &'static str {
    match (text(structure, "kind"), structure["abstract"].as_bool() == Some(true)) {
        ("primitive-type", _) => "primitive",
        ("resource", false) => "resource",
        ("resource", true) => "abstract-resource",
        (_, true) => "abstract-complex",
        _ => "complex",
    }
}

/// Is the element this type's own? The root, a primitive's value and what the base brings are not.
fn is_own(element: &Value, type_name: &str) -> bool {
    let path = text(element, "path");
    let value_of_primitive = path.ends_with(".value") && path.starts_with(|c: char| c.is_ascii_lowercase());
    path != type_name && text(&element["base"], "path") == path && !value_of_primitive
}

fn regex_of<'a>(structure: &'a Value, name: &str) -> &'a str {
    let value = format!("{name}.value");
    let element = list(&structure["snapshot"], "element").iter().find(|e| text(e, "path") == value);
    let extensions = element.and_then(|e| list(e, "type").first()).map_or(&[][..], |t| list(t, "extension"));
    extensions.iter().find(|x| text(x, "url").ends_with("/regex")).map_or("", |x| text(x, "valueString"))
}

fn line(element: &Value, name: &str, sets: &mut ValueSets) -> Result<String, String> {
    let path = text(element, "path");
    let cardinality = format!("{}..{}", element["min"], text(element, "max"));
    let types = match text(element, "contentReference") {
        "" if path == "Resource.id" => "id".to_owned(),
        "" if is_backbone(element) => format!("#{path}"),
        "" => member_types(element, name)?,
        reference => reference.to_owned(),
    };
    Ok(format!("\t{name}\t{cardinality}\t{}\t{types}{}\n", flags(element), binding(element, sets)))
}

/// The types; those of a choice `value[x]` as the names of its members, `valueString valueQuantity`.
fn member_types(element: &Value, name: &str) -> Result<String, String> {
    let types = types_of(element)?;
    let Some(stem) = name.strip_suffix("[x]") else { return Ok(types) };
    let members = types.split(' ').map(|t| format!("{stem}{}{}", t[..1].to_ascii_uppercase(), &t[1..]));
    Ok(members.collect::<Vec<_>>().join(" "))
}

fn flags(element: &Value) -> &'static str {
    match (element["isModifier"].as_bool() == Some(true), element["isSummary"].as_bool() == Some(true)) {
        (true, true) => "ms",
        (true, false) => "m",
        (false, true) => "s",
        (false, false) => "-",
    }
}

fn binding(element: &Value, sets: &mut ValueSets) -> String {
    let binding = &element["binding"];
    if text(binding, "strength") != "required" {
        return String::new();
    }
    let url = text(binding, "valueSet").split('|').next().unwrap_or_default();
    sets.need(url);
    format!("\t{url}")
}

fn types_of(element: &Value) -> Result<String, String> {
    let types: Vec<String> = list(element, "type").iter().map(type_of).collect();
    match types.is_empty() && text(element, "path").contains('.') {
        true => Err(format!("{}: an element without a type", text(element, "path"))),
        false => Ok(types.join(" ")),
    }
}

fn type_of(kind: &Value) -> String {
    let code = match text(kind, "code") {
        code if code.starts_with("http://hl7.org/fhirpath/") => fhir_type(kind),
        code => code,
    };
    let targets: Vec<&str> =
        list(kind, "targetProfile").iter().filter_map(Value::as_str).map(|t| t.trim_start_matches(CORE)).collect();
    match targets.is_empty() {
        true => code.to_owned(),
        false => format!("{code}({})", targets.join("|")),
    }
}

/// The FHIR type behind a FHIRPath system type: `Element.id`, `Extension.url`.
fn fhir_type(kind: &Value) -> &str {
    let extension = list(kind, "extension").iter().find(|x| text(x, "url").ends_with("structuredefinition-fhir-type"));
    extension.map_or("string", |x| text(x, "valueUrl"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn element(path: &str, base: &str, kind: Value) -> Value {
        json!({"path": path, "base": {"path": base}, "min": 0, "max": "1", "type": kind, "isSummary": true})
    }

    #[test]
    fn writes_own_elements_choices_and_backbones() {
        let reference = json!([{"code": "Reference", "targetProfile": [format!("{CORE}A"), format!("{CORE}B")]}]);
        let structure = json!({"name": "T", "kind": "resource", "baseDefinition": format!("{CORE}DomainResource"),
        "snapshot": {"element": [
            {"path": "T", "base": {"path": "T"}},
            element("T.text", "DomainResource.text", json!([{"code": "Narrative"}])),
            element("T.value[x]", "T.value[x]", json!([{"code": "string"}, {"code": "Quantity"}])),
            element("T.part", "T.part", json!([{"code": "BackboneElement"}])),
            element("T.part.who", "T.part.who", reference),
        ]}});
        let text = compact(&[structure], &mut ValueSets::of(&[], &[])).unwrap();
        let expected = "T\tresource\tDomainResource\t\n\tvalue[x]\t0..1\ts\tvalueString valueQuantity\n\
            \tpart\t0..1\ts\t#T.part\nT.part\tbackbone\tBackboneElement\t\n\twho\t0..1\ts\tReference(A|B)\n";
        assert_eq!(text.split_once('\n').unwrap().1, expected);
    }
}
