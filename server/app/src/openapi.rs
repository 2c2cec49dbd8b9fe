//! The OpenAPI 3.1 document, made from the route tables (utoipa's model) and committed under `openapi/`.

use theriac_core::Result;

/// The committed document; `dev check` compares it with what [`print`] makes.
pub const COMMITTED: &str = include_str!("../../../openapi/openapi.json");

/// `theriac openapi`.
pub fn print() -> Result<()> {
    print!("{COMMITTED}");
    Ok(())
}
