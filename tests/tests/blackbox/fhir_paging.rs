//! Orders, pages, histories and the past, <http://hl7.org/fhir/R4/search.html#sort>,
//! <http://hl7.org/fhir/R4/http.html#paging>, <http://hl7.org/fhir/R4/http.html#history>.

use reqwest::Method;
use serde_json::{Value, json};
use theriac_sdk::Client;
use theriac_tests::sample::{heart_rate, patient};
use theriac_tests::{World, expect};

fn link<'b>(bundle: &'b Value, relation: &str) -> Option<&'b str> {
    bundle["link"].as_array()?.iter().find(|l| l["relation"] == relation)?["url"].as_str()
}

/// Follows a link as it is.
async fn follow(client: &Client, bundle: &Value, relation: &str) -> Option<Value> {
    let (_, query) = link(bundle, relation)?.split_once("/fhir/").unwrap();
    Some(client.get(&format!("fhir/{query}")).await.unwrap())
}

/// Ids with their versions.
fn shown(bundle: &Value) -> Vec<(String, String)> {
    let entries = bundle["entry"].as_array().into_iter().flatten();
    let text = |v: &Value| v.as_str().unwrap_or("-").to_owned();
    entries.map(|e| (text(&e["resource"]["id"]), text(&e["resource"]["meta"]["versionId"]))).collect()
}

/// Patients by several values, of which some have none.
async fn mixed() -> World {
    let world = World::new("mercy").await;
    let fhir = world.administrator.fhir();
    let rows: [(&str, Value); 4] = [
        ("a", json!({"gender": "other", "name": [{"family": "Özil"}, {"family": "Adler"}], "birthDate": "1990"})),
        (
            "b",
            json!({"gender": "female", "name": [{"family": "oz"}], "generalPractitioner": [{"reference": "Practitioner/2"}, {"reference": "Practitioner/9"}]}),
        ),
        (
            "c",
            json!({"gender": "male", "birthDate": "1980-05-01", "generalPractitioner": [{"reference": "Practitioner/5"}], "identifier": [{"system": "s", "value": "7"}, {"value": "1"}]}),
        ),
        (
            "d",
            json!({"name": [{"family": "Berg"}], "birthDate": "1990-12-31", "identifier": [{"system": "s", "value": "3"}]}),
        ),
    ];
    for (id, mut resource) in rows {
        (resource["resourceType"], resource["id"]) = (json!("Patient"), json!(id));
        fhir.update(&resource).await.unwrap();
    }
    world
}

/// Of several values the one counts that comes first in the order asked for; what has none comes last both ways.
#[tokio::test]
async fn each_kind_of_parameter_has_its_order_both_ways() {
    let world = mixed().await;
    let cases: &[(&str, &str)] = &[
        ("family", "a d b c"),
        ("-family", "a b d c"),
        ("birthdate", "c a d b"),
        ("-birthdate", "d a c b"),
        ("gender", "b c a d"),
        ("-gender", "a c b d"),
        ("identifier", "c d b a"),
        ("-identifier", "c d b a"),
        ("general-practitioner", "b c d a"),
        ("-general-practitioner", "b c d a"),
        ("_id", "a b c d"),
        ("-_id", "d c b a"),
        ("_lastUpdated", "a b c d"),
        ("-_lastUpdated", "d c b a"),
        ("gender,family", "b c a d"),
        ("-birthdate,_id", "a d c b"),
    ];
    for (sort, wanted) in cases {
        let bundle = world.administrator.fhir().search("Patient", &[("_sort", sort)]).await.unwrap();
        assert_eq!(expect::ids(&bundle).join(" "), *wanted, "_sort={sort}");
    }
    let odd = world.administrator.request(Method::GET, "fhir/Patient?_sort=colour", &[], "").await.unwrap();
    expect::refused(&odd, 400, "not-supported", "_sort");
}

#[tokio::test]
async fn canonical_addresses_and_quantities_have_an_order_too() {
    let world = World::new("mercy").await;
    let fhir = world.administrator.fhir();
    for (id, url) in [("x", "http://b.example/1"), ("y", "http://a.example/2"), ("z", "http://a.example/1")] {
        let set = json!({"resourceType": "ValueSet", "id": id, "url": url, "status": "draft"});
        fhir.update(&set).await.unwrap();
    }
    let bundle = fhir.search("ValueSet", &[("_sort", "url")]).await.unwrap();
    assert_eq!(expect::ids(&bundle), ["z", "y", "x"]);
    for (id, value) in [("o1", 70.5), ("o2", 9.0), ("o3", 120.0)] {
        fhir.update(&heart_rate(id, "a", value, "2026-01-01T08:00:00Z")).await.unwrap();
    }
    let bundle = fhir.search("Observation", &[("_sort", "-value-quantity")]).await.unwrap();
    assert_eq!(expect::ids(&bundle), ["o3", "o1", "o2"]);
    let bundle = fhir.search("Observation", &[("_sort", "date,-code,value-quantity")]).await.unwrap();
    assert_eq!(expect::ids(&bundle), ["o2", "o1", "o3"]);
}

/// Everything is changed, deleted or new by the time the second page is asked for.
#[tokio::test]
async fn pages_show_what_stood_when_the_first_was_given_forwards_and_backwards() {
    let world = World::new("mercy").await;
    let (client, fhir) = (&world.administrator, world.administrator.fhir());
    for sort in ["family", "-gender", "_lastUpdated", "-birthdate,_id", "identifier", ""] {
        for n in 0..9 {
            let mut resource = patient(&format!("p{n}"), &format!("Name{}", 9 - n));
            resource["birthDate"] = json!(format!("19{}0", n % 3 + 1));
            fhir.update(&resource).await.unwrap();
        }
        let all = fhir.search("Patient", &[("_sort", sort), ("_count", "50")][usize::from(sort.is_empty())..]).await;
        let all = shown(&all.unwrap());
        let first = format!("_count=4&_total=accurate{}", if sort.is_empty() { "" } else { "&_sort=" }) + sort;
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let answer = client.request(Method::POST, "fhir/Patient/_search", &form, first).await.unwrap();
        let one: Value = answer.success().unwrap().json().unwrap();
        let other = client.clone();
        let writer = tokio::spawn(async move {
            for n in 0..9 {
                other.fhir().update(&patient(&format!("p{n}"), "Changed")).await.unwrap();
                if n % 3 == 0 {
                    other.fhir().delete("Patient", &format!("p{n}")).await.unwrap();
                    other.fhir().update(&patient(&format!("new{n}"), "New")).await.unwrap();
                }
            }
        });
        let two = follow(client, &one, "next").await.unwrap();
        writer.await.unwrap();
        let three = follow(client, &two, "next").await.unwrap();
        let mut rows = [shown(&one), shown(&two), shown(&three)].concat();
        assert_eq!(rows, all, "_sort={sort}");
        assert!([&one, &two, &three].iter().all(|b| b["total"] == all.len()), "{}", three["total"]);
        assert!(
            link(&three, "next").is_none() && link(&one, "previous").is_none() && !three.to_string().contains("_sort=")
        );
        let back = follow(client, &three, "previous").await.unwrap();
        let start = follow(client, &back, "previous").await.unwrap();
        rows = [shown(&start), shown(&back)].concat();
        assert_eq!(rows, all[..8], "back through _sort={sort}");
        assert_eq!(shown(&follow(client, &three, "first").await.unwrap()), all[..4]);
        assert_eq!(shown(&follow(client, &two, "self").await.unwrap()), all[4..8]);
        for n in [0, 3, 6] {
            fhir.delete("Patient", &format!("new{n}")).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_page_link_is_its_callers_and_is_followed_as_it_is() {
    let world = mixed().await;
    let bundle = world.administrator.fhir().search("Patient", &[("_count", "1"), ("gender:not", "x")]).await.unwrap();
    let next = link(&bundle, "next").unwrap().split_once("/fhir/").unwrap().1.to_owned();
    assert!(next.starts_with("Patient?_cursor=") && !next.contains("gender"), "{next}");
    let more = world.administrator.request(Method::GET, &format!("fhir/{next}&gender=male"), &[], "").await.unwrap();
    expect::refused(&more, 400, "not-supported", "gender");
    let steward = world.client("steward").await;
    let stolen = steward.request(Method::GET, &format!("fhir/{next}"), &[], "").await.unwrap();
    expect::refused(&stolen, 400, "value", "_cursor");
}

#[tokio::test]
async fn included_resources_of_a_later_page_stand_as_of_the_first() {
    let world = World::new("mercy").await;
    let (client, fhir) = (&world.administrator, world.administrator.fhir());
    fhir.update(&patient("ada", "Before")).await.unwrap();
    for n in 0..2 {
        fhir.update(&heart_rate(&format!("o{n}"), "ada", 60.0, "2026-01-01T08:00:00Z")).await.unwrap();
    }
    let asked = [("_include", "Observation:subject"), ("_count", "1"), ("subject.family", "before")];
    let one = fhir.search("Observation", &asked).await.unwrap();
    fhir.update(&patient("ada", "After")).await.unwrap();
    let two = follow(client, &one, "next").await.unwrap();
    assert_eq!(shown(&two), [("o0".to_owned(), "1".to_owned()), ("ada".to_owned(), "1".to_owned())]);
    let now = fhir.search("Observation", &asked).await.unwrap();
    assert!(now.get("entry").is_none(), "{now}");
}

/// The time of a version, as its `meta` says.
fn updated(resource: &Value) -> String {
    resource["meta"]["lastUpdated"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_past_is_read_and_searched_as_it_stood() {
    let world = World::new("mercy").await;
    let (client, fhir) = (&world.administrator, world.administrator.fhir());
    fhir.update(&patient("ada", "Byron")).await.unwrap();
    fhir.update(&heart_rate("o", "ada", 60.0, "2026-01-01T08:00:00Z")).await.unwrap();
    let before = updated(&client.get("fhir/Observation/o").await.unwrap());
    fhir.update(&patient("ada", "Lovelace")).await.unwrap();
    let between = updated(&client.get("fhir/Patient/ada").await.unwrap());
    fhir.delete("Patient", "ada").await.unwrap();
    let version = |bundle: Value| shown(&bundle);
    for (at, read, found) in [(&before, "Byron", "byron"), (&between, "Lovelace", "lovelace")] {
        let then = client.get(&format!("fhir/Patient/ada?_at={at}")).await.unwrap();
        assert_eq!(then["name"][0]["family"], read);
        for query in [format!("Patient?family={found}"), format!("Observation?patient.family={found}")] {
            let bundle = client.get(&format!("fhir/{query}&_at={at}")).await.unwrap();
            assert_eq!(version(bundle).len(), 1, "{query} at {at}");
            let never = client.get(&format!("fhir/{query}x&_at={at}&_total=accurate")).await.unwrap();
            assert_eq!(never["total"], 0);
        }
        let counted = client.get(&format!("fhir/Patient?_summary=count&_at={at}")).await.unwrap();
        assert_eq!(counted["total"], 1);
    }
    assert_eq!(client.get("fhir/Patient?_summary=count").await.unwrap()["total"], 0);
    for (path, place) in [("Patient?_at=2999-01-01T00:00:00Z", "_at"), ("Patient/ada?_at=2020", "_at")] {
        let refused = client.request(Method::GET, &format!("fhir/{path}"), &[], "").await.unwrap();
        expect::refused(&refused, 400, "value", place);
    }
    let early = client.request(Method::GET, "fhir/Patient/ada?_at=2001-01-01T00:00:00Z", &[], "").await.unwrap();
    assert_eq!(early.status, 404);
}

#[tokio::test]
async fn the_past_shows_a_clinician_no_more_than_the_present() {
    let world = World::new("mercy").await;
    let fhir = world.administrator.fhir();
    for id in ["mine", "theirs"] {
        fhir.update(&patient(id, "Name")).await.unwrap();
        fhir.update(&heart_rate(&format!("of-{id}"), id, 60.0, "2026-01-01T08:00:00Z")).await.unwrap();
    }
    fhir.update(&heart_rate("moved-away", "mine", 60.0, "2026-01-01T08:00:00Z")).await.unwrap();
    fhir.update(&heart_rate("moved-here", "theirs", 60.0, "2026-01-01T08:00:00Z")).await.unwrap();
    let at = updated(&world.administrator.get("fhir/Observation/moved-here").await.unwrap());
    fhir.update(&heart_rate("moved-away", "theirs", 61.0, "2026-01-01T08:00:00Z")).await.unwrap();
    fhir.update(&heart_rate("moved-here", "mine", 61.0, "2026-01-01T08:00:00Z")).await.unwrap();
    let clinician = world.client_with("clinician", &["--assigned", "Patient/mine"]).await;
    let found = clinician.get(&format!("fhir/Observation?_at={at}&_sort=_id&_total=accurate")).await.unwrap();
    assert_eq!((expect::ids(&found), &found["total"]), (vec!["of-mine".to_owned()], &json!(1)));
    for (path, status) in [
        (format!("Observation/of-mine?_at={at}"), 200),
        (format!("Observation/moved-here?_at={at}"), 404),
        (format!("Observation/moved-away?_at={at}"), 404),
        ("Observation/moved-away/_history/1".to_owned(), 404),
        ("Observation/moved-here/_history/1".to_owned(), 404),
        ("Observation/moved-here/_history/2".to_owned(), 200),
        ("Observation/moved-away/_history".to_owned(), 404),
    ] {
        let answer = clinician.request(Method::GET, &format!("fhir/{path}"), &[], "").await.unwrap();
        assert_eq!(answer.status, status, "{path}");
    }
    for path in ["_history", "Observation/_history", "Observation/moved-here/_history"] {
        let history = clinician.get(&format!("fhir/{path}?_count=1")).await.unwrap();
        let (mut all, mut page) = (shown(&history), history);
        while let Some(next) = follow(&clinician, &page, "next").await {
            assert_eq!(shown(&next).len(), 1, "{path}: no page is empty where rows are hidden");
            all.extend(shown(&next));
            page = next;
        }
        assert!(all.contains(&("moved-here".to_owned(), "2".to_owned())), "{path}: {all:?}");
        assert!(
            !all.iter().any(|(id, version)| id == "moved-away" || (id == "moved-here" && version == "1")),
            "{all:?}"
        );
    }
}

#[tokio::test]
async fn histories_go_by_since_at_and_count_on_all_three_levels() {
    let world = World::new("mercy").await;
    let (client, fhir) = (&world.administrator, world.administrator.fhir());
    for n in 0..3 {
        fhir.update(&patient("ada", &format!("Name{n}"))).await.unwrap();
    }
    let second = client.get("fhir/Patient/ada/_history/2").await.unwrap();
    fhir.update(&heart_rate("o", "ada", 60.0, "2026-01-01T08:00:00Z")).await.unwrap();
    fhir.delete("Patient", "ada").await.unwrap();
    let versions = |bundle: &Value| -> Vec<String> {
        let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
        entries
            .iter()
            .map(|e| {
                format!("{} {}", e["request"]["method"].as_str().unwrap(), e["response"]["etag"].as_str().unwrap())
            })
            .collect()
    };
    let patient = ["DELETE W/\"4\"", "PUT W/\"3\"", "PUT W/\"2\"", "PUT W/\"1\""];
    for (path, wanted, total) in [
        ("Patient/ada/_history", &patient[..], json!(4)),
        ("Patient/_history", &patient[..], Value::Null),
        ("_history", &["DELETE W/\"4\"", "PUT W/\"1\"", "PUT W/\"3\"", "PUT W/\"2\"", "PUT W/\"1\""][..], Value::Null),
    ] {
        let whole = client.get(&format!("fhir/{path}")).await.unwrap();
        assert_eq!(
            (versions(&whole), &whole["type"]),
            (wanted.iter().map(|w| (*w).to_owned()).collect(), &json!("history"))
        );
        assert_eq!(whole["total"], total, "{path}");
        assert!(whole["entry"][0].get("resource").is_none(), "what is deleted has no resource");
        let mut page = client.get(&format!("fhir/{path}?_count=2")).await.unwrap();
        let mut all = versions(&page);
        while let Some(next) = follow(client, &page, "next").await {
            all.extend(versions(&next));
            let back = follow(client, &next, "previous").await.unwrap();
            assert_eq!(versions(&back), versions(&page), "back in {path}");
            page = next;
        }
        assert_eq!(all, wanted, "{path}");
        let since = client.get(&format!("fhir/{path}?_since={}", updated(&second))).await.unwrap();
        assert_eq!(versions(&since).len(), wanted.len() - 1, "{path}: the first version is older");
    }
    let none = client.get("fhir/Patient/ada/_history?_at=2001").await.unwrap();
    assert_eq!(versions(&none).len(), 0);
    let year = chrono_year(&second);
    let all = client.get(&format!("fhir/Patient/ada/_history?_at={year}")).await.unwrap();
    assert_eq!(versions(&all).len(), 4, "all were current at some time of {year}");
    for (query, place) in
        [("_since=yesterday", "_since"), ("_at=now", "_at"), ("_count=x", "_count"), ("_sort=_id", "_sort")]
    {
        let refused =
            client.request(Method::GET, &format!("fhir/Patient/ada/_history?{query}"), &[], "").await.unwrap();
        assert_eq!(refused.status, 400, "{query}");
        assert!(refused.refusal().body.to_string().contains(place), "{query}");
    }
}

/// The year of a resource's last change.
fn chrono_year(resource: &Value) -> String {
    updated(resource)[..4].to_owned()
}
