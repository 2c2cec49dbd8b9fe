//! JSON and XML on every address, both ways, <http://hl7.org/fhir/R4/http.html#mime-type>, and conditional reads.

use reqwest::Method;
use serde_json::{Value, json};
use theriac_sdk::{Answer, Client};
use theriac_tests::World;
use theriac_tests::sample::{heart_rate, patient};

const XML: &str = "application/fhir+xml";
const PATIENT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!-- a comment -->
<Patient xmlns="http://hl7.org/fhir">
  <id value="p"/>
  <text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml"><p class='a'>Zoë &amp; co<br /></p></div></text>
  <contained><Organization><id value="o"/><name value="Ward"/></Organization></contained>
  <extension url="http://example.org/weight"><valueDecimal value="70.50"/></extension>
  <active value="true"/>
  <name id="n"><given value="A"/><given><extension url="http://example.org/x"><valueCode value="y"/></extension></given></name>
  <birthDate value="1970-05-17" id="b"/>
</Patient>"#;

async fn send(client: &Client, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    client.request(method, path, headers, body.to_owned()).await.unwrap()
}

async fn get(client: &Client, path: &str, accept: &str) -> Answer {
    send(client, Method::GET, path, &[("accept", accept)], "").await
}

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn what_comes_in_xml_is_the_same_resource_in_json() {
    let world = World::new("mercy").await;
    let client = &world.administrator;
    let headers = [("content-type", "application/fhir+xml; charset=utf-8; fhirVersion=4.0"), ("accept", XML)];
    let put = send(client, Method::PUT, "fhir/Patient/p", &headers, PATIENT).await;
    assert_eq!(
        (put.status, put.header("content-type")),
        (201, Some("application/fhir+xml; charset=utf-8")),
        "{}",
        text(&put)
    );
    let mut read = client.fhir().read("Patient", "p").await.unwrap();
    read.as_object_mut().unwrap().remove("meta");
    assert_eq!(
        read,
        json!({"resourceType": "Patient", "id": "p",
            "text": {"status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p class='a'>Zoë &amp; co<br /></p></div>"},
            "contained": [{"resourceType": "Organization", "id": "o", "name": "Ward"}],
            "extension": [{"url": "http://example.org/weight", "valueDecimal": 70.50}],
            "active": true,
            "name": [{"id": "n", "given": ["A", null], "_given": [null, {"extension": [{"url": "http://example.org/x", "valueCode": "y"}]}]}],
            "birthDate": "1970-05-17", "_birthDate": {"id": "b"}})
    );
    let xml = get(client, "fhir/Patient/p", XML).await;
    assert!(text(&xml).contains("<valueDecimal value=\"70.50\"/>"), "digits: {}", text(&xml));
    let again = send(client, Method::PUT, "fhir/Patient/p", &headers, &text(&xml)).await;
    assert_eq!((again.status, again.header("etag")), (200, Some("W/\"2\"")));
    let old = get(client, "fhir/Patient/p/_history/1?_format=xml", "*/*").await;
    assert_eq!(text(&old), text(&xml), "the first version in XML");
}

#[tokio::test]
async fn the_form_is_negotiated() {
    let world = World::new("mercy").await;
    let client = &world.administrator;
    client.fhir().update(&patient("p", "Lovelace")).await.unwrap();
    for (path, accept, expected) in [
        ("fhir/Patient/p", "*/*", "application/fhir+json"),
        ("fhir/Patient/p", "application/json", "application/json"),
        ("fhir/Patient/p", "application/fhir+json;q=0.2, application/fhir+xml;q=0.8", XML),
        ("fhir/Patient/p", "text/xml", "text/xml"),
        ("fhir/Patient/p?_format=json", XML, "application/fhir+json"),
        ("fhir/Patient/p?_format=application/fhir%2Bxml", "*/*", XML),
        ("fhir/Patient?_id=p&_format=xml", "*/*", XML),
        ("fhir/Patient/p/_history", XML, XML),
        ("fhir/Patient/_history", XML, XML),
        ("fhir/_history", XML, XML),
        ("fhir?_type=Patient", XML, XML),
        ("fhir/metadata", XML, XML),
        ("fhir/Patient/p?_summary=true", XML, XML),
    ] {
        let answer = get(client, path, accept).await;
        assert_eq!(answer.status, 200, "{path}: {}", text(&answer));
        let content_type = answer.header("content-type").unwrap();
        assert_eq!(content_type, format!("{expected}; charset=utf-8"), "{path} {accept}");
        assert_eq!(text(&answer).starts_with("<?xml"), expected.ends_with("xml"), "{path} {accept}");
        assert!(answer.header("vary").unwrap().contains("accept"), "{path}");
    }
}

#[tokio::test]
async fn what_is_not_served_is_told_what_is() {
    let world = World::new("mercy").await;
    let client = &world.administrator;
    for (path, accept) in [
        ("fhir/Patient/p", "text/turtle"),
        ("fhir/Patient/p?_format=ttl", "*/*"),
        ("fhir/metadata", "application/fhir+json; fhirVersion=5.0"),
    ] {
        let refused = get(client, path, accept).await;
        assert_eq!(refused.status, 406, "{path} {accept}");
        assert!(text(&refused).contains("application/fhir+json, application/fhir+xml"), "{}", text(&refused));
    }
    for content_type in ["text/plain", "application/fhir+xml; charset=latin1", "application/fhir+json; fhirVersion=3.0"]
    {
        let refused = send(client, Method::PUT, "fhir/Patient/p", &[("content-type", content_type)], PATIENT).await;
        assert_eq!(refused.status, 415, "{content_type}");
        let outcome: Value = refused.json().unwrap();
        assert!(outcome["issue"][0]["diagnostics"].as_str().unwrap().contains("send "), "{outcome}");
    }
    let statement: Value = get(client, "fhir/metadata", "*/*").await.json().unwrap();
    for format in statement["format"].as_array().unwrap() {
        let answer = get(client, &format!("fhir/metadata?_format={}", format.as_str().unwrap()), "*/*").await;
        assert_eq!(answer.status, 200, "{format}");
    }
}

#[tokio::test]
async fn errors_come_in_the_form_asked_for() {
    let world = World::new("mercy").await;
    let client = &world.administrator;
    let nobody = client.with_token("");
    for (client, method, path, status) in [
        (client, Method::GET, "fhir/Patient/none", 404),
        (client, Method::GET, "fhir/Patient?nme=x", 400),
        (client, Method::GET, "fhir/Nothing/1/2/3", 404),
        (client, Method::POST, "fhir/Patient/p", 405),
        (&nobody, Method::GET, "fhir/Patient/p", 401),
    ] {
        let refused = send(client, method, path, &[("accept", XML)], "").await;
        assert_eq!(refused.status, status, "{path}: {}", text(&refused));
        assert!(
            text(&refused).contains("<OperationOutcome xmlns=\"http://hl7.org/fhir\"><issue>"),
            "{}",
            text(&refused)
        );
        assert_eq!(refused.header("content-type"), Some("application/fhir+xml; charset=utf-8"));
    }
    let headers = [("content-type", XML)];
    let wrong = PATIENT.replace("<active value=\"true\"/>", "<activ value=\"true\"/>");
    let refused = send(client, Method::PUT, "fhir/Patient/p", &headers, &wrong).await;
    let outcome: Value = refused.json().unwrap();
    let said = outcome["issue"][0]["diagnostics"].as_str().unwrap();
    assert_eq!(refused.status, 400);
    assert!(
        said.starts_with("line 8, column 3: Patient: 'activ' is not an element") && said.contains("'active'"),
        "{said}"
    );
    let bomb = format!(
        "<!DOCTYPE p [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>{}",
        &PATIENT[PATIENT.find("<Patient").unwrap()..]
    );
    let refused = send(client, Method::PUT, "fhir/Patient/p", &headers, &bomb).await;
    assert_eq!((refused.status, text(&refused).contains("<!DOCTYPE) is not taken")), (400, true));
}

#[tokio::test]
async fn bundles_come_and_go_in_xml() {
    let world = World::new("mercy").await;
    let client = &world.administrator;
    let bundle = |kind: &str| {
        format!(
            "<Bundle xmlns='http://hl7.org/fhir'><type value='{kind}'/>\
         <entry><fullUrl value='urn:uuid:0b0a7b0e-6a4d-4b0e-9d5c-111111111111'/>\
         <resource><Patient><active value='true'/></Patient></resource>\
         <request><method value='POST'/><url value='Patient'/></request></entry>\
         <entry><request><method value='GET'/><url value='Patient/none?_format=xml'/></request></entry></Bundle>"
        )
    };
    let headers = [("content-type", XML), ("accept", XML)];
    let answer = send(client, Method::POST, "fhir", &headers, &bundle("batch")).await;
    let said = text(&answer);
    assert_eq!(answer.status, 200, "{said}");
    assert!(
        said.contains("<type value=\"batch-response\"/>") && said.contains("<outcome><OperationOutcome><issue>"),
        "{said}"
    );
    let headers = [("content-type", XML), ("accept", XML), ("prefer", "return=OperationOutcome")];
    let single = bundle("transaction")
        .replace("<entry><request><method value='GET'/><url value='Patient/none?_format=xml'/></request></entry>", "");
    let answer = send(client, Method::POST, "fhir", &headers, &single).await;
    let said = text(&answer);
    assert!(
        said.contains("<type value=\"transaction-response\"/>")
            && said.contains("<diagnostics value=\"201 Created\"/>"),
        "{said}"
    );
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let found = send(client, Method::POST, "fhir/Patient/_search", &form, "active=true&_format=xml&_count=1").await;
    let said = text(&found);
    assert!(said.contains("<total value=\"2\"/>") || said.contains("<relation value=\"next\"/>"), "{said}");
    assert!(said.contains("_format=xml"), "links keep the form: {said}");
}

#[tokio::test]
async fn pretty_is_for_people() {
    let world = World::new("mercy").await;
    let client = &world.administrator;
    client.fhir().update(&patient("p", "Lovelace")).await.unwrap();
    let json = text(&get(client, "fhir/Patient/p?_pretty=true", "*/*").await);
    assert!(json.contains("\n  \"resourceType\": \"Patient\",\n"), "{json}");
    let xml = text(&get(client, "fhir/Patient/p?_pretty=true", XML).await);
    assert!(xml.contains("\n  <name>\n    "), "{xml}");
    let refused = text(&get(client, "fhir/Patient/none?_pretty=true", XML).await);
    assert!(refused.contains("\n  <issue>\n"), "{refused}");
    assert_eq!(get(client, "fhir/Patient/p?_pretty=perhaps", "*/*").await.status, 400);
}

#[tokio::test]
async fn head_answers_like_get_without_the_body() {
    let world = World::new("mercy").await;
    let client = &world.administrator;
    client.fhir().update(&patient("p", "Lovelace")).await.unwrap();
    for (path, accept, status) in [
        ("fhir/Patient/p", "*/*", 200),
        ("fhir/Patient/p", XML, 200),
        ("fhir/Patient/p/_history/1", "*/*", 200),
        ("fhir/Patient?_id=p", XML, 200),
        ("fhir/Patient/p/_history", "*/*", 200),
        ("fhir/metadata", XML, 200),
        ("fhir/Patient/none", XML, 404),
        ("fhir/Patient/p?_format=ttl", "*/*", 406),
    ] {
        // Compression would hide the length.
        let headers = [("accept", accept), ("accept-encoding", "identity")];
        let whole = send(client, Method::GET, path, &headers, "").await;
        let head = send(client, Method::HEAD, path, &headers, "").await;
        assert_eq!((whole.status, head.status, head.bytes.len()), (status, status, 0), "{path}");
        for name in ["content-type", "content-length", "etag", "last-modified", "vary"] {
            assert_eq!(head.header(name), whole.header(name), "{name} of {path}");
        }
    }
}

#[tokio::test]
async fn a_read_of_what_is_known_already_sends_nothing() {
    let world = World::new("mercy").await;
    let client = &world.administrator;
    client.fhir().update(&patient("p", "Lovelace")).await.unwrap();
    let first = get(client, "fhir/Patient/p", XML).await;
    let (etag, modified) = (first.header("etag").unwrap(), first.header("last-modified").unwrap());
    for (name, value, status) in [
        ("if-none-match", etag, 304),
        ("if-none-match", "\"1\"", 304),
        ("if-none-match", "W/\"7\", W/\"1\"", 304),
        ("if-none-match", "W/\"2\"", 200),
        ("if-modified-since", modified, 304),
        ("if-modified-since", "Sat, 01 Jan 2000 00:00:00 GMT", 200),
        ("if-modified-since", "no date", 200),
    ] {
        for path in ["fhir/Patient/p", "fhir/Patient/p/_history/1"] {
            let answer = send(client, Method::GET, path, &[("accept", XML), (name, value)], "").await;
            assert_eq!(answer.status, status, "{path} {name}: {value}");
            assert_eq!(
                (answer.header("etag"), answer.bytes.is_empty()),
                (Some(etag), status == 304),
                "{name}: {value}"
            );
            assert!(answer.header("last-modified").is_some() && answer.header("vary").is_some());
        }
    }
    // If-None-Match wins (RFC 9110, 13.2.2).
    let both = [("if-none-match", "W/\"9\""), ("if-modified-since", modified)];
    assert_eq!(send(client, Method::GET, "fhir/Patient/p", &both, "").await.status, 200);
}

#[tokio::test]
async fn writes_answer_with_what_is_preferred() {
    let world = World::new("mercy").await;
    let client = &world.administrator;
    let body = patient("p", "Lovelace").to_string();
    let send = |method: Method, path: &'static str, prefer: &'static str| {
        let body = if method == Method::DELETE { String::new() } else { body.clone() };
        let headers =
            [("content-type", "application/fhir+json"), ("prefer", prefer), ("if-none-exist", "identifier=u|1")];
        let headers = if method == Method::POST { headers.to_vec() } else { headers[..2].to_vec() };
        async move { client.request(method, path, &headers, body).await.unwrap() }
    };
    for (method, path) in [(Method::PUT, "fhir/Patient/p"), (Method::POST, "fhir/Patient")] {
        let minimal = send(method.clone(), path, "return=minimal").await;
        assert_eq!((minimal.bytes.len(), minimal.header("etag").is_some()), (0, true));
        assert!(minimal.header("location").is_some() && minimal.header("last-modified").is_some());
        let whole: Value = send(method.clone(), path, "handling=strict; return=representation").await.json().unwrap();
        assert_eq!(whole["resourceType"], "Patient");
        let outcome: Value = send(method.clone(), path, "return=OperationOutcome").await.json().unwrap();
        assert_eq!(
            (&outcome["resourceType"], &outcome["issue"][0]["severity"]),
            (&json!("OperationOutcome"), &json!("information"))
        );
        let before = client.fhir().search("Patient", &[]).await.unwrap()["total"].clone();
        let refused = send(method, path, "return=everything").await;
        assert_eq!(
            (refused.status, &client.fhir().search("Patient", &[]).await.unwrap()["total"]),
            (400, &before),
            "nothing is written"
        );
    }
    let outcome = send(Method::DELETE, "fhir/Patient/p", "return=OperationOutcome").await;
    assert_eq!(
        (outcome.status, outcome.json::<Value>().unwrap()["resourceType"].clone()),
        (200, json!("OperationOutcome"))
    );
    assert!(outcome.header("etag").is_some() && outcome.header("last-modified").is_some());
    let again = send(Method::DELETE, "fhir/Patient/p", "return=minimal").await;
    assert_eq!((again.status, again.bytes.len()), (204, 0));
}

#[tokio::test]
async fn an_update_may_insist_on_being_the_first() {
    let world = World::new("mercy").await;
    let client = &world.administrator;
    let body = heart_rate("o", "p", 70.0, "2026-01-01T00:00:00Z").to_string();
    let headers = [("content-type", "application/fhir+json"), ("if-none-match", "*")];
    assert_eq!(send(client, Method::PUT, "fhir/Observation/o", &headers, &body).await.status, 201);
    assert_eq!(send(client, Method::PUT, "fhir/Observation/o", &headers, &body).await.status, 412);
    let headers = [("content-type", "application/fhir+json"), ("if-none-match", "W/\"1\"")];
    assert_eq!(send(client, Method::PUT, "fhir/Observation/o", &headers, &body).await.status, 400);
}

#[tokio::test]
async fn what_is_found_comes_in_lines_if_that_is_asked_for() {
    let world = World::new("mercy").await;
    let client = &world.administrator;
    for id in ["a", "b", "c"] {
        client.fhir().update(&patient(id, "Lovelace")).await.unwrap();
    }
    let answer = get(client, "fhir/Patient?_sort=_id&_count=2", "application/fhir+ndjson").await;
    let content_type = answer.header("content-type").unwrap();
    assert_eq!((answer.status, content_type), (200, "application/fhir+ndjson; charset=utf-8"), "{}", text(&answer));
    let ids = |text: &str| -> Vec<String> {
        let line = |line| serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().to_owned();
        text.lines().map(line).collect()
    };
    assert_eq!(ids(&text(&answer)), ["a", "b"]);
    let links = answer.header("link").unwrap().to_owned();
    let next = links.split(", ").find(|link| link.ends_with("rel=\"next\"")).unwrap();
    let next = next.trim_start_matches('<').split('>').next().unwrap();
    let path = next.split_once("/mercy").map_or(next, |(_, rest)| rest);
    let path = path.split_once("/fhir/").map(|(_, rest)| format!("fhir/{rest}")).unwrap();
    let second = get(client, &path, "application/fhir+ndjson").await;
    assert_eq!(ids(&text(&second)), ["c"], "{path}");
    assert_eq!(ids(&text(&get(client, "fhir/Patient/a?_format=ndjson", "*/*").await)), ["a"]);
    for path in ["fhir/Patient/a/_history?_format=ndjson", "fhir/_history?_format=ndjson"] {
        let refused = get(client, path, "*/*").await;
        assert_eq!(refused.status, 406, "{path}");
        assert!(refused.header("content-type").unwrap().starts_with("application/fhir+json"), "an error is no line");
    }
    let written = send(client, Method::PUT, "fhir/Patient/p", &[("content-type", "application/fhir+ndjson")], PATIENT);
    assert_eq!(written.await.status, 415);
}
