//! Bytes on disk for each resource of the population.

use super::population;
use crate::Result;
use crate::figure::Figure;
use crate::store::Engine;
use crate::world::World;

pub async fn run(world: &mut World) -> Result<Vec<Figure>> {
    let peer = match world.database.engine {
        Engine::Sqlite => 11_400.0,
        Engine::Postgres => 5_500.0,
    };
    let population = population::of(world).await?;
    let resources = population.addresses.len();
    let each = |bytes: i64| bytes as f64 / resources as f64;
    Ok(vec![
        Figure::new("resource with its index", each(population.grown.fhir), "bytes")
            .at_most(1_300.0)
            .peer(peer)
            .note(format!("{resources} resources of one tenant")),
        Figure::new("its ledger entry", each(population.grown.ledger), "bytes"),
    ])
}
