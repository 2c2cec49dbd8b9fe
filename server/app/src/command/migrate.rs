//! `theriac migrate`: the schema up to date; a newer one than this program knows is refused. Search indexes that an
//! earlier program made are made anew.

use crate::services;
use theriac_core::Result;
use theriac_platform::Config;

pub async fn run(config: &Config) -> Result<()> {
    services::database(config).await?;
    println!("the schema and the search indexes are up to date");
    Ok(())
}
