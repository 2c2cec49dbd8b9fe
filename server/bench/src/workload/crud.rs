//! create : read : update : delete as 1 : 1 : 1 : 1 over Observation, each connection with its own.

use super::{FHIR, population};
use crate::Result;
use crate::client::Answer;
use crate::data::clinical::observation;
use crate::figure::Figure;
use crate::load::{Asked, Script};
use crate::store::Engine;
use crate::world::{Site, World, random};
use rand::rngs::SmallRng;

struct Crud {
    random: SmallRng,
    site: Site,
    step: usize,
    /// `Observation/...` of the last create.
    address: String,
}

impl Script for Crud {
    fn next(&mut self) -> Option<Asked> {
        let path = format!("fhir/{}", self.address);
        let id = self.address.rsplit('/').next().unwrap_or_default();
        let asked = |label, bytes, expected| Some(Asked { label, bytes, expected, units: 1 });
        match self.step {
            0 => {
                let body = observation(&mut self.random, None);
                asked("create", self.site.request("POST", "fhir/Observation", FHIR, body.as_bytes()), &[201])
            }
            1 => asked("read", self.site.get(&path), &[200]),
            2 => {
                let body = observation(&mut self.random, Some(id));
                asked("update", self.site.request("PUT", &path, FHIR, body.as_bytes()), &[200])
            }
            _ => asked("delete", self.site.request("DELETE", &path, "", b""), &[200, 204]),
        }
    }

    fn answered(&mut self, answer: &Answer<'_>) -> bool {
        if self.step == 0 {
            match answer.header("location").and_then(population::address) {
                Some(address) => self.address = address,
                // Not created: another try.
                None => return false,
            }
        }
        self.step = (self.step + 1) % 4;
        true
    }
}

pub async fn run(world: &mut World) -> Result<Vec<Figure>> {
    // A database that holds something and has statistics, as one in use has.
    let _population = population::of(world).await?;
    let site = world.site("crud").await?;
    let script = |seed| {
        let address = String::new();
        Box::new(Crud { random: random(seed), site: site.clone(), step: 0, address }) as Box<dyn Script>
    };
    let load = world.drive(&world.plan(), (0..16).map(script).collect()).await?;
    let figure = Figure::of("create, read, update, delete", load, "requests/s").under("commit").at_least(4_000.0);
    Ok(vec![match world.database.engine {
        Engine::Sqlite => figure.peer(4_053.0),
        Engine::Postgres => figure.peer(1_850.0),
    }])
}
