//! A composite's components as they stand in their column: JSON, empty for the other kinds.

use crate::search::parameter::{Component, Kind, plain};
use serde::{Deserialize, Serialize};
use theriac_core::{Error, Result};

#[derive(Serialize, Deserialize)]
struct Row {
    code: String,
    kind: String,
    expression: String,
    targets: Vec<String>,
    /// From what the composite gives.
    from: String,
}

pub fn written(components: &[Component]) -> String {
    let row = |component: &Component| {
        let parameter = component.parameter.clone();
        let kind = parameter.kind.code().to_owned();
        let from = component.expression.clone();
        Row { code: parameter.code, kind, expression: parameter.expression, targets: parameter.targets, from }
    };
    let rows: Vec<Row> = components.iter().map(row).collect();
    if rows.is_empty() { String::new() } else { serde_json::to_string(&rows).unwrap_or_default() }
}

/// # Errors
/// `Internal` for what was not written so.
pub fn read(text: &str) -> Result<Vec<Component>> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = serde_json::from_str(text).map_err(Error::internal)?;
    let component = |row: Row| {
        let kind = Kind::from_code(&row.kind).ok_or_else(|| Error::internal("a component of an unknown kind"))?;
        Ok(Component { parameter: plain(row.code, kind, row.expression, row.targets), expression: row.from })
    };
    rows.into_iter().map(component).collect()
}
