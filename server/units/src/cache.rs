//! Codes that were read before. Records use few units, so the table stays small; it is emptied when strangers fill it.

use crate::Unit;
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

const MOST: usize = 2_048;

type Table = RwLock<HashMap<Box<str>, Option<Arc<Unit>>>>;

/// What `read` says of the code, now or when it was last asked; "is no unit" is remembered too.
pub fn get(code: &str, read: fn(&str) -> Option<Unit>) -> Option<Arc<Unit>> {
    static TABLE: OnceLock<Table> = OnceLock::new();
    let table = TABLE.get_or_init(Table::default);
    if let Some(known) = table.read().get(code) {
        return known.clone();
    }
    let unit = read(code).map(Arc::new);
    let mut table = table.write();
    if table.len() >= MOST {
        table.clear();
    }
    table.insert(code.into(), unit.clone());
    unit
}
