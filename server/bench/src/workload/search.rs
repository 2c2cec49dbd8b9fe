//! The shapes of search in turn, each connection beginning at another one.

use super::population::{self, Population};
use super::shape::SHAPES;
use crate::Result;
use crate::client::Answer;
use crate::figure::Figure;
use crate::load::{Asked, Script};
use crate::store::Engine;
use crate::world::{World, random};
use rand::rngs::SmallRng;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

struct Searches {
    random: SmallRng,
    population: Arc<Population>,
    at: usize,
    /// Answers, and those of them that found something.
    found: Arc<(AtomicU64, AtomicU64)>,
}

impl Script for Searches {
    fn next(&mut self) -> Option<Asked> {
        let shape = &SHAPES[self.at % SHAPES.len()];
        self.at += 1;
        let query = (shape.query)(&mut self.random, &self.population);
        let bytes = self.population.site.get(&format!("fhir/{query}"));
        Some(Asked { label: shape.name, bytes, expected: &[200], units: 1 })
    }

    fn answered(&mut self, answer: &Answer<'_>) -> bool {
        let nothing = answer.body.len() < 2_000 && is_empty(&answer.text());
        self.found.0.fetch_add(1, Relaxed);
        self.found.1.fetch_add(u64::from(!nothing), Relaxed);
        true
    }
}

/// A searchset without matches; one that is only counted has a total.
fn is_empty(bundle: &str) -> bool {
    !bundle.contains("\"entry\":") && (!bundle.contains("\"total\":") || bundle.contains("\"total\":0"))
}

pub async fn run(world: &mut World) -> Result<Vec<Figure>> {
    let population = population::of(world).await?;
    let found = Arc::new((AtomicU64::new(0), AtomicU64::new(0)));
    let script = |at: usize| {
        let (random, population, found) = (random(at as u64), population.clone(), found.clone());
        Box::new(Searches { random, population, at, found }) as Box<dyn Script>
    };
    let load = world.drive(&world.plan(), (0..16).map(script).collect()).await?;
    let share = found.1.load(Relaxed) as f64 / found.0.load(Relaxed).max(1) as f64 * 100.0;
    let figure = Figure::of(format!("{} shapes in turn", SHAPES.len()), load, "searches/s")
        .under("read")
        .at_least(3_000.0)
        .note(format!("{share:.0} % of the answers held something"));
    Ok(vec![match world.database.engine {
        Engine::Sqlite => figure.peer(2_971.0),
        Engine::Postgres => figure.peer(1_828.0),
    }])
}
