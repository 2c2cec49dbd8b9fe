//! The manifest's settings of the reference validator in ours, where they decide what is an error.

use serde_json::Value;

/// What the suite's own harness sets for all cases: extensions must be known but for examples, profiles of references
/// too, and of references that lead out of a document a profile asks nothing.
const ALWAYS: &[&str] = &["fhir.validation.unknown-extensions=error", "fhir.validation.unknown-targets=refuse"];

/// Extensions that the reference validator carries beside R4, which are not here: HL7's package of extensions, those made
/// from other versions of FHIR, its tools and its tests.
const CARRIED: &str = "http://hl7.org/fhir/StructureDefinition/,http://hl7.org/fhir/1.0/,http://hl7.org/fhir/3.0/,\
    http://hl7.org/fhir/5.0/,http://hl7.org/fhir/tools/,http://hl7.org/fhir/test/";

/// The manifest says of them: "if to allow http://example.org and http://acme.com references without validating them".
const EXAMPLES: &str = "http://example.org/,http://acme.com/";

pub fn of(row: &Value) -> Vec<String> {
    let mut settings: Vec<String> = ALWAYS.iter().map(|setting| (*setting).to_owned()).collect();
    let with_examples = row["examples"].as_bool() != Some(false);
    let domains = [Some(CARRIED), row["allowed-extension-domain"].as_str(), with_examples.then_some(EXAMPLES)];
    let domains: Vec<&str> = domains.into_iter().flatten().collect();
    settings.push(format!("fhir.validation.extension-domains={}", domains.join(",")));
    let references = match row["validateReference"].as_str() {
        Some("CHECK_EXISTS_AND_TYPE") => "exists",
        // It also asks that they be found, but what they lead to is not among the suite's files.
        Some("CHECK_VALID") => "profile",
        _ if row["assumeValidRestReferences"] == true => "type",
        _ => "standard",
    };
    settings.push(format!("fhir.validation.references={references}"));
    let mut set = |asked: bool, setting: &str| settings.extend(asked.then(|| setting.to_owned()));
    set(!with_examples, "fhir.validation.examples=refuse");
    set(row["noHtmlInMarkdown"] == true, "fhir.validation.html-in-markdown=refuse");
    set(row["security-checks"] == true, "fhir.validation.markup-in-strings=refuse");
    set(row["validateContains"] == "IGNORE", "fhir.validation.contained=ignore");
    settings
}
