//! Transaction bundles over 4 connections: made up, and real Synthea bundles where they are at hand.

use super::FHIR;
use crate::data::clinical;
use crate::figure::Figure;
use crate::load::{Asked, Script};
use crate::store::Engine;
use crate::world::{Site, World, random};
use crate::{Result, load::Plan};
use flate2::read::GzDecoder;
use rand::rngs::SmallRng;
use serde_json::Value;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

const CONNECTIONS: usize = 4;

struct MadeUp {
    random: SmallRng,
    site: Site,
    number: u64,
}

impl Script for MadeUp {
    fn next(&mut self) -> Option<Asked> {
        self.number += 1;
        let bundle = clinical::bundle(&mut self.random, self.number);
        let bytes = self.site.request("POST", "fhir", FHIR, bundle.json.as_bytes());
        Some(Asked { label: "bundle", bytes, expected: &[200], units: bundle.resources })
    }
}

/// Real bundles in turn, again and again; each time they are new resources.
struct Real {
    site: Site,
    bundles: Arc<Vec<(Vec<u8>, u64)>>,
    at: usize,
}

impl Script for Real {
    fn next(&mut self) -> Option<Asked> {
        let (body, resources) = &self.bundles[self.at % self.bundles.len()];
        self.at += CONNECTIONS;
        let bytes = self.site.request("POST", "fhir", FHIR, body);
        Some(Asked { label: "bundle", bytes, expected: &[200], units: *resources })
    }
}

pub async fn run(world: &mut World) -> Result<Vec<Figure>> {
    let peer = match world.database.engine {
        Engine::Sqlite => 4_881.0,
        Engine::Postgres => 3_744.0,
    };
    let plan = world.plan();
    let site = world.site("import").await?;
    let script =
        |n: u64| Box::new(MadeUp { random: random(n), site: site.clone(), number: n * 1_000_000 }) as Box<dyn Script>;
    let load = world.drive(&plan, (0..CONNECTIONS as u64).map(script).collect()).await?;
    let mut figures =
        vec![Figure::of("made-up bundles", load, "resources/s").under("bulk").at_least(6_000.0).peer(peer)];
    let bundles = Arc::new(bundles(&world.synthea)?);
    if bundles.is_empty() {
        eprintln!("   no Synthea bundles in {}: that row is left out", world.synthea.display());
    } else {
        figures.push(real(world, &plan, bundles).await?.under("bulk").at_least(6_000.0).peer(peer));
    }
    Ok(figures)
}

async fn real(world: &mut World, plan: &Plan, bundles: Arc<Vec<(Vec<u8>, u64)>>) -> Result<Figure> {
    let site = world.site("synthea").await?;
    let script = |at| Box::new(Real { site: site.clone(), bundles: bundles.clone(), at }) as Box<dyn Script>;
    let load = world.drive(plan, (0..CONNECTIONS).map(script).collect()).await?;
    Ok(Figure::of("Synthea bundles of 2019", load, "resources/s"))
}

/// Each file without the blanks of pretty printing, and its number of entries.
fn bundles(folder: &Path) -> Result<Vec<(Vec<u8>, u64)>> {
    let Ok(files) = std::fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut paths: Vec<_> = files.filter_map(|file| Some(file.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "gz"));
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> Result<(Vec<u8>, u64)> {
    let mut text = String::new();
    GzDecoder::new(std::fs::File::open(path)?).read_to_string(&mut text)?;
    let bundle: Value = serde_json::from_str(&text)?;
    let entries = bundle["entry"].as_array().map_or(0, Vec::len);
    Ok((serde_json::to_vec(&bundle)?, entries as u64))
}
