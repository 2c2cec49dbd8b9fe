//! What some types want beyond the schema: equipment stands in a hierarchy of levels and has watched properties; a
//! job order's state is moved by its methods alone.

use super::body::Body;
use super::index::member;
use super::types::{EQUIPMENT, JOB_ORDERS};
use crate::catalogue::Known;
use crate::equipment::{Equipment, EquipmentLevel, Place, check_child, check_place, site_of};
use crate::job;
use crate::store;
use crate::store::resource::Stored;
use std::collections::HashMap;
use theriac_core::json::{self, Node};
use theriac_core::{Code, Error, Issue, Result};
use theriac_platform::Context;
use theriac_platform::db::Unit;

/// The equipment hierarchy while a change is made to it.
#[derive(Default)]
pub(crate) struct Plant {
    places: HashMap<String, (Place, Option<String>)>,
    drafts: HashMap<String, Equipment>,
}

/// The document as it is to be stored.
pub(super) fn check(body: Body, before: Option<&Stored>, plant: &mut Plant) -> Result<Node<'static>> {
    let before = before.map(|stored| json::parse(stored.document.as_bytes())).transpose().map_err(Error::internal)?;
    let mut document = body.document;
    if let Some(before) = before.as_ref().filter(|_| body.partial) {
        keep_own(&mut document, before, body.row.kind());
    }
    match body.row.address {
        EQUIPMENT => plant.place(&document)?,
        JOB_ORDERS if !body.moved => job::check(&mut document, before.as_ref())?,
        _ => parent_is_another(&document, body.row.parent, &body.id)?,
    }
    Ok(document)
}

/// Theriac's own members, which B2MML has no names for, stay as they were.
fn keep_own(document: &mut Node<'static>, before: &Node<'_>, kind: &crate::b2mml::Kind) {
    let Some(object) = document.as_object_mut() else { return };
    for own in kind.members.iter().filter(|member| member.element.is_none()) {
        if let (None, Some(value)) = (object.get(&own.plain), before.get(&own.plain)) {
            object.set(&own.plain, value.clone().into_owned());
        }
    }
    let Some(properties) = kind.plain("properties") else { return };
    let old = before.get("properties").map(Node::items).unwrap_or_default();
    if let Some(Node::Array(items)) = object.get_mut("properties") {
        for item in items {
            let same = old.iter().find(|property| member(property, "id") == member(item, "id"));
            if let Some(same) = same {
                keep_own(item, same, properties.kind());
            }
        }
    }
}

fn parent_is_another(document: &Node<'_>, name: &str, id: &str) -> Result<()> {
    match member(document, name) {
        Some(parent) if parent == id && name == "parent" => {
            let message = format!("{id} cannot be its own parent");
            Err(Error::from_issues(vec![Issue::new(Code::Unprocessable, "parent", message)]))
        }
        _ => Ok(()),
    }
}

impl Plant {
    pub async fn read(context: &Context) -> Result<Self> {
        Ok(Self { places: store::equipment::places(&context.db).await?, drafts: HashMap::new() })
    }

    /// The site that something of this equipment is of, once the changes are made.
    pub fn site_of(&self, id: &str) -> Option<String> {
        site_of(id, |at| self.at(at))
    }

    fn at(&self, id: &str) -> Option<Place> {
        match self.drafts.get(id) {
            Some(draft) => Some(Place { level: draft.equipment_level, parent: draft.parent.clone() }),
            None => self.places.get(id).map(|(place, _)| place.clone()),
        }
    }

    /// Puts a piece of equipment into its place, if it may stand there and hold what is part of it.
    fn place(&mut self, document: &Node<'_>) -> Result<()> {
        let equipment = Equipment::view(document)?;
        check_place(&equipment, |id| self.at(id))?;
        let part = |at: &Place| at.parent.as_ref() == Some(&equipment.id);
        let children = self.places.keys().chain(self.drafts.keys());
        let children = children.filter_map(|id| Some((id, self.at(id)?))).filter(|(_, at)| part(at));
        for (child, at) in children {
            check_level(&equipment, child, at.level)?;
        }
        self.drafts.insert(equipment.id.clone(), equipment);
        Ok(())
    }

    /// The statements that a change of equipment needs besides its own: its parent stays, its properties are watched.
    pub(super) fn equipment(&self, unit: &mut Unit, context: &Context, stored: &Stored) -> Result<()> {
        let (db, draft) = (&context.db, self.drafts.get(&stored.id));
        let draft = draft.ok_or_else(|| Error::internal("equipment that was not placed"))?;
        if let Some(parent) = &draft.parent
            && let (None, Some((at, _))) = (self.drafts.get(parent), self.places.get(parent))
        {
            unit.push(store::resource::hold(db, EQUIPMENT, parent, at.parent.as_deref()));
        }
        unit.push(store::property::retire(db, &draft.id));
        if !draft.properties.is_empty() {
            let known = watched(context, draft);
            unit.push(store::property::put(db, &draft.id, stored.site.as_deref(), &known));
        }
        Ok(())
    }

    /// Equipment as it will be, with its site.
    pub(super) fn changed(&self) -> Vec<(&Equipment, Option<String>)> {
        self.drafts.values().map(|draft| (draft, self.site_of(&draft.id))).collect()
    }

    /// What came under another site goes there with everything that belongs to it.
    pub(super) fn moves(&self, unit: &mut Unit, context: &Context) {
        if self.drafts.is_empty() {
            return;
        }
        let (mut ids, mut sites) = (Vec::new(), Vec::new());
        for (id, (_, before)) in &self.places {
            let after = self.site_of(id);
            if after != *before {
                ids.push(id.clone());
                sites.push(after.unwrap_or_default());
            }
        }
        // Records may have named equipment before it was there.
        for id in self.drafts.keys().filter(|id| !self.places.contains_key(*id)) {
            ids.push(id.clone());
            sites.push(self.site_of(id).unwrap_or_default());
        }
        if !ids.is_empty() {
            unit.push(store::resource::set_sites(&context.db, ids.clone(), sites.clone()));
            unit.push(store::property::set_sites(&context.db, ids, sites));
        }
    }
}

/// A new level must still be able to hold what is part of it.
fn check_level(equipment: &Equipment, child: &str, level: EquipmentLevel) -> Result<()> {
    check_child(&equipment.id, equipment.equipment_level, child, level)
        .map_err(|e| Error::new(Code::Unprocessable, e.message).at("equipmentLevel"))
}

fn watched(context: &Context, equipment: &Equipment) -> Vec<Known> {
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
