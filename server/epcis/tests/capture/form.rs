//! Documents in XML in, answers in every form and spelling out.

use crate::house::{House, document};
use crate::{BOTTLE, BOTTLE_LINK, object, with};
use serde_json::json;
use std::path::Path;

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
}

async fn text(house: &House, address: &str, headers: &[(&str, &str)]) -> String {
    let reply = house.get_with(address, headers).await;
    let text = String::from_utf8(reply.body).unwrap();
    assert_eq!(reply.status, 200, "{text}");
    text
}

#[tokio::test]
async fn a_shipment_in_1_2_is_captured_and_comes_back_in_every_form() {
    let house = House::new().await;
    let job = house.capture_xml(fixture("openepcis-xml/GS1_US_Pharma_Example_2_2_1_1.xml"), "rollback").await;
    assert_eq!(job["success"], true, "{job}");
    let ids = house.get("/events?perPage=100").await.ids();
    assert_eq!(ids.len(), 8);
    let item = house.get("/items/urn%3Aepc%3Aid%3Asgtin%3A030001.0012345.11").await.json();
    assert_eq!((&item["state"], &item["lot"]), (&json!("shipped"), &json!("A123")));
    for version in ["1.2", "2.0"] {
        let headers =
            [("accept", "application/xml"), ("gs1-epcis-version", version), ("gs1-epc-format", "Never_Translates")];
        let text = text(&house, "/events?perPage=100", &headers).await;
        assert!(text.contains(&format!("schemaVersion=\"{version}\"")), "{text}");
        // What came out can go in again, and is the same.
        let again = house.neighbour().await;
        assert_eq!(again.capture_xml(text, "rollback").await["success"], true);
        assert_eq!(again.get("/events?perPage=100").await.ids(), ids, "{version}");
    }
}

#[tokio::test]
async fn identifiers_are_answered_in_the_spelling_asked_for() {
    let house = House::new().await;
    let own = with(object(1, "ADD", "urn:epcglobal:cbv:bizstep:commissioning", &[BOTTLE]), "eventID", "urn:uuid:1");
    house.capture(document(&[own, object(2, "OBSERVE", "packing", &[BOTTLE_LINK])]), "rollback").await;
    let house = &house;
    let urns_of = |format: &'static str| async move {
        text(house, "/events", &[("gs1-epc-format", format)]).await.matches(BOTTLE).count()
    };
    assert_eq!(urns_of("Always_GS1_Digital_Link").await, 0);
    assert_eq!(urns_of("Never_Translates").await, 1);
    assert_eq!(urns_of("Always_EPC_URN").await, 1, "no prefix is registered");
    assert_eq!(text(house, "/events", &[]).await.matches(BOTTLE_LINK).count(), 2, "the default");
    let reply = house.get_with("/events", &[("gs1-epc-format", "always")]).await;
    assert_eq!(reply.status, 406);
}

#[tokio::test]
async fn words_are_answered_in_the_spelling_asked_for() {
    let house = House::new().await;
    let event = object(1, "ADD", "urn:epcglobal:cbv:bizstep:commissioning", &[BOTTLE]);
    house.capture(document(&[with(event, "disposition", "https://ref.gs1.org/cbv/Disp-active")]), "rollback").await;
    let xml = |format: &'static str| {
        let house = &house;
        async move {
            let headers = [("accept", "text/xml"), ("gs1-cbv-xml-format", format)];
            text(house, "/events", &headers).await
        }
    };
    for (format, step, disposition) in [
        ("No_Preference", "urn:epcglobal:cbv:bizstep:commissioning", "urn:epcglobal:cbv:disp:active"),
        ("Always_URN", "urn:epcglobal:cbv:bizstep:commissioning", "urn:epcglobal:cbv:disp:active"),
        ("Always_Web_URI", "https://ref.gs1.org/cbv/BizStep-commissioning", "https://ref.gs1.org/cbv/Disp-active"),
        ("Never_Translates", "urn:epcglobal:cbv:bizstep:commissioning", "https://ref.gs1.org/cbv/Disp-active"),
    ] {
        let text = xml(format).await;
        let wanted = format!("<bizStep>{step}</bizStep><disposition>{disposition}</disposition>");
        assert!(text.contains(&wanted), "{format}: {text}");
    }
    let json = text(&house, "/events", &[]).await;
    assert!(json.contains(r#""bizStep":"commissioning""#) && json.contains(r#""disposition":"active""#), "{json}");
}

#[tokio::test]
async fn what_is_not_spoken_is_refused_in_the_form_asked_for() {
    let house = House::new().await;
    assert_eq!(house.get_with("/events", &[("accept", "text/html")]).await.status, 406);
    let reply = house.get_with("/events", &[("gs1-epcis-version", "1.2")]).await;
    assert_eq!(reply.status, 406);
    assert!(reply.json()["detail"].as_str().unwrap().contains("no JSON binding"));
    let reply = house.get_with("/events?nonsense=1", &[("accept", "application/xml")]).await;
    let text = String::from_utf8(reply.body.clone()).unwrap();
    assert_eq!((reply.status, reply.header("content-type")), (400, "application/problem+xml"));
    assert!(text.contains("<type>epcisException:QueryParameterException</type>"), "{text}");
    let items = house.get_with("/items/urn%3Ax%3Ay", &[("accept", "application/xml")]).await;
    assert_eq!(items.status, 404);
}

#[tokio::test]
async fn one_event_in_xml_is_stored_at_once_and_jobs_are_told_in_xml() {
    let house = House::new().await;
    let event = "<e:ObjectEvent xmlns:e='urn:epcglobal:epcis:xsd:2'><eventTime>2026-11-20T08:00:00Z</eventTime>\
        <eventTimeZoneOffset>+00:00</eventTimeZoneOffset><epcList><epc>urn:epc:id:sgtin:4012345.011111.98</epc></epcList>\
        <action>ADD</action></e:ObjectEvent>";
    let headers = [("content-type", "application/xml")];
    let reply = house.post_as(&house.context, "/events", event, &headers).await;
    assert_eq!(reply.status, 201, "{}", String::from_utf8_lossy(&reply.body));
    let latin = [("content-type", "application/xml; charset=latin1")];
    assert_eq!(house.post_as(&house.context, "/events", event, &latin).await.status, 415);
    assert_eq!(house.post_as(&house.context, "/capture", &event[..80], &headers).await.status, 400);
    let job = house.capture_xml(event, "rollback").await;
    assert_eq!(job["success"], true, "the same event again: {job}");
    let address = format!("/capture/{}", job["captureID"].as_str().unwrap());
    let told = text(&house, &address, &[("accept", "application/xml")]).await;
    assert!(told.contains("running=\"false\" success=\"true\"") && told.contains("<captureErrorBehaviour>rollback<"));
    assert!(text(&house, "/capture", &[("accept", "application/xml")]).await.contains("<epcis:EPCISCaptureJobList"));
    assert!(text(&house, "/bizSteps", &[("accept", "application/xml")]).await.contains("<member>accepting</member>"));
}

#[tokio::test]
async fn faults_of_events_in_xml_are_told_by_place_and_the_others_proceed() {
    let house = House::new().await;
    let event = |inner: &str| {
        format!(
            "<ObjectEvent>\n<eventTime>2026-11-20T08:00:00Z</eventTime><eventTimeZoneOffset>+00:00</eventTimeZoneOffset>\
             <epcList><epc>urn:epc:id:sgtin:4012345.011111.98</epc></epcList>{inner}</ObjectEvent>"
        )
    };
    let whole = format!(
        "<e:EPCISDocument xmlns:e='urn:epcglobal:epcis:xsd:2' schemaVersion='2.0' creationDate='2026-11-20T08:00:00Z'>\
         <EPCISBody><EventList>{}{}</EventList></EPCISBody></e:EPCISDocument>",
        event("<action>ADD</action>"),
        event("<action>EAT</action>"),
    );
    let job = house.capture_xml(whole, "proceed").await;
    assert_eq!(job["errors"][0]["instance"], "$.epcisBody.eventList[1].action");
    assert_eq!(house.get("/events").await.ids().len(), 1);
}
