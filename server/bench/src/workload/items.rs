//! The state of random packs, after a line of documents was captured: 5,000 events for each second that is to be measured, so that
//! `--seconds 2000` asks among ten million.

use super::capture;
use crate::Result;
use crate::figure::Figure;
use crate::load::{Asked, Script};
use crate::world::{Site, World, random};
use rand::Rng;
use rand::rngs::SmallRng;

struct Reads {
    random: SmallRng,
    site: Site,
    /// Serials of each sender that are surely there: every fourth event begins with one or more.
    serials: u64,
}

impl Script for Reads {
    fn next(&mut self) -> Option<Asked> {
        let company = capture::COMPANY + self.random.random_range(0..capture::SENDERS);
        let serial = self.random.random_range(1..=self.serials);
        let bytes = self.site.get(&format!("epcis/items/urn%3Aepc%3Aid%3Asgtin%3A{company:07}.107346.{serial}"));
        Some(Asked { label: "item", bytes, expected: &[200], units: 1 })
    }
}

pub async fn run(world: &mut World) -> Result<Vec<Figure>> {
    let site = world.site("items").await?;
    let (_, documents, failed) = capture::fill(world, &site, capture::A_SECOND * world.seconds).await?;
    let events = (documents - failed) * capture::EVENTS as u64;
    let serials = (events / capture::SENDERS / 4).max(1);
    let script = |seed| Box::new(Reads { random: random(seed), site: site.clone(), serials }) as Box<dyn Script>;
    let load = world.drive(&world.plan(), (0..16).map(script).collect()).await?;
    let note = format!("among {events} events");
    Ok(vec![Figure::of("item state", load, "reads/s").under("read").note(note)])
}
