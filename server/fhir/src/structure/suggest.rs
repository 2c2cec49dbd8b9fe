//! What an unknown name was probably meant to be.

use super::path::shorten;
use crate::definition::TypeDef;

/// The message for a member that a type does not have.
pub fn unknown(def: &TypeDef, name: &str) -> String {
    let shown = shorten(name);
    let advice = advice(def, shown).unwrap_or_default();
    format!("'{shown}' is not an element of {}{advice}", def.name)
}

fn advice(def: &TypeDef, name: &str) -> Option<String> {
    let plain = name.trim_start_matches('_').trim_end_matches("[x]");
    if name.starts_with('_') && def.member(plain).is_some() {
        return Some(format!("; only primitive elements have a '_' companion, '{plain}' is an object itself"));
    }
    if let Some(choice) = def.elements.iter().find(|e| e.is_choice && e.name == plain) {
        let names: Vec<&str> =
            def.members().iter().filter(|m| def.element_of(m).name == choice.name).map(|m| m.name).take(4).collect();
        return Some(format!("; it is a choice, the name says the type: {}", names.join(", ")));
    }
    nearest(plain, def.members().iter().map(|m| m.name)).map(|n| format!("; did you mean '{n}'?"))
}

/// The nearest of the names, if one is near.
pub fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let reach = (name.len() / 3).clamp(1, 3);
    let scored = names.map(|candidate| (distance(name, candidate), candidate));
    scored.filter(|(score, _)| *score <= reach).min_by_key(|(score, _)| *score).map(|(_, candidate)| candidate)
}

/// Edits from one to the other, a swap of neighbours counting once and case not at all.
fn distance(a: &str, b: &str) -> usize {
    let fold = |text: &str| text.chars().map(|c| c.to_ascii_lowercase()).collect::<Vec<char>>();
    let (a, b) = (fold(a), fold(b));
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let mut best = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            best = best.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}
