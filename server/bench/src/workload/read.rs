//! Reading the population by id.

use super::population::{self, Population};
use crate::Result;
use crate::figure::Figure;
use crate::load::{Asked, Script};
use crate::store::Engine;
use crate::world::{World, random};
use rand::Rng;
use rand::rngs::SmallRng;
use std::sync::Arc;

struct Reads {
    random: SmallRng,
    population: Arc<Population>,
}

impl Script for Reads {
    fn next(&mut self) -> Option<Asked> {
        let address = &self.population.addresses[self.random.random_range(0..self.population.addresses.len())];
        let bytes = self.population.site.get(&format!("fhir/{address}"));
        Some(Asked { label: "read", bytes, expected: &[200], units: 1 })
    }
}

pub async fn run(world: &mut World) -> Result<Vec<Figure>> {
    let population = population::of(world).await?;
    let script = |seed| Box::new(Reads { random: random(seed), population: population.clone() }) as Box<dyn Script>;
    let load = world.drive(&world.plan(), (0..16).map(script).collect()).await?;
    let figure = Figure::of("read by id", load, "reads/s").under("read");
    Ok(vec![match world.database.engine {
        Engine::Postgres => figure.peer(17_835.0),
        Engine::Sqlite => figure,
    }])
}
