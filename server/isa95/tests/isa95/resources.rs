//! Records of every type on a real database: one shape, versions, search, references, sites.

use crate::plant::Plant;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use theriac_access::{Grant, Role};
use theriac_isa95::TYPES;
use theriac_isa95::b2mml::{Kind, kind};
use theriac_platform::Context;
use theriac_platform::http::Method::{Delete, Get, Post, Put};
use theriac_platform::http::{Method, Request, Response};

/// The least that the schema takes of this type.
fn least(of: &Kind) -> Value {
    if let Some(text) = &of.text {
        return match (text.base, text.values.first()) {
            (_, Some(value)) => json!(value),
            ("decimal" | "integer" | "double", _) => json!(1),
            ("boolean", _) => json!(true),
            ("dateTime", _) => json!("2026-11-20T08:00:00Z"),
            ("duration", _) => json!("PT1H"),
            _ => json!("x"),
        };
    }
    let mut object = serde_json::Map::new();
    let (mut chosen, mut last) = (false, None);
    for member in &of.members {
        let choice = member.choice.filter(|choice| choice.needed);
        if choice.map(|c| c.number) != last {
            (chosen, last) = (false, choice.map(|c| c.number));
        }
        // What names another record is left to the tests of references.
        let names = member.plain.ends_with("ID") && !member.plain.ends_with("PropertyID");
        if member.needed || (choice.is_some() && !chosen) {
            chosen |= choice.is_some();
            let value = if names { json!("x") } else { least(member.kind()) };
            object.insert(member.plain.clone(), if member.many { json!([value]) } else { value });
        }
    }
    Value::Object(object)
}

fn document(element: &str, id: &str) -> Value {
    let mut document = least(TYPES.iter().find(|row| row.element == element).unwrap().kind());
    document["id"] = json!(id);
    if element == "Equipment" {
        document["equipmentLevel"] = json!("Site");
    }
    document
}

async fn as_of(
    plant: &Plant,
    grant: Grant,
    method: Method,
    path: &str,
    accept: &str,
) -> theriac_core::Result<Response> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut request = Request::new(method, format!("/plant7/{path}"), query);
    request.headers.push("accept", accept);
    plant.call(&Context { grant: Arc::new(grant), ..plant.context.clone() }, request).await
}

async fn refused(plant: &Plant, method: Method, path: &str, body: &str) -> theriac_core::Error {
    plant.send(method, path, body).await.unwrap_err()
}

#[tokio::test]
async fn every_type_has_the_same_shape() {
    let plant = Plant::open().await;
    for row in TYPES {
        let (list, first) = (format!("isa95/{}", row.address), document(row.element, "A"));
        let at = format!("{list}/A");
        let created = plant.send(Post, &format!("{list}?references=report"), &first.to_string()).await;
        assert_eq!(created.unwrap()["id"], "A", "{}", row.address);
        assert_eq!(refused(&plant, Post, &list, &first.to_string()).await.status(), 409);
        let mut second = first.clone();
        second["description"] = json!("changed");
        plant.put(&format!("{at}?references=report"), &second.to_string()).await;
        let history = plant.get(&format!("{at}/_history")).await;
        let told: Vec<_> = history["versions"].as_array().unwrap().iter().map(|v| &v["action"]).collect();
        assert_eq!(told, ["update", "create"], "{}", row.address);
        assert_eq!(plant.get(&format!("{at}/_history/1")).await["description"], Value::Null);
        assert_eq!(plant.get(&list).await[row.address][0]["description"], "changed");
        plant.send(Delete, &at, "").await.unwrap();
        assert_eq!(refused(&plant, Get, &at, "").await.status(), 410);
        assert_eq!(plant.get(&list).await[row.address], json!([]));
        plant.put(&format!("{at}?references=report"), &first.to_string()).await;
        let version = plant.get(&format!("{at}/_history")).await["versions"][0]["version"].clone();
        assert_eq!(version, 4, "{}: versions go on after a removal", row.address);
    }
    assert_eq!(refused(&plant, Get, "isa95/materialLot", "").await.status(), 404);
}

#[tokio::test]
async fn a_version_is_guarded_and_given_as_it_was_at_a_moment() {
    let plant = Plant::open().await;
    plant.put("isa95/persons/P1", r#"{"id":"P1","personName":"one"}"#).await;
    plant.clock.fetch_add(60_000_000, Ordering::Relaxed);
    let put = |tag: &'static str, name: &str| {
        let body = format!("{{\"id\":\"P1\",\"personName\":\"{name}\"}}");
        let plant = &plant;
        async move { plant.send_with(Put, "isa95/persons/P1", ("if-match", tag), &body).await }
    };
    assert_eq!(put("W/\"2\"", "two").await.unwrap_err().status(), 412);
    assert_eq!(put("W/\"1\"", "two").await.unwrap().header("etag"), Some("W/\"2\""));
    let then = plant.get("isa95/persons/P1?at=2026-11-20T08:00:30Z").await;
    assert_eq!(
        (then["personName"].as_str(), plant.get("isa95/persons/P1").await["personName"].as_str()),
        (Some("one"), Some("two"))
    );
    assert_eq!(refused(&plant, Get, "isa95/persons/P1?at=2026-11-20T07:00:00Z", "").await.status(), 404);
}

#[tokio::test]
async fn records_are_found_by_what_they_say() {
    let plant = Plant::open().await;
    plant.put("isa95/equipment/basel", r#"{"id":"basel","equipmentLevel":"Site"}"#).await;
    plant.put("isa95/materialClasses/API", r#"{"id":"API"}"#).await;
    plant.put("isa95/materialDefinitions/D1", r#"{"id":"D1","materialClassID":["API"]}"#).await;
    for (id, potency, status, until) in [
        ("L1", "99.5", "Valid", "2026-12-31"),
        ("L2", "98", "Blocked", "2026-12-31"),
        ("L3", "100.1", "Valid", "2026-06-30"),
    ] {
        let lot = json!({
            "id": id, "materialDefinitionID": "D1", "status": status, "effectiveEndDate": format!("{until}T00:00:00Z"),
            "hierarchyScope": {"equipmentID": "basel", "equipmentLevel": "Site"},
            "properties": [{"id": "potency", "value": [{"valueString": potency, "dataType": "decimal"}]}],
        });
        plant.put(&format!("isa95/materialLots/{id}"), &lot.to_string()).await;
    }
    for (query, expected) in [
        ("", "L1 L2 L3"),
        ("?id=L3,L1", "L1 L3"),
        ("?definition=D1&status=Valid", "L1 L3"),
        ("?definition=D2", ""),
        ("?property=potency%3E%3D99", "L1 L3"),
        ("?property=potency%3D98", "L2"),
        ("?property=purity", ""),
        ("?effective=2026-07-01T00:00:00Z", "L1 L2"),
        ("?hierarchyScope=basel&property=potency%3C99", "L2"),
        ("?equipment=basel", "L1 L2 L3"),
    ] {
        let page = plant.get(&format!("isa95/materialLots{query}")).await;
        let ids: Vec<_> = page["materialLots"].as_array().unwrap().iter().map(|l| l["id"].as_str().unwrap()).collect();
        assert_eq!(ids.join(" "), expected, "{query}");
    }
    assert_eq!(plant.get("isa95/materialDefinitions?class=API").await["materialDefinitions"][0]["id"], "D1");
    let page = plant.get("isa95/materialLots?count=2").await;
    let next = page["next"].as_str().unwrap();
    assert_eq!(plant.get(&format!("isa95/materialLots?count=2&from={next}")).await["materialLots"][0]["id"], "L3");
    let other = refused(&plant, Get, &format!("isa95/materialLots?status=Valid&from={next}"), "").await;
    assert!(other.status() == 400 && other.message.contains("cursor"), "{other}");
}

#[tokio::test]
async fn a_reference_to_nothing_is_refused_or_reported() {
    let plant = Plant::open().await;
    let lot = r#"{"id":"L1","materialDefinitionID":"D1","testSpecificationID":["T1"]}"#;
    let error = refused(&plant, Put, "isa95/materialLots/L1", lot).await;
    let places: Vec<_> = error.issues.iter().map(|issue| issue.path.as_str()).collect();
    assert_eq!((error.status(), places), (422, vec!["materialDefinitionID", "testSpecificationID[0]"]));
    let mut request = Request::new(Put, "/plant7/isa95/materialLots/L1", "references=report");
    request.body = lot.into();
    let response = plant.call(&plant.context, request).await.unwrap();
    assert_eq!(response.header("x-dangling-references"), Some("2; materialDefinitionID, testSpecificationID[0]"));
    let report = plant.get("isa95/danglingReferences?count=1").await;
    let expected =
        json!({"record": "materialLots/L1", "path": "materialDefinitionID", "target": "materialDefinitions/D1"});
    assert_eq!(report["danglingReferences"], json!([expected]));
    let next = report["next"].as_str().unwrap();
    let rest = plant.get(&format!("isa95/danglingReferences?from={next}")).await;
    assert_eq!(rest["danglingReferences"][0]["path"], "testSpecificationID[0]");
    plant.put("isa95/materialDefinitions/D1", r#"{"id":"D1"}"#).await;
    assert_eq!(plant.get("isa95/danglingReferences").await["danglingReferences"].as_array().unwrap().len(), 1);
    let held = refused(&plant, Delete, "isa95/materialDefinitions/D1", "").await;
    assert!(held.status() == 409 && held.message.contains("materialLots/L1"), "{held}");
}

#[tokio::test]
async fn a_site_sees_its_own_records_wherever_they_move() {
    let plant = Plant::open().await;
    for (id, level, parent) in [
        ("acme", "Enterprise", Value::Null),
        ("basel", "Site", json!("acme")),
        ("visp", "Site", json!("acme")),
        ("solids", "Area", json!("basel")),
    ] {
        let body = json!({"id": id, "equipmentLevel": level, "parent": parent});
        plant.put(&format!("isa95/equipment/{id}"), &body.to_string()).await;
    }
    let scope = r#""hierarchyScope":{"equipmentID":"solids","equipmentLevel":"Area"}"#;
    plant.put("isa95/materialLots/A", &format!("{{\"id\":\"A\",{scope}}}")).await;
    plant.put("isa95/materialLots/B", &format!("{{\"id\":\"B\",{scope},\"assemblyLot\":[{{\"id\":\"A\"}}]}}")).await;
    let operator = |site: &str| {
        let mut grant = Grant::new(Role::Operator, "op", "plant7");
        grant.site = Some(site.to_owned());
        grant
    };
    let paths = [
        "isa95/materialLots/A",
        "isa95/materialLots/A/_history",
        "isa95/materialLots/A/_history/1",
        "isa95/materialLots/A/$genealogy",
    ];
    let seen = async |site: &'static str| {
        let mut out = Vec::new();
        for path in paths {
            out.push(as_of(&plant, operator(site), Get, path, "*/*").await.map_or_else(|e| e.status(), |a| a.status));
        }
        let list = as_of(&plant, operator(site), Get, "isa95/materialLots", "*/*").await.unwrap();
        let list: Value = serde_json::from_slice(list.body.bytes().unwrap()).unwrap();
        (out, list["materialLots"].as_array().unwrap().len())
    };
    assert_eq!(seen("basel").await, (vec![200; 4], 2));
    assert_eq!(seen("visp").await, (vec![404; 4], 0));
    plant.put("isa95/equipment/solids", r#"{"id":"solids","equipmentLevel":"Area","parent":"visp"}"#).await;
    assert_eq!(seen("basel").await, (vec![404; 4], 0));
    assert_eq!(seen("visp").await, (vec![200; 4], 2));
}

#[tokio::test]
async fn genealogy_goes_forwards_and_backwards_through_work_and_assemblies() {
    let plant = Plant::open().await;
    for lot in ["A", "B", "C", "PACK"] {
        plant.put(&format!("isa95/materialLots/{lot}"), &format!("{{\"id\":\"{lot}\"}}")).await;
    }
    let job = |id: &str, from: &str, to: &str| {
        json!({"id": id, "materialActual": [
            {"id": "1", "materialLotID": [from], "materialUse": "Consumed", "quantity": [{"quantityString": "2.50", "unitOfMeasure": "kg"}]},
            {"id": "2", "materialLotID": [to], "materialUse": "Produced"}]})
        .to_string()
    };
    plant.put("isa95/jobResponses/J1", &job("J1", "A", "B")).await;
    plant.put("isa95/jobResponses/J2", &job("J2", "B", "C")).await;
    plant
        .put(
            "isa95/materialLots/PACK",
            r#"{"id":"PACK","assemblyLot":[{"id":"C"}],"materialSubLot":[{"id":"PACK.1"}]}"#,
        )
        .await;
    let nodes = async |path: &str| {
        let answer = plant.get(path).await;
        let nodes = answer["nodes"].as_array().unwrap();
        nodes.iter().map(|n| n["node"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    let down = "materialLots/A jobResponses/J1 materialLots/B jobResponses/J2 materialLots/C materialLots/PACK materialSubLots/PACK.1";
    assert_eq!(nodes("isa95/materialLots/A/$genealogy").await, down);
    let up = "materialLots/PACK materialLots/C jobResponses/J2 materialLots/B jobResponses/J1 materialLots/A";
    assert_eq!(nodes("isa95/materialLots/PACK/$genealogy?direction=up").await, up);
    assert_eq!(nodes("isa95/materialLots/A/$genealogy?depth=2").await, "materialLots/A jobResponses/J1 materialLots/B");
    let edge = &plant.get("isa95/materialLots/A/$genealogy?depth=1").await["edges"][0];
    assert_eq!(
        (&edge["kind"], &edge["quantity"], &edge["record"]),
        (&json!("consumption"), &json!("2.50"), &json!("jobResponses/J1"))
    );
    // A rework makes a loop; it is walked once.
    plant.put("isa95/jobResponses/J3", &job("J3", "C", "A")).await;
    assert!(nodes("isa95/materialLots/A/$genealogy").await.contains("jobResponses/J3"));
    plant.send(Delete, "isa95/jobResponses/J1", "").await.unwrap();
    assert_eq!(nodes("isa95/materialLots/A/$genealogy").await, "materialLots/A");
}

#[tokio::test]
async fn a_job_order_goes_through_its_states_by_methods_alone() {
    let plant = Plant::open().await;
    let call = async |path: &str, body: &str| {
        let mut request = Request::new(Post, format!("/plant7/isa95/jobOrders/{path}"), "");
        request.body = body.to_owned().into();
        let response = plant.call(&plant.context, request).await.unwrap();
        let body: Value = serde_json::from_slice(response.body.bytes().unwrap()).unwrap();
        (
            response.status,
            body["returnStatus"].as_u64().unwrap(),
            body["state"]["stateText"].as_str().unwrap_or("").to_owned(),
        )
    };
    let order = r#"{"jobOrder":{"id":"O1","priority":5},"comment":[{"locale":"en","text":"rush"}]}"#;
    assert_eq!(call("$store", order).await, (201, 1, "NotAllowedToStart".into()));
    assert_eq!(call("$store", order).await.1, 16);
    assert_eq!(call("O1/$pause", "").await, (409, 8, String::new()));
    assert_eq!(call("O9/$start", "").await.1, 2);
    assert_eq!(call("O1/$start", "{\"x\":1}").await.1, 1 << 32);
    assert_eq!(call("O1/$advance", r#"{"substate":"Ready"}"#).await.1, 1);
    for (word, body, state) in [
        ("start", "", "AllowedToStart"),
        ("revokeStart", "", "NotAllowedToStart"),
        ("start", "", "AllowedToStart"),
        ("advance", r#"{"state":"Running"}"#, "Running"),
        ("pause", "", "Interrupted"),
        ("resume", "", "Running"),
        ("stop", "", "Ended"),
    ] {
        assert_eq!(call(&format!("O1/${word}"), body).await, (200, 1, state.to_owned()), "{word}");
    }
    let stored = plant.get("isa95/jobOrders/O1").await;
    assert_eq!(
        stored["state"],
        json!({"stateText": "Ended", "stateNumber": 5, "substateText": "Completed", "substateNumber": 1})
    );
    assert_eq!(refused(&plant, Put, "isa95/jobOrders/O1", r#"{"id":"O1","priority":6}"#).await.status(), 409);
    assert_eq!(plant.get("isa95/jobOrders?status=Ended").await["jobOrders"][0]["id"], "O1");
    let answer = plant.get("isa95/jobOrders/O1/$requestJobResponse").await;
    assert_eq!(answer["jobResponses"][0]["jobState"], "Completed");
    assert_eq!(
        plant.get("isa95/jobOrders/$requestJobResponse?state=Ended").await["jobResponses"].as_array().unwrap().len(),
        1
    );
    assert_eq!(call("O1/$clear", "").await.1, 1);
    assert_eq!(call("O1/$clear", "").await.1, 2);
    let actions: Vec<String> = plant.topic("isa95.jobOrders").await.iter().map(|r| r.action.clone()).collect();
    assert_eq!(
        actions,
        ["store", "advance", "start", "revokeStart", "start", "advance", "pause", "resume", "stop", "clear"]
    );
}

#[tokio::test]
async fn b2mml_goes_in_and_out_on_the_same_addresses() {
    let plant = Plant::open().await;
    let line = r#"<Equipment xmlns="http://www.mesa.org/xml/B2MML"><ID>solids</ID><EquipmentLevel>Area</EquipmentLevel>
        <EquipmentChild><ID>line1</ID><EquipmentLevel>ProductionLine</EquipmentLevel></EquipmentChild></Equipment>"#;
    let sent = plant.send_with(Put, "isa95/equipment/solids", ("content-type", "application/xml"), line).await.unwrap();
    assert_eq!(sent.status, 201);
    assert_eq!(plant.get("isa95/equipment/line1").await["parent"], "solids");
    let mut grant = (*plant.context.grant).clone();
    grant.subject = "reader".into();
    let get = async |path: &str, accept: &str| {
        let answer = as_of(&plant, grant.clone(), Get, path, accept).await.unwrap();
        (answer.status, String::from_utf8(answer.body.bytes().map(|b| b.to_vec()).unwrap_or_default()).unwrap())
    };
    let (_, xml) = get("isa95/equipment/line1", "application/xml").await;
    assert!(
        xml.contains("<Equipment xmlns=\"http://www.mesa.org/xml/B2MML\"") && xml.contains("<ID>line1</ID>"),
        "{xml}"
    );
    let (_, json) = get("isa95/equipment/line1", "application/vnd.b2mml+json").await;
    assert_eq!(json, r#"{"Equipment":{"ID":{"$":"line1"},"EquipmentLevel":{"$":"ProductionLine"}}}"#);
    let (_, show) = get("isa95/equipment", "text/xml").await;
    assert!(show.contains("<ShowEquipment ") && show.contains("<Show/>"), "{show}");
    assert_eq!(get("isa95/persons", "application/xml").await.0, 204, "the schema cannot show nothing");
    assert_eq!(
        as_of(&plant, grant.clone(), Get, "isa95/equipment/line1", "text/html").await.unwrap_err().status(),
        406
    );
    // What B2MML cannot say stays as it was.
    let again = r#"{"Equipment":{"ID":"line1","Description":[{"$":"Tablets"}],"EquipmentLevel":"ProductionLine"}}"#;
    plant.send(Put, "isa95/equipment/line1", again).await.unwrap();
    let line1 = plant.get("isa95/equipment/line1").await;
    assert_eq!((&line1["description"], &line1["parent"]), (&json!("Tablets"), &json!("solids")));
}

#[tokio::test]
async fn messages_do_what_their_verb_says() {
    let plant = Plant::open().await;
    let area = r#""ApplicationArea":{"CreationDateTime":"2026-11-20T08:00:00Z","BODID":"42"}"#;
    let post = async |verb: &str, noun: &str, items: &str| {
        let body =
            format!(r#"{{"{verb}{noun}":{{"@releaseID":"",{area},"DataArea":{{"{verb}":{{}},"{noun}":{items}}}}}}}"#);
        plant.send(Post, "isa95/messages", &body).await
    };
    let items = r#"[{"ID":"X","MaterialDefinition":[{"ID":"D1"}],"MaterialLot":[{"ID":"L1","MaterialDefinitionID":"D1"},{"ID":"L2"}]}]"#;
    let answer = post("Process", "MaterialInformation", items).await.unwrap();
    let carried = &answer["AcknowledgeMaterialInformation"]["DataArea"]["MaterialInformation"][0];
    assert_eq!(
        (&carried["MaterialLot"][1]["ID"]["$"], &carried["MaterialDefinition"][0]["ID"]["$"]),
        (&json!("L2"), &json!("D1"))
    );
    assert_eq!(plant.get("isa95/materialLots/L1").await["materialDefinitionID"], "D1");
    let answer = post("Change", "MaterialLot", r#"[{"ID":"L1","Status":"Valid"}]"#).await.unwrap();
    assert_eq!(answer["RespondMaterialLot"]["DataArea"]["MaterialLot"][0]["Status"]["$"], "Valid");
    assert_eq!(post("Change", "MaterialLot", r#"[{"ID":"L9"}]"#).await.unwrap_err().status(), 404);
    let both = r#"[{"ID":"L3"},{"ID":"L4","MaterialDefinitionID":"nothing"}]"#;
    assert_eq!(post("Sync", "MaterialLot", both).await.unwrap_err().status(), 422);
    assert_eq!(refused(&plant, Get, "isa95/materialLots/L3", "").await.status(), 404, "all or nothing");
    let answer = post("Sync", "MaterialLot", r#"[{"ID":"L3"}]"#).await.unwrap();
    assert_eq!(answer["ConfirmBOD"]["DataArea"]["BOD"][0]["OriginalApplicationArea"]["BODID"]["$"], "42");
    let shown = post("Get", "MaterialLot", r#"[{"ID":"L3"},{"ID":"L1"}]"#).await.unwrap();
    assert_eq!(shown["ShowMaterialLot"]["DataArea"]["MaterialLot"].as_array().unwrap().len(), 2);
    post("Cancel", "MaterialLot", r#"[{"ID":"L2"},{"ID":"L3"}]"#).await.unwrap();
    assert_eq!(refused(&plant, Get, "isa95/materialLots/L3", "").await.status(), 410);
    for (verb, noun, items, word) in [
        ("Show", "MaterialLot", r#"[{"ID":"L1"}]"#, "is an answer"),
        ("Sync", "MaterialLot", r#"[{"ID":"L1","Staus":"x"}]"#, "did you mean"),
        ("Sync", "MaterialLot", "[]", "holds nothing"),
        ("Sync", "MaterialLot", r#"[{"ID":"L5"},{"ID":"L5"}]"#, "twice"),
        (
            "Sync",
            "ErrorMessage",
            r#"[{"ThrownFrom":"x","TimeStamp":"2026-01-01T00:00:00Z","ErrorType":"Other"}]"#,
            "no records",
        ),
    ] {
        let error = post(verb, noun, items).await.unwrap_err();
        assert!(error.to_string().contains(word) && error.status() < 500, "{word}: {error}");
    }
    assert!(kind("MaterialLotType").is_some());
}
