//! Counts are those of the published package, <http://hl7.org/fhir/R4/resourcelist.html>.

use super::*;
use std::collections::HashSet;

fn r4() -> &'static Definitions {
    Definitions::r4()
}

#[test]
fn holds_every_type_of_the_standard() {
    let count = |test: &dyn Fn(&TypeDef) -> bool| r4().types.iter().filter(|t| test(t)).count();
    assert_eq!(count(&|t| t.kind == Kind::Resource), 148);
    assert_eq!(r4().resource_names().len(), 146);
    assert_eq!(count(&|t| t.primitive().is_some()), 20);
    assert_eq!(count(&|t| t.kind == Kind::Complex), 41);
    assert!(r4().is_resource("MedicationKnowledge"));
    assert!(!r4().is_resource("DomainResource") && !r4().is_resource("HumanName") && !r4().is_resource("Patients"));
}

#[test]
fn every_line_of_the_text_became_a_row() {
    let elements = load::lines(include_str!("../../../../fhir-profiles/r4/structures.txt"));
    let (own, types): (Vec<_>, Vec<_>) = elements.partition(|l| l.starts_with('\t'));
    assert_eq!(types.len(), r4().types.len());
    let resource = r4().type_of("Resource").unwrap();
    assert_eq!(resource.elements.len(), 4);
    assert!(r4().types.iter().map(|t| t.elements.len()).sum::<usize>() > own.len());
}

#[test]
fn every_member_has_a_type_and_fits_the_bit_sets() {
    for def in &r4().types {
        assert!(def.elements.len() <= 64, "{}", def.name);
        let named: HashSet<u16> = def.members().iter().map(|m| m.element).collect();
        assert_eq!(named.len(), def.elements.len(), "{}: an element without a known type", def.name);
        for (place, element) in def.elements.iter().enumerate() {
            let members = def.members().iter().filter(|m| usize::from(m.element) == place).count();
            assert_eq!(members, element.types.split(' ').count(), "{}.{}", def.name, element.name);
            assert!(!(element.is_choice && element.repeats), "{}.{}", def.name, element.name);
        }
    }
}

#[test]
fn a_choice_is_found_by_each_of_its_names() {
    let observation = r4().type_of("Observation").unwrap();
    let member = observation.member("valueQuantity").unwrap();
    assert_eq!(r4().target(member).name, "Quantity");
    assert_eq!(observation.element_of(member).name, "value");
    assert!(observation.element_of(member).is_choice);
    assert_eq!(r4().target(observation.member("valueDateTime").unwrap()).primitive(), Some(Primitive::DateTime));
    assert_eq!(observation.element("value").map(|e| e.name), Some("value"));
    assert!(observation.member("value").is_none() && observation.member("valueMoney").is_none());
}

#[test]
fn backbones_and_content_references_lead_to_their_path() {
    let observation = r4().type_of("Observation").unwrap();
    let component = r4().target(observation.member("component").unwrap());
    assert_eq!(component.name, "Observation.component");
    assert_eq!(component.kind, Kind::Backbone);
    let range = r4().target(component.member("referenceRange").unwrap());
    assert_eq!(range.name, "Observation.referenceRange");
    assert!(range.element("modifierExtension").is_some_and(|e| e.repeats && e.is_modifier));
}

#[test]
fn elements_keep_what_the_definition_says() {
    let patient = r4().type_of("Patient").unwrap();
    let names: Vec<&str> = patient.elements.iter().map(|e| e.name).take(9).collect();
    let first = ["id", "meta", "implicitRules", "language", "text", "contained", "extension", "modifierExtension"];
    assert_eq!(names[..8], first);
    assert_eq!(names[8], "identifier");
    let practitioner = patient.element("generalPractitioner").unwrap();
    assert_eq!(practitioner.targets().collect::<Vec<_>>(), ["Organization", "Practitioner", "PractitionerRole"]);
    let gender = patient.element("gender").unwrap();
    assert_eq!(r4().codes(gender.required_binding.unwrap()).unwrap(), ["female", "male", "other", "unknown"]);
    assert!(patient.element("active").unwrap().is_modifier);
    assert_eq!(r4().type_of("Observation").unwrap().element("code").unwrap().cardinality(), "1..1");
}

#[test]
fn search_parameters_come_with_the_inherited_ones() {
    assert_eq!(r4().search_parameters().len(), 1_397);
    let patient = r4().search_parameter("Patient", "birthdate").unwrap();
    assert_eq!((patient.kind, patient.definition), (ParameterType::Date, "individual-birthdate"));
    assert!(r4().search_parameter("Patient", "_lastUpdated").is_some());
    assert!(r4().search_parameter("Patient", "_text").is_some());
    assert!(r4().search_parameter("Binary", "_text").is_none());
    let composite = r4().search_parameter("Observation", "code-value-quantity").unwrap();
    assert_eq!(composite.components.len(), 2);
    for component in r4().search_parameters().iter().flat_map(|p| &p.components) {
        assert!(r4().search_parameter_of(component.definition).is_some(), "{}", component.definition);
    }
}

#[test]
fn no_type_has_two_parameters_of_one_code() {
    for name in r4().resource_names() {
        let mut seen = HashSet::new();
        let twice = r4().search_parameters_for(name).find(|p| !seen.insert(p.code));
        assert!(twice.is_none(), "{name}: {twice:?}");
    }
}

#[test]
fn compartments_name_existing_parameters() {
    let codes: Vec<&str> = r4().compartments().iter().map(|c| c.code).collect();
    assert_eq!(codes, ["Device", "Encounter", "Patient", "Practitioner", "RelatedPerson"]);
    for compartment in r4().compartments() {
        for (name, parameters) in &compartment.resources {
            for code in parameters.iter().filter(|c| **c != "{def}") {
                assert!(r4().search_parameter(name, code).is_some(), "{}: {name} {code}", compartment.code);
            }
        }
    }
    assert_eq!(r4().compartments()[2].parameters_for("Basic"), ["patient", "author"]);
}
