//! Equipment one by one: `PUT`, `GET` and `DELETE /{tenant}/isa95/equipment/{id}`, with versions as ETags (RFC 9110, 8.8).
//!
//! A change of place moves everything below to the new site; the properties follow the equipment.

use crate::catalogue::Known;
use crate::equipment::{Equipment, Place, check_child, check_place, site_of, valid_equipment_id};
use crate::service::{EQUIPMENT, Isa95};
use crate::store;
use crate::store::equipment::Stored;
use std::collections::HashMap;
use theriac_access::label;
use theriac_core::hash::sha256;
use theriac_core::{Code, Error, Issue, Result};
use theriac_ledger::Entry;
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

/// Place and site of every piece of equipment.
type Plant = HashMap<String, (Place, Option<String>)>;

pub(crate) async fn read(_: Isa95, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let stored = visible(&context, request.param("id")).await?;
    Ok(answer(200, &stored))
}

pub(crate) async fn put(isa95: Isa95, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let equipment = parse(&request)?;
    let before = store::equipment::find(&context.db, &equipment.id).await?;
    request.check_version(before.as_ref().map(|stored| stored.version))?;
    let document = serde_json::to_string(&equipment).map_err(Error::internal)?;
    if let Some(same) = before.as_ref().filter(|stored| stored.document == document) {
        return Ok(answer(200, same));
    }
    let plant = store::equipment::places(&context.db).await?;
    let place = |id: &str| plant.get(id).map(|(place, _)| place.clone());
    check_place(&equipment, place)?;
    check_children(&equipment, &plant)?;
    let stored = Stored {
        tenant_id: i64::from(context.db.tenant_key()),
        id: equipment.id.clone(),
        version: before.as_ref().map_or(1, |b| b.version + 1),
        updated: context.now().0,
        level: equipment.equipment_level.name().to_owned(),
        parent: equipment.parent.clone(),
        site: site_with(&equipment.id, &equipment, &plant),
        document,
    };
    let unit = unit_of(&context, &equipment, &stored, &plant)?;
    context.db.commit(unit).await.map_err(raced)?;
    isa95.catalogue.forget(&context.db);
    Ok(answer(if stored.version == 1 { 201 } else { 200 }, &stored))
}

fn parse(request: &Request) -> Result<Equipment> {
    let equipment = Equipment::parse(&request.body)?;
    let id = request.param("id");
    if equipment.id == id && valid_equipment_id(id) {
        return Ok(equipment);
    }
    let message = format!("the body is of {:?}, the address of {id:?}; they must be the same", equipment.id);
    Err(Error::from_issues(vec![Issue::new(Code::Invalid, "id", message)]))
}

/// A new level must still be able to hold what is part of it.
fn check_children(equipment: &Equipment, plant: &Plant) -> Result<()> {
    let children = plant.iter().filter(|(_, (place, _))| place.parent.as_ref() == Some(&equipment.id));
    for (child, (place, _)) in children {
        check_child(&equipment.id, equipment.equipment_level, child, place.level)
            .map_err(|e| Error::new(Code::Unprocessable, e.message).at("equipmentLevel"))?;
    }
    Ok(())
}

/// The site of `id` once the equipment stands in its new place.
fn site_with(id: &str, equipment: &Equipment, plant: &Plant) -> Option<String> {
    let new = Place { level: equipment.equipment_level, parent: equipment.parent.clone() };
    site_of(id, |at| if at == equipment.id { Some(new.clone()) } else { plant.get(at).map(|(place, _)| place.clone()) })
}

fn unit_of(context: &Context, equipment: &Equipment, stored: &Stored, plant: &Plant) -> Result<Unit> {
    let (db, mut unit) = (&context.db, Unit::new());
    unit.push(store::equipment::put(db, stored.clone())?);
    if let Some((parent, (place, _))) = equipment.parent.as_ref().and_then(|p| plant.get_key_value(p)) {
        unit.push(store::equipment::hold_parent(db, parent, place));
    }
    let mut moved = Vec::new();
    for (id, (_, before)) in plant.iter().filter(|(id, _)| **id != equipment.id) {
        let after = site_with(id, equipment, plant);
        if after != *before {
            moved.push((id.clone(), after.unwrap_or_default()));
        }
    }
    if !moved.is_empty() {
        let (ids, sites): (Vec<String>, Vec<String>) = moved.into_iter().unzip();
        unit.push(store::equipment::set_sites(db, ids.clone(), sites.clone()));
        unit.push(store::property::set_sites(db, ids, sites));
    }
    unit.push(store::property::retire(db, &equipment.id));
    if !equipment.properties.is_empty() {
        let properties = properties(context, equipment);
        unit.push(store::property::put(db, &equipment.id, stored.site.as_deref(), &properties));
    }
    let action = if stored.version == 1 { "create" } else { "update" };
    theriac_ledger::record(&mut unit, context, &[entry(stored, action)?])?;
    Ok(unit)
}

fn properties(context: &Context, equipment: &Equipment) -> Vec<Known> {
    let addressed = equipment.addresses().zip(&equipment.properties);
    let known = addressed.map(|(address, property)| Known {
        address,
        key: context.key(),
        site: None,
        unit: property.unit.clone(),
        limits: property.limits.unwrap_or_default(),
        watched: true,
    });
    known.collect()
}

fn entry(stored: &Stored, action: &'static str) -> Result<Entry> {
    Ok(Entry {
        topic: EQUIPMENT.to_owned(),
        action,
        subject: format!("equipment/{}", stored.id),
        version: stored.version,
        hash: Some(sha256(stored.document.as_bytes())),
        labels: labels(stored),
        data: Some(serde_json::from_str(&stored.document).map_err(Error::internal)?),
    })
}

pub(crate) async fn delete(isa95: Isa95, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let stored = visible(&context, request.param("id")).await?;
    request.check_version(Some(stored.version))?;
    let plant = store::equipment::places(&context.db).await?;
    if let Some((child, _)) = plant.iter().find(|(_, (place, _))| place.parent.as_ref() == Some(&stored.id)) {
        return Err(Error::conflict(format!("{child} is part of {}; remove what is part of it first", stored.id)));
    }
    let mut unit = Unit::new();
    unit.push(store::equipment::delete(&context.db, &stored.id, stored.version));
    unit.push(store::property::retire(&context.db, &stored.id));
    let gone = Stored { version: stored.version + 1, ..stored };
    theriac_ledger::record(&mut unit, &context, &[Entry { hash: None, data: None, ..entry(&gone, "delete")? }])?;
    context.db.commit(unit).await.map_err(raced)?;
    isa95.catalogue.forget(&context.db);
    Ok(Response::new(204))
}

fn raced(error: Error) -> Error {
    match error.guard {
        Some("isa95_equipment" | "isa95_parent") => {
            Error::conflict("the equipment or its parent was changed at the same moment; read it again and repeat")
        }
        _ => error,
    }
}

fn labels(stored: &Stored) -> Vec<String> {
    stored.site.iter().map(|site| label::site(site)).collect()
}

async fn visible(context: &Context, id: &str) -> Result<Stored> {
    let found = store::equipment::find(&context.db, id).await?.filter(|stored| context.grant.sees(&labels(stored)));
    found.ok_or_else(|| Error::not_found("equipment", id))
}

fn answer(status: u16, stored: &Stored) -> Response {
    Response::new(status)
        .with("content-type", "application/json")
        .with("etag", format!("W/\"{}\"", stored.version))
        .body(stored.document.clone())
}
