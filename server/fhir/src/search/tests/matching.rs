//! Tables of resource, query, found or not; one a parameter type.

use super::check;

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p1","meta":{"lastUpdated":"2024-02-03T04:05:06.789Z",
    "profile":["http://example.org/p/patient|1.2"],"tag":[{"system":"http://t","code":"A"}],
    "security":[{"system":"http://s","code":"R"}]},"active":true,"gender":"female","birthDate":"1980-05-06",
    "identifier":[{"system":"urn:mrn","value":"M-77","type":{"coding":[{"system":"http://v2","code":"MR"}]}},{"value":"bare"}],
    "name":[{"family":"Muñoz  de la Cruz","given":["Eve","Ann"],"text":"Eve Muñoz"}],
    "telecom":[{"system":"phone","value":"555-0101","use":"home"},{"system":"email","value":"Eve@example.org"}],
    "address":[{"line":["1 Main St"],"city":"Málaga","postalCode":"29001"}],
    "generalPractitioner":[{"reference":"Practitioner/d1"}],"managingOrganization":{"reference":"https://example.org/mercy/fhir/Organization/o1/_history/3"}}"#;

#[test]
fn tokens() {
    check(
        PATIENT,
        &[
            ("gender=female", true),
            ("gender=FEMALE", true),
            ("gender=male", false),
            ("gender=male,female", true),
            ("gender:not=male", true),
            ("gender:not=female", false),
            ("gender:not=male,female", false),
            ("gender=female&active=true", true),
            ("gender=female&active=false", false),
            ("identifier=urn:mrn|M-77", true),
            ("identifier=M-77", true),
            ("identifier=urn:mrn|", true),
            ("identifier=|M-77", false),
            ("identifier=|bare", true),
            ("identifier=urn:other|M-77", false),
            ("identifier=urn:other|", false),
            ("identifier=urn:mrn|bare", false),
            ("identifier:of-type=http://v2|MR|M-77", true),
            ("identifier:of-type=http://v2|MR|bare", false),
            ("identifier:of-type=http://v2|SS|M-77", false),
            ("phone=555-0101", true),
            ("email=eve@EXAMPLE.org", true),
            ("email=555-0101", false),
            ("telecom=phone|555-0101", true),
            ("telecom=home|555-0101", true),
            ("telecom=work|555-0101", false),
            ("deceased=false", true),
            ("deceased=true", false),
            ("language:missing=true", true),
            ("language:missing=false", false),
            ("gender:missing=true", false),
            ("gender:missing=false", true),
            ("language:not=x", true),
        ],
    );
}

#[test]
fn token_values_may_hold_the_separators() {
    let patient = r#"{"resourceType":"Patient","identifier":[{"system":"urn:a|b","value":"1,2$3\\4"}]}"#;
    check(
        patient,
        &[
            (r"identifier=urn:a\|b|1\,2\$3\\4", true),
            (r"identifier=1\,2\$3\\4", true),
            ("identifier=1", false),
            (r"identifier=x,1\,2$3\\4,y", true),
        ],
    );
}

#[test]
fn case_counts_in_systems_that_mind_it() {
    let sample = |system: &str| {
        format!(r#"{{"resourceType":"Observation","code":{{"coding":[{{"system":"{system}","code":"mG"}}]}}}}"#)
    };
    check(
        &sample("http://unitsofmeasure.org"),
        &[("code=http://unitsofmeasure.org|mG", true), ("code=http://unitsofmeasure.org|mg", false), ("code=mg", true)],
    );
    check(&sample("http://loinc.org"), &[("code=http://loinc.org|MG", true)]);
}

#[test]
fn parameters_of_all_types() {
    check(
        PATIENT,
        &[
            ("_id=p1", true),
            ("_id=p2,p1", true),
            ("_id=P1", false),
            ("_id:not=p1", false),
            ("_id:not=p2", true),
            ("_tag=http://t|A", true),
            ("_tag=A", true),
            ("_tag:not=B", true),
            ("_tag=http://t|B", false),
            ("_security=R", true),
            ("_profile=http://example.org/p/patient", true),
            ("_profile=http://example.org/p/patient|1.2", true),
            ("_profile=http://example.org/p/patient|1", false),
            ("_profile:below=http://example.org/p", true),
            ("_profile:missing=false", true),
            ("_source:missing=true", true),
            ("_lastUpdated=2024-02-03", true),
            ("_lastUpdated=gt2024-02-03", false),
            ("_lastUpdated=ge2024-02-03", true),
            ("_lastUpdated=lt2024-02-03T04:05:07Z", true),
            ("_lastUpdated=ge2024-01&_lastUpdated=lt2024-02", false),
        ],
    );
}

#[test]
fn strings() {
    check(
        PATIENT,
        &[
            ("family=munoz", true),
            ("family=MU%C3%91OZ+DE", true),
            ("family=munoz+de+la+cruz", true),
            ("family=cruz", false),
            ("family:contains=LA+CR", true),
            ("family:exact=Mu%C3%B1oz++de+la+Cruz", true),
            ("family:exact=Mu%C3%B1oz+de+la+Cruz", false),
            ("family:exact=mu%C3%B1oz", false),
            ("given=ann", true),
            ("given=ann&given=eve", true),
            ("given=bob,ann", true),
            ("name=eve", true),
            ("name=munoz", true),
            ("name=bob", false),
            ("address=malaga", true),
            ("address=29001", true),
            ("address-city=mal", true),
            ("address-city=1+main", false),
            ("name:missing=false", true),
            ("address-state:missing=true", true),
        ],
    );
}

#[test]
fn references() {
    check(
        PATIENT,
        &[
            ("general-practitioner=Practitioner/d1", true),
            ("general-practitioner=d1", true),
            ("general-practitioner=d2", false),
            ("general-practitioner:Practitioner=d1", true),
            ("general-practitioner:Organization=d1", false),
            ("general-practitioner=https://example.org/mercy/fhir/Practitioner/d1", true),
            ("general-practitioner=https://other.org/fhir/Practitioner/d1", false),
            ("general-practitioner=Practitioner/d1/_history/2", false),
            ("organization=o1", true),
            ("organization=Organization/o1", true),
            ("organization:not=o2", true),
            ("organization:missing=false", true),
            ("link:missing=true", true),
        ],
    );
    let observation = r##"{"resourceType":"Observation","subject":{"reference":"https://other.org/fhir/Patient/9",
        "identifier":{"system":"urn:mrn","value":"7"}},"focus":[{"reference":"Medication/m1"}],"encounter":{"reference":"#e"}}"##;
    check(
        observation,
        &[
            ("subject=https://other.org/fhir/Patient/9", true),
            ("subject=Patient/9", false),
            ("subject=9", false),
            ("subject:identifier=urn:mrn|7", true),
            ("subject:identifier=7", true),
            ("subject:identifier=urn:mrn|8", false),
            ("patient:identifier=urn:mrn|7", true),
            ("focus=m1", true),
            ("focus=Medication/m1", true),
            ("encounter:missing=false", true),
            ("patient=https://other.org/fhir/Patient/9", true),
        ],
    );
    let group = r#"{"resourceType":"Observation","subject":{"reference":"Group/g"}}"#;
    check(group, &[("subject=Group/g", true), ("patient=g", false), ("patient:missing=true", true)]);
}

#[test]
fn addresses() {
    let value_set = r#"{"resourceType":"ValueSet","url":"http://a.org/fhir/ValueSet/x"}"#;
    check(
        value_set,
        &[
            ("url=http://a.org/fhir/ValueSet/x", true),
            ("url=http://a.org/fhir/ValueSet", false),
            ("url=http://a.org/fhir/valueset/x", false),
            ("url:below=http://a.org/fhir/", true),
            ("url:below=http://a.org/fh", false),
            ("url:below=http://a.org/fhir/ValueSet/x", true),
            ("url:above=http://a.org/fhir/ValueSet/x/y", true),
            ("url:above=http://a.org/fhir/ValueSet/xy", false),
            ("url:above=http://a.org/fhir/ValueSet/x", true),
            ("url:missing=false", true),
        ],
    );
    let plan = r#"{"resourceType":"CarePlan","instantiatesCanonical":["http://a.org/PlanDefinition/p|2"]}"#;
    check(
        plan,
        &[
            ("instantiates-canonical=http://a.org/PlanDefinition/p", true),
            ("instantiates-canonical=http://a.org/PlanDefinition/p|2", true),
            ("instantiates-canonical=http://a.org/PlanDefinition/p|3", false),
        ],
    );
}

#[test]
fn canonicals_that_are_references_here_are_found_both_ways() {
    let library = |to: &str| {
        format!(r#"{{"resourceType":"Library","relatedArtifact":[{{"type":"depends-on","resource":"{to}"}}]}}"#)
    };
    let rows = [
        ("depends-on=Library/a", true),
        ("depends-on=a", true),
        ("depends-on=https://example.org/mercy/fhir/Library/a", true),
        ("depends-on=Library/b", false),
        ("depends-on=https://other.org/fhir/Library/a", false),
    ];
    check(&library("Library/a"), &rows);
    check(&library("Library/a|2"), &rows);
    check(&library("https://example.org/mercy/fhir/Library/a"), &rows);
    check(&library("Library/a|2"), &[("depends-on=Library/a|2", true), ("depends-on=Library/a|3", false)]);
}

/// R4 search.html#date and #prefix.
#[test]
fn dates() {
    check(
        PATIENT,
        &[
            ("birthdate=1980-05-06", true),
            ("birthdate=1980", true),
            ("birthdate=1980-05", true),
            ("birthdate=1981", false),
            ("birthdate=1980-05-06T00:00", false),
            ("birthdate=ne1980", false),
            ("birthdate=ne1980-05-06T12:00", true),
            ("birthdate=gt1980", false),
            ("birthdate=gt1980-05-05", true),
            ("birthdate=gt1980-05-06", false),
            ("birthdate=ge1980-05-06", true),
            ("birthdate=lt1980-05-06", false),
            ("birthdate=lt1980-05-07", true),
            ("birthdate=le1980-05-06", true),
            ("birthdate=le1980-05-05", false),
            ("birthdate=sa1980-05-05", true),
            ("birthdate=sa1980-05", false),
            ("birthdate=eb1980-05-07", true),
            ("birthdate=eb1980-05-06", false),
            ("birthdate=ap1981", true),
            ("birthdate=ap2023", false),
            ("birthdate=1979,1980", true),
            ("birthdate=ge1980-01-01&birthdate=le1980-12-31", true),
            ("birthdate:missing=false", true),
            ("death-date:missing=true", true),
            ("death-date=lt2030", false),
        ],
    );
}

#[test]
fn periods_and_open_ends() {
    let encounter = |period: &str| format!(r#"{{"resourceType":"Encounter","period":{period}}}"#);
    check(
        &encounter(r#"{"start":"2020-03-01","end":"2020-05-31"}"#),
        &[
            ("date=2020", true),
            ("date=2020-03", false),
            ("date=ne2020-03", true),
            ("date=gt2020-05-30", true),
            ("date=gt2020-05-31", false),
            ("date=ge2020-05-31", false),
            ("date=lt2020-03-02", true),
            ("date=lt2020-03-01", false),
            ("date=le2020-03", false),
            ("date=sa2020-02", true),
            ("date=sa2020-03", false),
            ("date=eb2020-06", true),
            ("date=eb2020-05", false),
            ("date=ge2020-05", false),
            ("date=ge2020-04", true),
            ("date=le2020-04", true),
        ],
    );
    check(
        &encounter(r#"{"start":"2020-03-01"}"#),
        &[
            ("date=2020", false),
            ("date=gt2500", true),
            ("date=sa2020-02", true),
            ("date=sa2020-03", false),
            ("date=eb2900", false),
            ("date=lt2020-03-02", true),
            ("date=lt2020", false),
        ],
    );
    check(
        &encounter(r#"{"end":"2020-03-01"}"#),
        &[
            ("date=2020", false),
            ("date=lt1900", true),
            ("date=gt2020-02", true),
            ("date=gt2020-03-01", false),
            ("date=eb2020-03-02", true),
            ("date=sa1900", false),
        ],
    );
    check(&encounter("{}"), &[("date=lt2900", false), ("date=gt1900", false)]);
}

#[test]
fn instants_with_zones() {
    let observation = r#"{"resourceType":"Observation","effectiveDateTime":"2020-01-01T00:30:00+02:00"}"#;
    check(
        observation,
        &[
            ("date=2019-12-31", true),
            ("date=2020", false),
            ("date=2019-12-31T22:30Z", true),
            ("date=2020-01-01T00:30:00%2B02:00", true),
            ("date=2020-01-01T00:30:00+02:00", true),
            ("date=2019-12-31T17:30:00-05:00", true),
            ("date=gt2019-12-31T22:29:59Z", true),
            ("date=gt2019-12-31T22:30:00Z", false),
            ("date=sa2019-12-31T22:30:00Z", false),
            ("date=lt2020", true),
        ],
    );
}

#[test]
fn timings_by_their_outer_limits_and_texts_not_at_all() {
    let request = r#"{"resourceType":"ServiceRequest","occurrenceTiming":{"event":["2020-02-01","2020-04-01"],"repeat":{"boundsPeriod":{"start":"2020-01-15","end":"2020-03-01"}}}}"#;
    check(
        request,
        &[
            ("occurrence=2020", true),
            ("occurrence=lt2020-01-16", true),
            ("occurrence=gt2020-03-31", true),
            ("occurrence=gt2020-04-01", false),
        ],
    );
    let procedure = r#"{"resourceType":"Procedure","performedString":"2015"}"#;
    check(procedure, &[("date:missing=true", true), ("date=2015", false), ("date=gt1900", false)]);
}

/// R4 search.html#number: `100` means [99.5, 100.5), `100.00` means [99.995, 100.005), `1e2` means [95, 105).
#[test]
fn numbers() {
    let risk =
        |text: &str| format!(r#"{{"resourceType":"RiskAssessment","prediction":[{{"probabilityDecimal":{text}}}]}}"#);
    for (value, rows) in [
        (
            "99.5",
            &[
                ("probability=100", true),
                ("probability=100.0", false),
                ("probability=1e2", true),
                ("probability=ne100", false),
            ][..],
        ),
        (
            "100.5",
            &[
                ("probability=100", false),
                ("probability=ne100", true),
                ("probability=gt100", true),
                ("probability=ap100", true),
            ],
        ),
        (
            "100",
            &[
                ("probability=100", true),
                ("probability=gt100", false),
                ("probability=ge100", true),
                ("probability=lt100", false),
                ("probability=le100", true),
                ("probability=lt100.01", true),
                ("probability=sa99.9", true),
                ("probability=sa100", false),
                ("probability=eb100", false),
                ("probability=eb100.1", true),
                ("probability=ap110", true),
                ("probability=ap120", false),
                ("probability=1,100", true),
            ],
        ),
        ("105", &[("probability=1e2", false)]),
        ("-0.5", &[("probability=-0.5", true), ("probability=lt0", true), ("probability=0.5", false)]),
    ] {
        check(&risk(value), rows);
    }
    let range = r#"{"resourceType":"RiskAssessment","prediction":[{"probabilityRange":{"low":{"value":0.1},"high":{"value":0.3}}}]}"#;
    check(
        range,
        &[
            ("probability=0.2", false),
            ("probability=gt0.2", true),
            ("probability=lt0.2", true),
            ("probability=sa0.05", true),
            ("probability=eb0.3", false),
            ("probability=ge0.3", true),
        ],
    );
}

#[test]
fn quantities() {
    let observation = |quantity: &str| format!(r#"{{"resourceType":"Observation","valueQuantity":{quantity}}}"#);
    let dose = observation(r#"{"value":5.40,"unit":"milligram","system":"http://unitsofmeasure.org","code":"mg"}"#);
    check(
        &dose,
        &[
            ("value-quantity=5.4|http://unitsofmeasure.org|mg", true),
            ("value-quantity=5.4||mg", true),
            ("value-quantity=5.4", true),
            ("value-quantity=5.4||milligram", true),
            ("value-quantity=5.4||g", false),
            ("value-quantity=5.4|http://other|mg", false),
            ("value-quantity=gt5||mg", true),
            ("value-quantity=lt5.4||mg", false),
            ("value-quantity=5", true),
            ("value-quantity=5.0", false),
            ("value-quantity=ap5||mg", true),
            ("value-quantity=ne5.4||mg", false),
            ("value-quantity=5.35,6", false),
            ("value-quantity:missing=false", true),
            ("combo-value-quantity=5.4||mg", true),
        ],
    );
    check(
        &observation(r#"{"value":5,"comparator":"<"}"#),
        &[
            ("value-quantity=lt5", true),
            ("value-quantity=lt-100", true),
            ("value-quantity=gt5", false),
            ("value-quantity=5", false),
        ],
    );
    check(
        &observation(r#"{"value":5,"comparator":">="}"#),
        &[("value-quantity=gt500", true), ("value-quantity=lt5", false)],
    );
    let invoice = r#"{"resourceType":"Invoice","totalGross":{"value":9.50,"currency":"EUR"}}"#;
    check(
        invoice,
        &[
            ("totalgross=9.5|urn:iso:std:iso:4217|EUR", true),
            ("totalgross=9.5||EUR", true),
            ("totalgross=9.5||USD", false),
        ],
    );
}
