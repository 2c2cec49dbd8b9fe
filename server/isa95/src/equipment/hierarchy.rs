//! The place of a piece of equipment among the others: the parent exists, is of a level that may hold it, and
//! nothing is part of itself. Pure: what stands where comes through a lookup.

use super::{Equipment, EquipmentLevel};
use theriac_core::{Code, Error, Issue, Result};

/// What the hierarchy needs to know of a piece of equipment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub level: EquipmentLevel,
    pub parent: Option<String>,
}

/// Longest way up that is followed; modules may nest, but not without end.
const DEPTH_MAX: usize = 64;

/// # Errors
/// `Unprocessable` at `parent`, saying which parents would be right.
pub fn check_place(equipment: &Equipment, lookup: impl Fn(&str) -> Option<Place>) -> Result<()> {
    let Some(parent) = &equipment.parent else { return Ok(()) };
    if *parent == equipment.id {
        return refuse(format!("{parent} cannot be its own parent"));
    }
    let Some(place) = lookup(parent) else {
        return refuse(format!("equipment {parent} does not exist; put the parent first"));
    };
    check_child(parent, place.level, &equipment.id, equipment.equipment_level)?;
    let mut at = place.parent;
    for _ in 0..DEPTH_MAX {
        match at {
            None => return Ok(()),
            Some(id) if id == equipment.id => {
                return refuse(format!("{parent} is itself a part of {id}; a parent must not be below its child"));
            }
            Some(id) => at = lookup(&id).and_then(|place| place.parent),
        }
    }
    refuse(format!("{} would stand more than {DEPTH_MAX} levels deep", equipment.id))
}

/// May a child of this level be part of a parent of that level? Also to be asked of every existing child when the
/// level of a parent changes.
///
/// # Errors
/// `Unprocessable` at `parent`, saying which levels would be right.
pub fn check_child(parent: &str, parent_level: EquipmentLevel, child: &str, level: EquipmentLevel) -> Result<()> {
    let allowed = level.parents();
    if allowed.contains(&parent_level) {
        return Ok(());
    }
    let (level_name, parent_name) = (level.name(), parent_level.name());
    let names: Vec<&str> = allowed.iter().map(|l| l.name()).collect();
    refuse(match names.as_slice() {
        [] => format!("{child} is of level {level_name}, which stands at the top and has no parent"),
        names => format!(
            "{child} is of level {level_name} and cannot be part of {parent}, which is of level {parent_name}; \
             the parent must be of level {}",
            names.join(" or ")
        ),
    })
}

/// The id of the site this equipment is, or is part of.
pub fn site_of(id: &str, lookup: impl Fn(&str) -> Option<Place>) -> Option<String> {
    let mut id = id.to_owned();
    for _ in 0..DEPTH_MAX {
        let place = lookup(&id)?;
        if place.level == EquipmentLevel::Site {
            return Some(id);
        }
        id = place.parent?;
    }
    None
}

fn refuse(message: String) -> Result<()> {
    Err(Error::from_issues(vec![Issue::new(Code::Unprocessable, "parent", message)]))
}

#[cfg(test)]
mod tests {
    use super::EquipmentLevel::*;
    use super::*;

    const PLANT: &[(&str, EquipmentLevel, &str)] = &[
        ("acme", Enterprise, ""),
        ("basel", Site, "acme"),
        ("solids", Area, "basel"),
        ("line1", ProductionLine, "solids"),
        ("press1", WorkCell, "line1"),
        ("feeder", EquipmentModule, "press1"),
        ("hopper", EquipmentModule, "feeder"),
    ];

    fn plant(id: &str) -> Option<Place> {
        let (_, level, parent) = PLANT.iter().find(|row| row.0 == id)?;
        Some(Place { level: *level, parent: (!parent.is_empty()).then(|| (*parent).to_owned()) })
    }

    fn refusal(id: &str, level: EquipmentLevel, parent: &str) -> String {
        let equipment = Equipment {
            id: id.to_owned(),
            description: None,
            equipment_level: level,
            parent: Some(parent.to_owned()),
            properties: Vec::new(),
        };
        check_place(&equipment, plant).err().map(|e| e.message).unwrap_or_default()
    }

    #[test]
    fn a_fitting_parent_is_taken() {
        for (id, level, parent) in PLANT.iter().skip(1) {
            assert_eq!(refusal(id, *level, parent), "");
        }
    }

    #[test]
    fn a_parent_must_exist_and_be_of_a_fitting_level() {
        assert!(refusal("press2", WorkCell, "line9").contains("line9 does not exist"));
        assert!(refusal("press2", WorkCell, "basel").contains("must be of level WorkCenter or ProductionLine"));
        assert!(refusal("acme2", Enterprise, "acme").contains("has no parent"));
    }

    #[test]
    fn nothing_is_part_of_itself() {
        assert!(refusal("feeder", EquipmentModule, "feeder").contains("its own parent"));
        assert!(refusal("feeder", EquipmentModule, "hopper").contains("is itself a part of feeder"));
    }

    #[test]
    fn a_loop_that_is_already_there_does_not_hang() {
        let looped = |_: &str| Some(Place { level: EquipmentModule, parent: Some("other".to_owned()) });
        assert_eq!(site_of("any", looped), None);
        let module = |id: &str| Equipment {
            id: id.to_owned(),
            description: None,
            equipment_level: EquipmentModule,
            parent: Some("other".to_owned()),
            properties: Vec::new(),
        };
        assert!(check_place(&module("new"), looped).is_err());
    }

    #[test]
    fn the_site_is_found_from_anywhere_below_it() {
        assert_eq!(site_of("hopper", plant).as_deref(), Some("basel"));
        assert_eq!(site_of("basel", plant).as_deref(), Some("basel"));
        assert_eq!(site_of("acme", plant), None);
        assert_eq!(site_of("nowhere", plant), None);
    }
}
