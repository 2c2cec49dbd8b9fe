//! `_filter`, R4 search_filter.html: operators by kind, paths, policy-free meaning over documents.

use super::{check, query, search};

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p","active":true,"gender":"female","birthDate":"1980-05-06",
    "name":[{"family":"Chalmers","given":["Peter","James"]}],"identifier":[{"system":"urn:mrn","value":"A,1"}],
    "generalPractitioner":[{"reference":"Practitioner/d"}],"managingOrganization":{"reference":"Organization/o"}}"#;

fn rows(resource: &str, rows: &[(&str, bool)]) {
    let encoded: Vec<(String, bool)> = rows
        .iter()
        .map(|(text, wanted)| {
            (format!("_filter={}", text.bytes().map(|b| format!("%{b:02X}")).collect::<String>()), *wanted)
        })
        .collect();
    for ((text, wanted), (plain, _)) in encoded.iter().zip(rows) {
        let (resource_type, index) = super::index(resource);
        let criteria = query(&resource_type, text).unwrap_or_else(|e| panic!("{plain}: {e}")).criteria;
        assert_eq!(super::super::matches(&index, &criteria), *wanted, "{plain}");
    }
}

#[test]
fn strings_compare_whole_in_part_and_in_order() {
    rows(
        PATIENT,
        &[
            (r#"family eq "chalmers""#, true),
            ("family eq chalm", false),
            ("family sw chalm", true),
            ("family ew MERS", true),
            ("family ew chalm", false),
            ("name co eter", true),
            ("given ne peter", true),
            ("family ne chalmers", false),
            ("family gt ch", true),
            ("family lt d", true),
            ("family ge chalmers", true),
            ("family le chalmers", true),
            ("family lt chalmers", false),
            ("family pr true", true),
            ("address pr true", false),
            ("address pr false", true),
        ],
    );
}

#[test]
fn logic_goes_from_left_to_right() {
    rows(
        PATIENT,
        &[
            ("gender eq female or active eq false and birthdate lt 1900", false),
            ("gender eq female or (active eq false and birthdate lt 1900)", true),
            ("not(gender eq male) and active eq true", true),
            ("not(gender eq female or active eq true)", false),
            ("gender eq male or family co halm", true),
        ],
    );
}

#[test]
fn dates_tokens_and_references_have_their_operators() {
    rows(
        PATIENT,
        &[
            ("birthdate eq 1980", true),
            ("birthdate ge 2014-10-10", false),
            ("birthdate po 1980-05", true),
            ("birthdate po 1981", false),
            ("birthdate co 1980-05-06T12:00:00Z", true),
            ("birthdate co 1980-05", false),
            ("identifier eq urn:mrn|A,1", true),
            ("identifier eq \"urn:mrn|A,1\"", true),
            ("identifier eq urn:mrn|B", false),
            ("gender ne male", true),
            ("gender ne female", false),
            ("deceased ne true", true),
            ("general-practitioner re Practitioner/d", true),
            ("general-practitioner re Practitioner/e", false),
            ("organization pr true", true),
            ("_id eq p", true),
            ("_id ne p", false),
        ],
    );
    let observation = r#"{"resourceType":"Observation","code":{"coding":[{"system":"http://loinc.org","code":"1234-5"}]},
        "valueQuantity":{"value":5.4,"system":"http://unitsofmeasure.org","code":"mg"},"effectivePeriod":{"start":"2020-01-01","end":"2020-12-31"}}"#;
    rows(
        observation,
        &[
            ("code eq loinc|1234-5", true),
            ("code eq http://loinc.org|1234-5", true),
            ("code eq snomed|1234-5", false),
            ("value-quantity gt 0.005|ucum|g", true),
            ("value-quantity ap 5.5||mg", true),
            ("value-quantity lt 5.4||mg", false),
            ("date co 2020-03", true),
            ("date co 2021", false),
            ("date sa 2019", true),
            ("date eb 2021", true),
            ("code-value-quantity eq \"1234-5$gt5\"", true),
        ],
    );
}

#[test]
fn paths_follow_references_and_hold_their_filters_there() {
    let all = [
        PATIENT,
        r#"{"resourceType":"Practitioner","id":"d","active":true,"name":[{"family":"Joe"}],"address":[{"state":"CA"}]}"#,
        r#"{"resourceType":"Practitioner","id":"e","active":true,"name":[{"family":"Jane"}],"address":[{"state":"MN"}]}"#,
        r#"{"resourceType":"Patient","id":"q","generalPractitioner":[{"reference":"Practitioner/d"},{"reference":"Practitioner/e"}]}"#,
        r#"{"resourceType":"Observation","id":"o","subject":{"reference":"Patient/p"}}"#,
    ];
    let find = |kind: &str, text: &str| search(&all, kind, &format!("_filter={}", text.replace(' ', "+")));
    assert_eq!(find("Patient", "general-practitioner.family eq joe"), [0, 3]);
    // "no one practitioner need satisfy both conditions": with the filter at the hop, one must.
    assert_eq!(search(&all, "Patient", "general-practitioner.family=joe&general-practitioner.address-state=MN"), [3]);
    assert!(find("Patient", "general-practitioner[family eq joe].address-state eq MN").is_empty());
    assert_eq!(find("Patient", "general-practitioner[family eq jane].address-state eq MN"), [3]);
    assert_eq!(find("Observation", "subject.general-practitioner.family co oe and subject.gender eq female"), [4]);
    assert_eq!(find("Observation", "subject.address pr false"), [4]);
    assert_eq!(find("Patient", "general-practitioner.family pr false"), Vec::<usize>::new());
}

#[test]
fn elements_of_the_page_are_tested_in_one_repetition() {
    let document = r#"{"resourceType":"DocumentReference","relatesTo":[
        {"code":"replaces","target":{"reference":"DocumentReference/1"}},{"code":"signs","target":{"reference":"DocumentReference/2"}}]}"#;
    rows(
        document,
        &[
            ("relatesTo[code eq replaces].target re DocumentReference/1", true),
            ("relatesTo[code eq signs].target re DocumentReference/1", false),
            ("relatesTo[target re DocumentReference/2].code eq signs", true),
        ],
    );
}

#[test]
fn what_a_kind_does_not_take_is_refused_by_name() {
    for (kind, text, part) in [
        ("Patient", "gender co f", "takes eq ne in ni ss sb pr"),
        ("Patient", "birthdate sw 19", "takes eq ne co gt"),
        ("Patient", "organization eq Organization/1", "takes re pr"),
        ("Patient", "family po x", "takes eq ne co sw"),
        ("Patient", "familie eq x", "nearest first: family"),
        ("Patient", "gender.name eq x", "is no reference"),
        ("Patient", "birthdate eq x", "YYYY"),
        ("Patient", "gender pr maybe", "true or false"),
        ("Group", "characteristic[code gt a].value eq b", "is written characteristic[code eq value]"),
        ("Patient", "family eq", "a space was expected"),
    ] {
        let error = query(kind, &format!("_filter={}", text.replace(' ', "+"))).unwrap_err();
        assert!(error.message.contains(part), "{text}: {error}");
        assert_eq!((error.status(), error.issues[0].path.as_str()), (400, "_filter"));
    }
}

#[test]
fn a_filter_stands_beside_other_parameters() {
    check(PATIENT, &[("_filter=family+sw+ch&gender=female", true), ("_filter=family+sw+ch&gender=male", false)]);
    check(PATIENT, &[("_filter=family+sw+ch&_filter=family+sw+x", false)]);
}
