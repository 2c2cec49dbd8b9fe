//! What went wrong in other servers, each as a test of its own: a caller who sees some rows only is answered as if the
//! others were not there. The sources stand beside the tests; the law that covers them all is in `server/fhir`.

use reqwest::Method;
use serde_json::{Value, json};
use theriac_sdk::Client;
use theriac_tests::sample::{heart_rate, patient};
use theriac_tests::{World, expect};

/// Two patients, the one referring to the other, and records about each. (Whoever refers to a patient as linked is in
/// that patient's compartment, says the standard: so it is the one that is seen that refers.)
async fn ward() -> World {
    let world = World::new("mercy").await;
    let fhir = world.administrator.fhir();
    for resource in [
        json!({ "resourceType": "Practitioner", "id": "doc", "name": [{ "family": "Doe" }] }),
        of("mine", Some("other")),
        of("other", None),
        heart_rate("o-mine", "mine", 70.0, "2026-01-01T00:00:00Z"),
        heart_rate("o-other", "other", 170.0, "2026-01-01T00:00:00Z"),
        json!({ "resourceType": "CareTeam", "id": "t-mine", "subject": { "reference": "Patient/mine" } }),
        json!({ "resourceType": "CareTeam", "id": "t-other", "subject": { "reference": "Patient/other" } }),
        json!({ "resourceType": "CareTeam", "id": "t-nobody", "name": "of nobody" }),
    ] {
        fhir.update(&resource).await.unwrap();
    }
    world
}

fn of(id: &str, other: Option<&str>) -> Value {
    let mut resource = patient(id, if id == "mine" { "Lovelace" } else { "Turing" });
    resource["generalPractitioner"] = json!([{ "reference": "Practitioner/doc" }]);
    if let Some(other) = other {
        resource["link"] = json!([{ "other": { "reference": format!("Patient/{other}") }, "type": "seealso" }]);
    }
    resource
}

const SCOPES: &[&str] = &[
    "",
    "patient/*.rs",
    "patient/*.cruds",
    "user/Patient.rs user/Observation.rs user/Practitioner.rs user/CareTeam.rs",
    "patient/Observation.rs?status=final patient/Patient.rs patient/Practitioner.rs patient/CareTeam.rs",
    "user/*.rs?_lastUpdated=gt2000",
];

/// The clinician to whom `mine` is assigned, once with each kind of scope.
async fn clinicians(world: &World) -> Vec<Client> {
    let mut clients = Vec::new();
    for scope in SCOPES {
        let mut arguments = vec!["--assigned", "Patient/mine"];
        if !scope.is_empty() {
            arguments.extend(["--scope", scope]);
        }
        clients.push(world.client_with("clinician", &arguments).await);
    }
    clients
}

async fn text(client: &Client, path: &str) -> (u16, String) {
    let answer = client.request(Method::GET, path, &[], "").await.unwrap();
    (answer.status, String::from_utf8_lossy(&answer.bytes).into_owned())
}

/// <https://github.com/microsoft/fhir-server/pull/5683>, 2934, 5158
#[tokio::test]
async fn no_include_of_any_form_leaves_the_compartment() {
    let world = ward().await;
    let includes = [
        "fhir/Patient?_include=Patient:link",
        "fhir/Patient?_include=*",
        "fhir/Patient?_include=Patient:*&_include:iterate=Patient:link",
        "fhir/Patient?_revinclude=*",
        "fhir/Patient?_revinclude=Observation:subject&_include:iterate=Patient:link",
        "fhir/Patient?_revinclude=Patient:link",
        "fhir/Practitioner?_revinclude=Patient:general-practitioner",
        "fhir/Practitioner?_revinclude=Patient:general-practitioner&_revinclude:iterate=Observation:subject",
        "fhir/Observation?_include=Observation:subject&_include:iterate=Patient:link",
        "fhir/Patient/mine/$everything",
        "fhir/Patient/$everything",
        "fhir/$graphql?query={PatientList{id,link{other{resource(optional:true){id}}}}}",
    ];
    for client in clinicians(&world).await {
        for path in includes {
            let (status, body) = text(&client, path).await;
            assert!(status == 200 || status == 403, "{path}: {body}");
            for hidden in ["Turing", "o-other", "t-other", "\"id\":\"other\""] {
                assert!(!body.contains(hidden), "{path} shows {hidden}: {body}");
            }
        }
    }
}

/// The same pull request: page 2 of what was included.
#[tokio::test]
async fn the_second_page_keeps_to_the_compartment_as_the_first_does() {
    let world = ward().await;
    for n in 0..3 {
        let resource = heart_rate(&format!("o{n}"), "mine", 60.0, "2026-01-01T00:00:00Z");
        world.administrator.fhir().update(&resource).await.unwrap();
    }
    for client in clinicians(&world).await {
        let mut path =
            Some("fhir/Observation?_count=1&_include=Observation:*&_revinclude=Provenance:target".to_owned());
        let mut pages = 0;
        while let Some(at) = path {
            let (status, body) = text(&client, &at).await;
            assert_eq!(status, 200, "{at}: {body}");
            assert!(!body.contains("o-other") && !body.contains("Turing"), "{body}");
            let bundle: Value = serde_json::from_str(&body).unwrap();
            let links = bundle["link"].as_array().unwrap();
            let next = links.iter().find(|l| l["relation"] == "next").and_then(|l| l["url"].as_str());
            path = next.map(|url| url.split_once(&format!("/{}/", client.tenant())).unwrap().1.to_owned());
            pages += 1;
        }
        assert_eq!(pages, 4);
    }
}

/// microsoft/fhir-server 2934: a read by id outside the compartment.
#[tokio::test]
async fn an_id_outside_the_compartment_answers_as_one_that_is_not_there() {
    let world = ward().await;
    for client in clinicians(&world).await {
        for path in [
            "Patient/{}",
            "Patient/{}/_history",
            "Patient/{}/_history/1",
            "Patient/{}?_at=2099-01-01",
            "Patient/{}/$everything",
            "Patient/{}/$meta",
            "Patient/{}/Observation",
            "Patient?_id={}",
            "Patient/{}/$graphql?query={id}",
        ] {
            let (other, never) = (
                text(&client, &format!("fhir/{}", path.replace("{}", "other"))).await,
                text(&client, &format!("fhir/{}", path.replace("{}", "never"))).await,
            );
            assert_eq!((other.0, other.1.replace("other", "ID")), (never.0, never.1.replace("never", "ID")), "{path}");
        }
    }
}

/// <https://github.com/hapifhir/hapi-fhir/issues/6065>: results are filtered, predicates are not.
#[tokio::test]
async fn no_predicate_looks_at_what_may_not_be_seen() {
    let world = ward().await;
    for client in clinicians(&world).await {
        for path in [
            "fhir/Patient?_has:Observation:patient:value-quantity=gt150",
            "fhir/Patient?_has:Patient:link:family=Turing",
            "fhir/Patient?link.family=Turing",
            "fhir/Patient?_filter=link.family eq Turing",
            "fhir/Practitioner?_has:Patient:general-practitioner:family=Turing",
            "fhir/Practitioner?_has:Patient:general-practitioner:_has:Observation:patient:value-quantity=gt150",
            "fhir/Observation?patient.family=Turing",
            "fhir/CareTeam?subject:Patient.family=Turing",
            "fhir/Observation?value-quantity=gt150&_total=accurate",
            "fhir/Patient?_content=turing",
        ] {
            let (status, body) = text(&client, path).await;
            // Outside the scopes it is refused, whatever there is.
            if status == 403 {
                continue;
            }
            let bundle: Value = serde_json::from_str(&body).unwrap();
            assert_eq!((status, &bundle["total"]), (200, &json!(0)), "{path}: {body}");
        }
    }
}

/// hapi-fhir 4151, 3249: linked patients and references of other forms.
#[tokio::test]
async fn a_reference_of_any_form_counts_to_its_own_patient_alone() {
    let world = ward().await;
    let base = format!("{}/{}/fhir", world.url(), world.tenant);
    let mut wanted = vec!["o-mine".to_owned()];
    for (n, (reference, is_mine)) in [
        (format!("{base}/Patient/mine"), true),
        ("Patient/mine/_history/1".to_owned(), true),
        (format!("{base}/Patient/other"), false),
        (format!("{base}.evil.example/Patient/mine"), false),
        (format!("{base}Patient/mine"), false),
        ("https://elsewhere.example/fhir/Patient/mine".to_owned(), false),
        ("urn:uuid:00000000-0000-4000-8000-000000000000".to_owned(), false),
        ("Patient/mine2".to_owned(), false),
    ]
    .into_iter()
    .enumerate()
    {
        let mut resource = heart_rate(&format!("f{n}"), "mine", 60.0, "2026-01-01T00:00:00Z");
        resource["subject"]["reference"] = json!(reference);
        world.administrator.fhir().update(&resource).await.unwrap();
        if is_mine {
            wanted.push(format!("f{n}"));
        }
    }
    for client in clinicians(&world).await {
        let mut found = expect::ids(&client.get("fhir/Observation").await.unwrap());
        found.sort();
        wanted.sort();
        assert_eq!(found, wanted);
    }
}

/// CVE-2026-24487 (OpenEMR): a token of one patient read all CareTeams.
#[tokio::test]
async fn every_type_of_the_compartment_shows_its_own_patient_only() {
    let world = ward().await;
    let document = world.administrator.get("fhir/metadata").await.unwrap();
    let kinds: Vec<&str> =
        document["rest"][0]["resource"].as_array().unwrap().iter().map(|r| r["type"].as_str().unwrap()).collect();
    assert!(kinds.len() > 100);
    let client = world.client_with("clinician", &["--assigned", "Patient/mine"]).await;
    for kind in kinds {
        let bundle = client.get(&format!("fhir/{kind}")).await.unwrap();
        let found = expect::ids(&bundle);
        let wanted: &[&str] = match kind {
            "CareTeam" => &["t-mine"],
            "Observation" => &["o-mine"],
            "Patient" => &["mine"],
            "Practitioner" => &["doc"],
            _ => &[],
        };
        assert_eq!(found, wanted, "{kind}");
    }
}

/// hapi-fhir 6188, hapi-fhir-jpaserver-starter 163: reads and feeds across tenants with the same ids.
#[tokio::test]
async fn equal_ids_of_two_tenants_never_meet() {
    let (mercy, acme) = (ward().await, World::new("acme").await);
    acme.administrator.fhir().update(&patient("mine", "Hopper")).await.unwrap();
    for path in ["fhir/Patient", "fhir/_history", "fhir/Patient/mine", "fhir/Patient/mine/_history"] {
        let (_, body) = text(&acme.administrator, path).await;
        assert!(body.contains("Hopper") && !body.contains("Lovelace") && !body.contains("Turing"), "{path}: {body}");
    }
    assert_eq!(acme.administrator.fhir().read("Patient", "mine").await.unwrap()["meta"]["versionId"], "1");
    let (_, body) = text(&mercy.administrator, "fhir/Patient/mine").await;
    assert!(body.contains("Lovelace"));
}

/// By analogy: a page link is its caller's, its tenant's and its query's.
#[tokio::test]
async fn a_page_link_is_of_no_use_to_others() {
    let world = ward().await;
    let bundle = world.administrator.get("fhir/Observation?_count=1").await.unwrap();
    let links = bundle["link"].as_array().unwrap();
    let next = links.iter().find(|l| l["relation"] == "next").unwrap()["url"].as_str().unwrap();
    let path = next.split_once(&format!("/{}/", world.tenant)).unwrap().1.to_owned();
    let clinician = world.client_with("clinician", &["--assigned", "Patient/mine"]).await;
    let acme = World::new("acme").await;
    for client in [&clinician, &acme.administrator] {
        let (status, body) = text(client, &path).await;
        assert_eq!(status, 400, "{body}");
        assert!(!body.contains("o-"), "{body}");
    }
}

/// What is shared is read and never changed by whoever sees some rows only.
#[tokio::test]
async fn what_is_shared_cannot_be_changed() {
    let world = ward().await;
    let client = world.client_with("clinician", &["--assigned", "Patient/mine"]).await;
    let doc = json!({ "resourceType": "Practitioner", "id": "doc", "name": [{ "family": "Mallory" }] });
    assert_eq!(client.fhir().update(&doc).await.unwrap_err().status(), Some(403));
    assert_eq!(client.fhir().create(&doc).await.unwrap_err().status(), Some(403));
    assert_eq!(client.fhir().delete("Practitioner", "doc").await.unwrap_err().status(), Some(403));
    assert_eq!(client.fhir().read("Practitioner", "doc").await.unwrap()["name"][0]["family"], "Doe");
}

/// `docs/reference/failures.md` names a test for each failure; a name that is no test any more is a wall that fell.
#[test]
fn every_failure_of_the_table_has_its_test() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = std::fs::read_to_string(root.join("docs/reference/failures.md")).unwrap();
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| what ")).collect();
    assert!(rows.len() > 20, "{}", rows.len());
    for row in rows {
        let tests = row.rsplit('|').nth(1).unwrap_or_default();
        assert!(tests.contains("::"), "no test: {row}");
        for test in tests.split(',') {
            let (file, name) = test.trim().trim_matches('`').split_once("::").unwrap();
            let source = std::fs::read_to_string(root.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
            assert!(source.contains(&format!("fn {name}(")), "{file} has no {name}");
        }
    }
}
