//! `theriac demo`.
use theriac_core::Result;
use theriac_platform::Config;
pub async fn run(_: Config, _: String) -> Result<()> { Ok(()) }
