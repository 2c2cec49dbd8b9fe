//! Index rows made anew.

use super::House;
use super::agreement::{expected, parse};
use super::population::{Dice, resources};
use crate::kind;
use crate::policy::Visible;
use crate::reindex;
use crate::store::search::keys;
use theriac_access::Interaction;
use theriac_platform::db::{Engine, Statement, Unit};

/// What an earlier program left: no rows, and the mark that says so.
async fn spoil(house: &House) {
    let db = &house.context.db;
    let mut unit = Unit::new();
    let tables: &[&str] = match house.engine() {
        Engine::Sqlite => &["fhir_token", "fhir_date", "fhir_number", "fhir_string", "fhir_place", "fhir_text"],
        Engine::Postgres => &["fhir_date", "fhir_number", "fhir_string", "fhir_place", "fhir_text"],
    };
    for table in tables {
        unit.push(Statement::new("spoil", format!("DELETE FROM {table} WHERE tenant_id = $1"), vec![db.tenant()]));
    }
    let tokens = if house.engine() == Engine::Postgres { "'{}'" } else { "x''" };
    let all = format!("UPDATE fhir_resource SET tokens = {tokens} WHERE tenant_id = $1 AND deleted = 0");
    unit.push(Statement::new("spoil", all, vec![db.tenant()]));
    let mark = "INSERT INTO fhir_generation (tenant_id, generation, type, key) VALUES ($1, 1, 0, 0)";
    unit.push(Statement::new("spoil", mark, vec![db.tenant()]));
    db.commit(unit).await.unwrap();
}

const QUERIES: &[(&str, &str)] = &[
    ("Observation", "code=a"),
    ("Observation", "combo-value-quantity=gt1"),
    ("Observation", "component-code-value-quantity=a$gt1"),
    ("Observation", "code:text=ash"),
    ("Observation", "date=gt1900"),
    ("Location", "near=0|0|9000|km"),
    ("Patient", "name=ash"),
    ("Observation", "performer:Practitioner.family=ash"),
    ("Encounter", "location:below=l1,l2,l3,l4,l5"),
];

#[tokio::test]
async fn rows_made_anew_find_what_they_found_before() {
    for mut house in House::each().await {
        // More than one batch.
        house.put(&resources(&mut Dice(21), 300)).await;
        house.delete("Patient", "p3").await;
        spoil(&house).await;
        assert!(found(&house, "Observation", "code=a").await.is_empty());
        let count = reindex::bring_up(&house.context).await.unwrap();
        assert_eq!(count, house.all.len() as u64);
        for (name, text) in QUERIES {
            let criteria = parse(name, text).criteria;
            let wanted = expected(&house.all, &Visible::All, name, &criteria);
            assert!(!wanted.is_empty(), "{name}?{text}");
            assert_eq!(found(&house, name, text).await, wanted, "{:?} {name}?{text}", house.engine());
        }
        assert_eq!(reindex::bring_up(&house.context).await.unwrap(), 0, "nothing is left to do");
    }
}

async fn found(house: &House, name: &str, text: &str) -> Vec<String> {
    let found =
        keys(&house.context, Interaction::Search, kind::find(name).unwrap(), &parse(name, text).criteria, 1_000)
            .await
            .unwrap();
    found.into_iter().map(|(_, id, _)| id).collect()
}
