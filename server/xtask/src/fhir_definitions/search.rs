//! SearchParameters and CompartmentDefinitions as lines, <http://hl7.org/fhir/R4/searchparameter.html>,
//! <http://hl7.org/fhir/R4/compartmentdefinition.html>.

use super::{list, text, words};
use serde_json::Value;

const HEAD: &str = "# Generated from hl7.fhir.r4.examples 4.0.1 (CC0-1.0); see README.md. Do not edit.\n";
const CORE: &str = "http://hl7.org/fhir/SearchParameter/";

/// One line a parameter; the components of a composite follow, indented.
pub fn parameters(documents: &[Value]) -> Result<String, String> {
    let mut documents: Vec<&Value> = documents.iter().collect();
    documents.sort_by_key(|d| (text(d, "code"), text(d, "url")));
    let mut out = String::from(HEAD);
    for document in documents {
        let fields = [
            text(document, "code").to_owned(),
            short(text(document, "url")).to_owned(),
            text(document, "type").to_owned(),
            words(document, "base"),
            words(document, "target"),
            switches(document),
            words(document, "comparator"),
            words(document, "modifier"),
            one_line(text(document, "expression")),
        ];
        push(&mut out, &fields)?;
        for component in list(document, "component") {
            let definition = short(text(component, "definition")).to_owned();
            push(&mut out, &[String::new(), definition, one_line(text(component, "expression"))])?;
        }
    }
    Ok(out)
}

fn push(out: &mut String, fields: &[String]) -> Result<(), String> {
    match fields.iter().any(|f| f.contains(['\t', '\n'])) {
        true => Err(format!("a tab or line end in {fields:?}")),
        false => {
            out.push_str(fields.join("\t").trim_end());
            out.push('\n');
            Ok(())
        }
    }
}

/// `o`: multipleOr, `a`: multipleAnd are not refused (both are allowed when nothing is said).
fn switches(document: &Value) -> String {
    let allowed = |name: &str| document.get(name).and_then(Value::as_bool) != Some(false);
    let both = [("multipleOr", "o"), ("multipleAnd", "a")];
    both.iter().filter(|(name, _)| allowed(name)).map(|(_, mark)| *mark).collect()
}

fn short(url: &str) -> &str {
    url.strip_prefix(CORE).unwrap_or(url)
}

fn one_line(expression: &str) -> String {
    expression.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One line a compartment, then one indented line a resource type that has parameters in it.
pub fn compartments(documents: &[Value]) -> Result<String, String> {
    let mut out = String::from(HEAD);
    for document in
        documents.iter().filter(|d| text(d, "url").starts_with("http://hl7.org/fhir/CompartmentDefinition/"))
    {
        if text(document, "id") == "example" {
            continue;
        }
        push(&mut out, &[text(document, "code").to_owned()])?;
        for resource in list(document, "resource").iter().filter(|r| !list(r, "param").is_empty()) {
            push(&mut out, &[String::new(), text(resource, "code").to_owned(), words(resource, "param")])?;
        }
    }
    Ok(out)
}
