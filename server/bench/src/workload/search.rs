//! The shapes of search in turn, each connection beginning at another one.

use super::population::{self, Population};
use super::shape::SHAPES;
use crate::Result;
use crate::figure::Figure;
use crate::load::{Asked, Script};
use crate::store::Engine;
use crate::world::{World, random};
use rand::rngs::SmallRng;
use std::sync::Arc;

struct Searches {
    random: SmallRng,
    population: Arc<Population>,
    at: usize,
}

impl Script for Searches {
    fn next(&mut self) -> Option<Asked> {
        let shape = &SHAPES[self.at % SHAPES.len()];
        self.at += 1;
        let query = (shape.query)(&mut self.random, &self.population);
        let bytes = self.population.site.get(&format!("fhir/{query}"));
        Some(Asked { label: shape.name, bytes, expected: &[200], units: 1 })
    }
}

pub async fn run(world: &mut World) -> Result<Vec<Figure>> {
    let population = population::of(world).await?;
    let script = |n: usize| {
        Box::new(Searches { random: random(n as u64), population: population.clone(), at: n }) as Box<dyn Script>
    };
    let load = world.drive(&world.plan(), (0..16).map(script).collect()).await?;
    let name = format!("{} shapes in turn", SHAPES.len());
    let figure = Figure::of(name, load, "searches/s").under("read").at_least(3_000.0);
    Ok(vec![match world.database.engine {
        Engine::Sqlite => figure.peer(2_971.0),
        Engine::Postgres => figure.peer(1_828.0),
    }])
}
