//! The model, and the evaluator over it.

mod invariants;

use super::*;
use theriac_core::clock::Instant;
use theriac_core::json;

const NOW: ClockOnly = ClockOnly(Instant(1_790_000_000_000_000));

fn values(json: &str, expression: &str) -> Vec<String> {
    let node = json::parse(json.as_bytes()).unwrap();
    let expression = compile(expression).unwrap_or_else(|e| panic!("{expression}: {e}"));
    let found = evaluate(&node, &expression, &NOW).unwrap_or_else(|e| panic!("{}: {e}", expression.text()));
    found.iter().map(|item| item.to_text(model()).unwrap_or_else(|| item.node().unwrap().to_string())).collect()
}

#[test]
fn choices_contents_and_contained_resources_have_their_types() {
    let observation = r##"{"resourceType":"Observation","status":"final","valueQuantity":{"value":1.50,"unit":"g","system":"http://unitsofmeasure.org","code":"g"},
        "component":[{"code":{"text":"a"},"valueString":"s"},{"valueInteger":7}],
        "contained":[{"resourceType":"Patient","id":"p","active":true}],"subject":{"reference":"#p"}}"##;
    let rows: &[(&str, &[&str])] = &[
        ("Observation.value.value", &["1.50"]),
        ("Observation.value = 1500 'mg'", &["true"]),
        ("Observation.valueQuantity", &[]),
        ("component.value", &["s", "7"]),
        ("component.value.ofType(integer)", &["7"]),
        ("component.value.type().name", &["string", "integer"]),
        ("component.first().type().name", &["BackboneElement"]),
        ("contained.type().name", &["Patient"]),
        ("subject.resolve().active", &["true"]),
        ("subject.resolve() is Patient", &["true"]),
        ("Patient.active", &[]),
        ("descendants().ofType(boolean)", &["true"]),
        ("DomainResource.status", &["final"]),
        ("status is string", &["true"]),
        ("status.ofType(string)", &[]),
    ];
    for (expression, wanted) in rows {
        assert_eq!(values(observation, expression), *wanted, "{expression}");
    }
}

#[test]
fn a_primitive_and_its_extensions_are_one_element() {
    let patient = r#"{"resourceType":"Patient","birthDate":"1974-12-25","_birthDate":{"id":"b","extension":[{"url":"u","valueDateTime":"1974-12-25T14:35:45-05:00"}]},
        "name":[{"given":["A",null,"C"],"_given":[null,{"extension":[{"url":"v","valueCode":"x"}]}]},{"_family":{"extension":[{"url":"w","valueBoolean":true}]}}]}"#;
    let rows: &[(&str, &[&str])] = &[
        ("birthDate.extension('u').value", &["1974-12-25T14:35:45-05:00"]),
        ("birthDate.id", &["b"]),
        ("birthDate.hasValue()", &["true"]),
        ("name.given.count()", &["3"]),
        ("name.given[1].hasValue()", &["false"]),
        ("name.given.extension('v').value", &["x"]),
        ("name.family.exists()", &["true"]),
        ("name.family.extension.value", &["true"]),
        ("name.given.where(hasExtension('v')).exists()", &["true"]),
    ];
    for (expression, wanted) in rows {
        assert_eq!(values(patient, expression), *wanted, "{expression}");
    }
}

/// A path that R4's own definitions hold is FHIRPath.
#[test]
fn every_search_parameter_of_r4_compiles_and_fits_its_types() {
    let mut seen = 0;
    for parameter in Definitions::r4().search_parameters().iter().filter(|p| !p.expression.is_empty()) {
        let expression = compile(parameter.expression).unwrap_or_else(|e| panic!("{}: {e}", parameter.definition));
        for base in &parameter.base {
            let on = model().find(base).unwrap();
            let shape = expression.check(model(), on, true);
            assert!(shape.is_ok(), "{} on {base}: {}", parameter.definition, shape.unwrap_err());
            seen += 1;
        }
    }
    assert!(seen > 1_400, "only {seen}");
}

#[test]
fn the_invariants_of_r4_that_ask_most_can_be_evaluated() {
    let eld_19 = r#"path.matches('[^\\s\\.,:;\\\'"\\/|?!@#$%&*()\\[\\]{}]{1,64}(\\.[^\\s\\.,:;\\\'"\\/|?!@#$%&*()\\[\\]{}]{1,64}(\\[x\\])?(\\:[^\\s\\.]+)?)*')"#;
    let dom_3 = "contained.where((('#'+id in (%resource.descendants().reference | %resource.descendants().as(canonical))) or \
        descendants().where(reference = '#').exists()).not()).empty()";
    let structure = r##"{"resourceType":"StructureDefinition","snapshot":{"element":[{"path":"Patient.name"}]}}"##;
    let node = json::parse(structure.as_bytes()).unwrap();
    let found = compile(&format!("snapshot.element.all({eld_19})")).unwrap();
    assert_eq!(evaluate(&node, &found, &NOW).unwrap()[0].to_text(model()).as_deref(), Some("true"));
    for (reference, wanted) in [("#o", "true"), ("#x", "false")] {
        let patient = format!(
            r##"{{"resourceType":"Patient","contained":[{{"resourceType":"Organization","id":"o"}}],
            "managingOrganization":{{"reference":"{reference}"}},"meta":{{"profile":["http://a","http://b"]}}}}"##
        );
        let node = json::parse(patient.as_bytes()).unwrap();
        let rule = compile(dom_3).unwrap();
        let found = rule.evaluate(&invariant_environment(&node, &NOW), Item::resource(model(), &node)).unwrap();
        assert_eq!(found[0].to_text(model()).as_deref(), Some(wanted), "{reference}");
    }
}
