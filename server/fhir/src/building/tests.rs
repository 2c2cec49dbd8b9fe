//! A parameter comes, changes and goes while resources are there, on both engines.

use super::*;
use crate::interaction::search;
use crate::parameters::PATIENCE_US;
use crate::service::Fhir;
use crate::store::search::tests::House;
use crate::store::write;
use theriac_platform::Cursors;
use theriac_platform::http::{Body, Method, Request};

fn parameter(expression: &str, status: &str) -> String {
    format!(
        r#"{{"resourceType":"SearchParameter","id":"hair","url":"http://example.org/hair","name":"hair","description":"d","status":"{status}","code":"hair","base":["Patient"],"type":"string","expression":"{expression}"}}"#
    )
}

fn patient(id: &str, hair: &str) -> String {
    format!(
        r#"{{"resourceType":"Patient","id":"{id}","extension":[{{"url":"http://example.org/hair","valueString":"{hair}"}}]}}"#
    )
}

const HAIR: &str = "Patient.extension('http://example.org/hair').value";

async fn find(context: &Context, query: &str) -> Result<usize> {
    Parameters::refresh(context).await?;
    let mut request = Request::new(Method::Get, "/", query);
    request.params.push(("type", "Patient".to_owned()));
    let answer = search::handle(Fhir::new(Cursors::new(b"secret")), context.clone(), request).await?;
    let Body::Bytes(bytes) = answer.body else { panic!("{:?}", answer.body) };
    let bundle: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    Ok(bundle["entry"].as_array().map_or(0, Vec::len))
}

/// As the worker does, to its end.
async fn build(context: &Context) {
    reconcile(context).await.unwrap();
    while step(context).await.unwrap() == Step::More {}
}

#[tokio::test]
async fn a_parameter_is_searched_by_when_its_index_is_whole() {
    for mut house in House::each().await {
        house
            .put(
                &(0..450)
                    .map(|i| patient(&format!("p{i}"), if i % 9 == 0 { "red" } else { "brown" }))
                    .collect::<Vec<_>>(),
            )
            .await;
        assert_eq!(find(&house.context, "hair=red").await.unwrap_err().status(), 400, "nobody knows it");
        house.put(&[parameter(HAIR, "active")]).await;
        reconcile(&house.context).await.unwrap();
        let building = progress(&house.context).await.unwrap().remove(0);
        let state = &building.resource_types["Patient"];
        assert_eq!((state.own.ready, state.done, state.total), (false, 0, 450));
        assert_eq!(find(&house.context, "hair=red").await.unwrap_err().status(), 400, "not yet");
        Parameters::refresh(&house.context).await.unwrap();
        house.put(&[patient("new", "red")]).await;
        while progress(&house.context).await.unwrap()[0].resource_types["Patient"].done == 0 {
            assert_eq!(step(&house.context).await.unwrap(), Step::More);
        }
        // The worker dies, and another process goes on from the mark.
        build(&house.elsewhere().await).await;
        tokio::time::sleep(Duration::from_micros(PATIENCE_US as u64 + 50_000)).await;
        assert_eq!(
            find(&house.context, "hair=red&_count=100").await.unwrap(),
            51,
            "those before and the one meanwhile"
        );
        assert_eq!(find(&house.context, "hair:missing=false&_count=1000").await.unwrap(), 451);
        let state = progress(&house.context).await.unwrap().remove(0);
        let state = &state.resource_types["Patient"];
        assert_eq!((state.own.ready, state.done, state.finished > 0), (true, 451, true), "each once");
    }
}

#[tokio::test]
async fn a_changed_definition_serves_as_before_until_it_is_whole_and_a_gone_one_no_more() {
    for mut house in House::each().await {
        house
            .put(&[patient("a", "red"), r#"{"resourceType":"Patient","id":"b","name":[{"text":"male"}]}"#.to_owned()])
            .await;
        house.put(&[parameter(HAIR, "active")]).await;
        build(&house.context).await;
        assert_eq!(find(&house.context, "hair=red").await.unwrap(), 1);
        house.delete("SearchParameter", "hair").await;
        let changed = parameter("Patient.name.text", "active").replace("\"id\":\"hair\"", "\"id\":\"hair2\"");
        house.put(&[changed]).await;
        reconcile(&house.context).await.unwrap();
        assert_eq!(find(&house.context, "hair=red").await.unwrap(), 1, "the old index serves");
        build(&house.context).await;
        assert_eq!(find(&house.context, "hair=red").await.unwrap(), 0);
        assert_eq!(find(&house.context, "hair=male").await.unwrap(), 1);
        house.delete("SearchParameter", "hair2").await;
        build(&house.context).await;
        assert_eq!(find(&house.context, "hair=male").await.unwrap_err().status(), 400);
        assert!(progress(&house.context).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_quantity_of_resources_that_were_there_before_is_found_in_other_units() {
    for mut house in House::each().await {
        let weighed = |id: &str, grams: u32| {
            format!(
                r#"{{"resourceType":"Patient","id":"{id}","extension":[{{"url":"http://example.org/weight","valueQuantity":{{"value":{grams},"unit":"gram","system":"http://unitsofmeasure.org","code":"g"}}}}]}}"#
            )
        };
        house.put(&[weighed("light", 900), weighed("heavy", 9_000)]).await;
        let expression = "Patient.extension('http://example.org/weight').value";
        house.put(&[parameter(expression, "active").replace("\"string\"", "\"quantity\"")]).await;
        build(&house.context).await;
        tokio::time::sleep(Duration::from_micros(PATIENCE_US as u64 + 50_000)).await;
        assert_eq!(find(&house.context, "hair=gt1|http://unitsofmeasure.org|kg").await.unwrap(), 1);
        assert_eq!(find(&house.context, "hair=900||gram").await.unwrap(), 1);
    }
}

/// Of a token and a string, and of a token and a quantity: what was there before is found, once, and in one repetition.
#[tokio::test]
async fn a_composite_comes_while_resources_are_there() {
    for mut house in House::each().await {
        let contact = |id: &str, family: &str, gender: &str| {
            format!(
                r#"{{"resourceType":"Patient","id":"{id}","contact":[{{"name":{{"family":"{family}"}},"gender":"{gender}"}},{{"name":{{"family":"Other"}},"gender":"other"}}]}}"#
            )
        };
        house.put(&[contact("a", "Grey", "male"), contact("b", "Grey", "female")]).await;
        let part = r#"{"resourceType":"SearchParameter","id":"family","url":"http://example.org/family","name":"f","description":"d","status":"active","code":"contact-family","base":["Patient"],"type":"string","expression":"Patient.contact.name.family"}"#;
        let who = r#"{"resourceType":"SearchParameter","id":"who","url":"http://example.org/who","name":"w","description":"d","status":"active","code":"who","base":["Patient"],"type":"composite","expression":"Patient.contact","component":[{"definition":"http://example.org/family","expression":"name.family"},{"definition":"http://hl7.org/fhir/SearchParameter/individual-gender","expression":"gender"}]}"#;
        house.put(&[part.to_owned(), who.to_owned()]).await;
        reconcile(&house.context).await.unwrap();
        Parameters::refresh(&house.context).await.unwrap();
        house.put(&[contact("c", "Grey", "male")]).await;
        build(&house.context).await;
        tokio::time::sleep(Duration::from_micros(PATIENCE_US as u64 + 50_000)).await;
        for (query, count) in
            [("who=grey$male", 2), ("who=grey$other", 0), ("who=other$other", 3), ("who:missing=false", 3)]
        {
            assert_eq!(find(&house.context, query).await.unwrap(), count, "{query}");
        }
        house.delete("Patient", "a").await;
        assert_eq!(find(&house.context, "who=grey$male").await.unwrap(), 1, "its rows went with it");
    }
}

/// A write that had read its resource before the builder added to it leaves nothing to find it by that it no longer says.
#[tokio::test]
async fn a_write_that_began_before_the_index_was_added_leaves_no_stale_token() {
    for mut house in House::each().await {
        house.put(&[patient("p", "red"), patient("q", "red")]).await;
        house.put(&[parameter(HAIR, "active").replace("\"string\"", "\"token\"")]).await;
        reconcile(&house.context).await.unwrap();
        let (context, kind) = (&house.context, kind::find("Patient").unwrap());
        let before = crate::interaction::update::standing(context, theriac_access::Interaction::Update, kind, "p")
            .await
            .unwrap()
            .unwrap();
        while progress(context).await.unwrap()[0].resource_types["Patient"].done == 0 {
            assert_eq!(step(context).await.unwrap(), Step::More);
        }
        // With nothing in common: a token of both would be a conflict, which is tried again.
        let node = json::parse(br#"{"resourceType":"Patient","id":"p"}"#).unwrap();
        let draft = crate::interaction::update::next(context, node, kind, &before).unwrap();
        let mut unit = Unit::new();
        write::change(context, &mut unit, &[write::Change { draft: &draft, from: &before }]);
        context.db.commit(unit).await.unwrap();
        build(context).await;
        tokio::time::sleep(Duration::from_micros(PATIENCE_US as u64 + 50_000)).await;
        assert_eq!(find(context, "hair=red").await.unwrap(), 1, "{:?}", house.engine());
        assert_eq!(find(context, "hair:missing=true").await.unwrap(), 1);
    }
}
