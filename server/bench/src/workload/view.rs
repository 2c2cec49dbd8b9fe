//! Reading the population by id through a de-identified view, against reading it as it is: the server's time of processor
//! for a request. Both are measured in turns, so that a busy machine burdens both.

use super::population::{self, Population};
use crate::Result;
use crate::figure::Figure;
use crate::load::{Asked, Load, Plan, Script};
use crate::workload::FHIR;
use crate::world::{Site, World, random};
use rand::Rng;
use rand::rngs::SmallRng;
use serde_json::Value;
use std::sync::Arc;

const TURNS: u32 = 4;
/// A page of the search that finds out the pseudonyms.
const PAGE: usize = 500;

struct Reads {
    random: SmallRng,
    site: Site,
    addresses: Arc<Vec<String>>,
    label: &'static str,
}

impl Script for Reads {
    fn next(&mut self) -> Option<Asked> {
        let address = &self.addresses[self.random.random_range(0..self.addresses.len())];
        let bytes = self.site.get(&format!("fhir/{address}"));
        Some(Asked { label: self.label, bytes, expected: &[200], units: 1 })
    }
}

pub async fn run(world: &mut World) -> Result<Vec<Figure>> {
    let population = population::of(world).await?;
    let researcher = researcher(world, &population.site).await?;
    let shown = Arc::new(pseudonyms(&researcher, &population).await?);
    // What is read is the same through the view and without.
    let plain = Arc::new(same(&population, &shown));
    let whole = world.plan();
    let plan = Plan { measured: whole.measured / TURNS, warm_up: whole.warm_up / TURNS, ..whole };
    let (mut plain_cost, mut view_cost, mut last) = (Cost::default(), Cost::default(), None);
    for turn in 0..TURNS {
        let load = drive(world, &plan, &population.site, &plain, "read", turn).await?;
        plain_cost.add(&load);
        let load = drive(world, &plan, &researcher, &shown, "read through a view", turn).await?;
        view_cost.add(&load);
        last = Some(load);
    }
    let (plain, view) = (plain_cost.each_us(), view_cost.each_us());
    let ratio = Figure::new("read through a view, by a plain read", view / plain, "times").at_most(1.3);
    let ratio = ratio.note(format!("server's processor time: {view:.1} µs against {plain:.1} µs a request"));
    let rate = last.map(|load| Figure::of("read through a view", load, "reads/s").under("read"));
    Ok(rate.into_iter().chain([ratio]).collect())
}

#[derive(Default)]
struct Cost {
    processor_s: f64,
    requests: f64,
}

impl Cost {
    #[allow(clippy::cast_precision_loss)]
    fn add(&mut self, load: &Load) {
        self.processor_s += load.cores.server * load.seconds;
        self.requests += load.units as f64;
    }

    fn each_us(&self) -> f64 {
        self.processor_s * 1e6 / self.requests.max(1.0)
    }
}

async fn drive(
    world: &World,
    plan: &Plan,
    site: &Site,
    addresses: &Arc<Vec<String>>,
    label: &'static str,
    turn: u32,
) -> Result<Load> {
    let script = |seed: u64| {
        let random = random(seed + u64::from(turn) * 100);
        Box::new(Reads { random, site: site.clone(), addresses: addresses.clone(), label }) as Box<dyn Script>
    };
    world.drive(plan, (0..16).map(script).collect()).await
}

/// A project on the population's tenant, and who it names.
async fn researcher(world: &World, site: &Site) -> Result<Site> {
    let body = br#"{"profile":"safe-harbor","members":["ada"]}"#;
    site.once("PUT", "admin/deid/projects/bench", "application/json", body, &[200, 201]).await?;
    let arguments = ["token", "--tenant", &site.tenant, "--role", "researcher", "--subject", "ada", "--ttl", "12h"];
    let token = world.settings.run(&arguments).await?;
    Ok(Site { token: token.trim().into(), ..site.clone() })
}

/// The addresses of the population as the view shows them; reading them all also gives them their pseudonyms.
async fn pseudonyms(researcher: &Site, population: &Population) -> Result<Vec<String>> {
    let mut shown = Vec::new();
    for kind in kinds(population) {
        let mut path = format!("fhir/{kind}?_count={PAGE}");
        loop {
            let bundle: Value = serde_json::from_str(&researcher.once("GET", &path, FHIR, b"", &[200]).await?)?;
            let entries = bundle["entry"].as_array().map(Vec::as_slice).unwrap_or_default();
            shown.extend(entries.iter().filter_map(|entry| population::address(entry["fullUrl"].as_str()?)));
            let links = bundle["link"].as_array().map(Vec::as_slice).unwrap_or_default();
            let next = links.iter().find(|link| link["relation"] == "next").and_then(|link| link["url"].as_str());
            let Some((_, rest)) = next.and_then(|url| url.split_once("/fhir/")) else { break };
            path = format!("fhir/{rest}");
        }
    }
    Ok(shown)
}

fn kinds(population: &Population) -> Vec<&str> {
    let mut kinds: Vec<&str> = population.addresses.iter().filter_map(|a| a.split('/').next()).collect();
    kinds.dedup();
    kinds
}

fn same(population: &Population, shown: &[String]) -> Vec<String> {
    let is_shown = |kind: &str| shown.iter().any(|address| address.split('/').next() == Some(kind));
    let kinds: Vec<&str> = kinds(population).into_iter().filter(|kind| is_shown(kind)).collect();
    let of_kind = |address: &&String| address.split('/').next().is_some_and(|kind| kinds.contains(&kind));
    population.addresses.iter().filter(of_kind).cloned().collect()
}
