//! `theriac load`.
use std::path::{Path, PathBuf};
use theriac_core::Result;
use theriac_platform::Config;
pub async fn run(_: Config, _: &str, _: &[PathBuf], _: Option<&Path>) -> Result<()> { Ok(()) }
