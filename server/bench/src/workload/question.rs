//! EPCIS queries: `MATCH_anyEPC` of random packs among 20,000 events.

use super::capture::{PATIENCE, finished};
use crate::Result;
use crate::client::Connection;
use crate::data::event;
use crate::figure::Figure;
use crate::load::{Asked, Script};
use crate::world::{Site, World, random};
use rand::Rng;
use rand::rngs::SmallRng;
use std::time::Instant;

const DOCUMENTS: usize = 200;
const EVENTS: usize = 100;
pub(super) const COMPANY: u64 = 614_141;

struct Questions {
    random: SmallRng,
    site: Site,
    packs: u64,
}

impl Script for Questions {
    fn next(&mut self) -> Option<Asked> {
        let pack = event::pack(COMPANY, self.random.random_range(1..self.packs));
        let bytes = self.site.get(&format!("epcis/events?MATCH_anyEPC={pack}"));
        Some(Asked { label: "MATCH_anyEPC", bytes, expected: &[200], units: 1 })
    }
}

pub async fn run(world: &mut World) -> Result<Vec<Figure>> {
    let site = world.site("question").await?;
    let mut packs = event::Packs::of(COMPANY);
    fill(&site, &mut packs).await?;
    let script =
        |seed| Box::new(Questions { random: random(seed), site: site.clone(), packs: packs.next }) as Box<dyn Script>;
    let load = world.drive(&world.plan(), (0..8).map(script).collect()).await?;
    let p99 = load.latency.percentile_ms(0.99);
    let rate = Figure::of("MATCH_anyEPC", load, "queries/s").note(format!("among {} events", DOCUMENTS * EVENTS));
    Ok(vec![rate.under("read"), Figure::new("MATCH_anyEPC, p99", p99, "ms").at_most(20.0)])
}

pub(super) async fn fill(site: &Site, packs: &mut event::Packs) -> Result<()> {
    let (mut connection, mut random, begin) = (Connection::open(&site.authority).await?, random(7), Instant::now());
    let mut jobs = Vec::new();
    for _ in 0..DOCUMENTS {
        let document = event::document(&mut random, packs, EVENTS);
        let request = site.request("POST", "epcis/capture", "application/json", document.as_bytes());
        let answer = connection.ask(&request).await?;
        let id = answer.header("location").and_then(|location| location.rsplit('/').next());
        jobs.push(id.ok_or_else(|| format!("capture answers {}", answer.status))?.to_owned());
    }
    match finished(site, &jobs, begin + PATIENCE).await? {
        0 => Ok(()),
        failed => Err(format!("{failed} documents were not captured").into()),
    }
}
