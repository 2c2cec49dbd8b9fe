//! What a reading costs as sensors grow: the same number of readings in every batch, over 10 to 100,000 properties.

use crate::Result;
use crate::client::Answer;
use crate::data::{NEW_YEAR, reading};
use crate::figure::Figure;
use crate::load::{Asked, Script};
use crate::world::{Site, World, random};
use rand::rngs::SmallRng;
use std::sync::Arc;

const SIZES: [usize; 5] = [10, 100, 1_000, 10_000, 100_000];
const CONNECTIONS: usize = 2;
const BATCH: usize = 5_000;

struct Sender {
    random: SmallRng,
    site: Site,
    /// This connection's share of the properties.
    addresses: Arc<Vec<String>>,
    next: usize,
    now: i64,
}

impl Script for Sender {
    fn next(&mut self) -> Option<Asked> {
        let share = self.addresses.len().min(BATCH);
        if self.next + share > self.addresses.len() {
            self.next = 0;
        }
        let addresses = &self.addresses[self.next..self.next + share];
        self.next += share;
        let body = reading::lines(&mut self.random, addresses, BATCH / share, &mut self.now);
        let bytes = self.site.request("POST", "isa95/readings", "application/x-ndjson", body.as_bytes());
        Some(Asked { label: "batch", bytes, expected: &[202], units: (BATCH / share * share) as u64 })
    }

    fn answered(&mut self, answer: &Answer<'_>) -> bool {
        answer.text().contains("\"refused\":[]")
    }
}

pub async fn run(world: &mut World) -> Result<Vec<Figure>> {
    let mut figures: Vec<Figure> = Vec::new();
    for size in SIZES {
        let site = world.site("sensors").await?;
        for number in 0..size.div_ceil(reading::OF_LINE) {
            let (id, json) = reading::line(number);
            let address = format!("isa95/equipment/{id}");
            site.once("PUT", &address, "application/json", json.as_bytes(), &[200, 201]).await?;
        }
        let sender = |n: usize| {
            let share = size / CONNECTIONS;
            let addresses = (n * share..(n + 1) * share).map(reading::address_of_line).collect();
            let (addresses, site) = (Arc::new(addresses), site.clone());
            Box::new(Sender { random: random(n as u64), site, addresses, next: 0, now: NEW_YEAR }) as Box<dyn Script>
        };
        let load = world.drive(&world.plan(), (0..CONNECTIONS).map(sender).collect()).await?;
        let cost = load.cores.server / load.rate() * 1e6;
        let figure = Figure::new(format!("a reading, of {size} sensors"), cost, "µs of a core");
        let note = format!("{:.0} readings/s", load.rate());
        figures.push(Figure { unexpected: load.unexpected, cores: Some(load.cores), ..figure.note(note) });
    }
    Ok(figures)
}
