//! `theriac migrate`: the schema up to date; a newer one than this program knows is refused.

use crate::services;
use theriac_core::Result;
use theriac_platform::Config;

pub async fn run(config: &Config) -> Result<()> {
    services::database(config).await?;
    println!("the schema is up to date");
    Ok(())
}
