//! What reads and searches ask for: the same patients in every run, loaded once for each database.

use super::FHIR;
use crate::Result;
use crate::client::Connection;
use crate::data::clinical;
use crate::store::Sizes;
use crate::world::{Site, World, random};
use serde_json::Value;
use std::sync::Arc;

pub struct Population {
    pub site: Site,
    pub patients: Vec<String>,
    /// All addresses, `Observation/...`.
    pub addresses: Vec<String>,
    /// What the database grew by.
    pub grown: Sizes,
}

const CONNECTIONS: usize = 4;

/// The population, loaded if it is not there yet.
pub async fn of(world: &mut World) -> Result<Arc<Population>> {
    if world.population.is_none() {
        world.population = Some(Arc::new(load(world).await?));
    }
    let population = world.population.clone().ok_or("there is no population")?;
    Ok(Arc::new(Population { site: world.found_again(&population.site)?, ..shallow(&population) }))
}

fn shallow(of: &Population) -> Population {
    Population {
        site: of.site.clone(),
        patients: of.patients.clone(),
        addresses: of.addresses.clone(),
        grown: of.grown,
    }
}

async fn load(world: &mut World) -> Result<Population> {
    let site = world.site("population").await?;
    world.database.settle().await?;
    let before = world.database.sizes().await?;
    let parts = (0..CONNECTIONS).map(|part| send(&site, part, world.patients));
    let mut addresses: Vec<String> = futures_util::future::try_join_all(parts).await?.concat();
    addresses.sort_unstable();
    let patients = addresses.iter().filter(|a| a.starts_with("Patient/")).cloned().collect();
    sealed(&site, addresses.len() as u64).await?;
    world.database.settle().await?;
    let after = world.database.sizes().await?;
    let (fhir, ledger) = (after.fhir - before.fhir, after.ledger - before.ledger);
    let grown = Sizes { fhir, ledger, chunks: after.chunks - before.chunks };
    eprintln!("   population of {} resources", addresses.len());
    Ok(Population { site, patients, addresses, grown })
}

/// Sends every fourth patient; gives the addresses of all that was created.
async fn send(site: &Site, part: usize, patients: usize) -> Result<Vec<String>> {
    let mut connection = Connection::open(&site.authority).await?;
    let mut addresses = Vec::new();
    for number in (part..patients).step_by(CONNECTIONS) {
        let bundle = clinical::bundle(&mut random(number as u64), number as u64);
        let answer = connection.ask(&site.request("POST", "fhir", FHIR, bundle.json.as_bytes())).await?;
        if answer.status != 200 {
            return Err(format!("the population is refused with {}: {}", answer.status, answer.text()).into());
        }
        let response: Value = serde_json::from_slice(answer.body)?;
        let entries = response["entry"].as_array().map(Vec::as_slice).unwrap_or_default();
        addresses.extend(entries.iter().filter_map(|entry| address(entry["response"]["location"].as_str()?)));
    }
    Ok(addresses)
}

/// `Patient/1` of an absolute or relative location, with or without version.
pub fn address(location: &str) -> Option<String> {
    let current = location.split("/_history").next()?;
    let mut parts = current.rsplit('/');
    let (id, kind) = (parts.next()?, parts.next()?);
    Some(format!("{kind}/{id}"))
}

/// Waits until the ledger holds so many sealed entries.
pub async fn sealed(site: &Site, entries: u64) -> Result<()> {
    let begin = std::time::Instant::now();
    while size(site).await? < entries {
        if begin.elapsed().as_secs() > 120 {
            return Err(format!("the ledger has {} of {entries} entries after two minutes", size(site).await?).into());
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    Ok(())
}

/// The size that the newest checkpoint tells: its second line, <https://c2sp.org/tlog-checkpoint>.
pub async fn size(site: &Site) -> Result<u64> {
    let mut connection = Connection::open(&site.authority).await?;
    let answer = connection.ask(&site.get("ledger/checkpoint")).await?;
    match answer.status {
        200 => Ok(answer.text().lines().nth(1).unwrap_or_default().parse()?),
        404 => Ok(0),
        other => Err(format!("the checkpoint is answered with {other}: {}", answer.text()).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn locations_become_addresses() {
        for location in ["Patient/1", "Patient/1/_history/1", "http://127.0.0.1:80/t/fhir/Patient/1/_history/1"] {
            assert_eq!(address(location).as_deref(), Some("Patient/1"), "{location}");
        }
    }
}
