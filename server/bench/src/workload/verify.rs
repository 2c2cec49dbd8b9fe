//! Verification of product identifiers: 500 questions a second about random packs, each answered and kept in the ledger.

use super::question;
use crate::Result;
use crate::data::event;
use crate::figure::Figure;
use crate::load::{Asked, Plan, Script};
use crate::world::{Site, World, random};
use rand::Rng;
use rand::rngs::SmallRng;
use std::time::Duration;

const CONNECTIONS: u64 = 16;
/// What the connections together ask in a second.
const RATE: u64 = 500;

/// The trade item of [`event::pack`] at this company.
const GTIN: &str = "10614141073464";

struct Questions {
    random: SmallRng,
    site: Site,
    packs: u64,
}

impl Script for Questions {
    fn next(&mut self) -> Option<Asked> {
        let serial = self.random.random_range(1..self.packs);
        let bytes = self.site.get(&format!("dscsa/verify/gtin/{GTIN}/ser/{serial}?context=dscsaSaleableReturn"));
        Some(Asked { label: "verify", bytes, expected: &[200], units: 1 })
    }
}

pub async fn run(world: &mut World) -> Result<Vec<Figure>> {
    let site = world.site("verify").await?;
    world.settings.run(&["tenant", "set", &site.tenant, "dscsa.gln=0614141000012"]).await?;
    let mut packs = event::Packs::of(question::COMPANY);
    question::fill(&site, &mut packs).await?;
    let script =
        |seed| Box::new(Questions { random: random(seed), site: site.clone(), packs: packs.next }) as Box<dyn Script>;
    let pace = Duration::from_micros(1_000_000 * CONNECTIONS / RATE);
    let plan = Plan { pace: Some(pace), ..world.plan() };
    let load = world.drive(&plan, (0..CONNECTIONS).map(script).collect()).await?;
    let p99 = load.latency.percentile_ms(0.99);
    let rate = Figure::of("verification, paced", load, "answers/s").note(format!("{RATE}/s asked for"));
    Ok(vec![rate, Figure::new("verification, p99", p99, "ms").at_most(20.0)])
}
