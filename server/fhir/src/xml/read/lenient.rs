//! Elements in any order, and those that R4 does not know: what [`super::read_lenient`] does otherwise.

use super::members::Members;
use super::{Found, Walk};
use crate::definition::{Member, TypeDef};
use crate::package::lenient::member_for;
use crate::structure::Path;
use theriac_core::Result;
use theriac_core::json::Object;
use theriac_core::xml::{Event, Start};

/// Everything up to the end of the element that is open.
pub fn children<'a>(
    walk: &mut Walk<'a>,
    def: &'static TypeDef,
    object: Object<'a>,
    path: &Path<'_>,
    depth: usize,
) -> Result<Object<'a>> {
    let mut all: Vec<(&'static Member, Found<'a>)> = Vec::new();
    while let Some(start) = walk.child(path)? {
        let Some(member) = known(walk, def, &start, path)? else { continue };
        let place = all.iter().filter(|(other, _)| std::ptr::eq(*other, member)).count();
        let element = def.element_of(member);
        let named = path.name(member.name);
        let indexed = named.index(place);
        let path = if element.repeats { &indexed } else { &named };
        let depth = walk.deeper(element, place, depth, start.at, path)?;
        let found = walk.element(member, &start, path, depth)?;
        all.push((member, found));
    }
    if !all.is_sorted_by_key(|(member, _)| member.element) {
        note(walk, format!("{path}: its elements were put into their order"));
        all.sort_by_key(|(member, _)| member.element);
    }
    let mut members = Members::new(def, object);
    all.into_iter().for_each(|(member, found)| members.take(member, found));
    Ok(members.finish())
}

/// The member; nothing for an element that R4 does not know, which is then behind us.
fn known<'a>(
    walk: &mut Walk<'a>,
    def: &'static TypeDef,
    start: &Start<'a>,
    path: &Path<'_>,
) -> Result<Option<&'static Member>> {
    if def.member(start.name).is_some() {
        return walk.member(def, start, path).map(Some);
    }
    if let Some(member) = member_for(def.name, start.name).and_then(|name| def.member(name)) {
        note(walk, format!("{path}.{} was read as {}", start.name, member.name));
        return Ok(Some(member));
    }
    note(walk, format!("{path}.{} is no element of R4 and was left out", start.name));
    let mut open = 1usize;
    while open > 0 {
        match walk.reader.event()? {
            Event::Start(_) => open += 1,
            Event::End => open -= 1,
            Event::Eof => break,
            _ => {}
        }
    }
    Ok(None)
}

fn note(walk: &mut Walk<'_>, note: String) {
    walk.notes.iter_mut().for_each(|notes| notes.push(note.clone()));
}
