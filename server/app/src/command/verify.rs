//! `theriac verify`.
use theriac_core::Result;
pub async fn run(_: &str, _: Option<&str>) -> Result<()> { Ok(()) }
