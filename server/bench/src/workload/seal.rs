//! The ledger: small changes written and sealed at the same time, then a backlog sealed by itself.

use super::{FHIR, population};
use crate::Result;
use crate::figure::Figure;
use crate::load::{Asked, Plan, Script};
use crate::machine::Meter;
use crate::world::{Site, World};
use std::fmt::Write;
use std::time::{Duration, Instant};

const CONNECTIONS: usize = 4;
/// Changes to a bundle.
const TOGETHER: u64 = 500;
/// Bundles of the backlog for each second that is to be measured.
const A_SECOND: u64 = 30;

/// Bundles of the smallest resources there are, as many as are left.
struct Small {
    site: Site,
    left: u64,
}

impl Script for Small {
    fn next(&mut self) -> Option<Asked> {
        self.left = self.left.checked_sub(1)?;
        let mut json = String::from(r#"{"resourceType":"Bundle","type":"transaction","entry":["#);
        for number in 0..TOGETHER {
            let comma = if number == 0 { "" } else { "," };
            // Writing to a String does not fail.
            let _ = write!(
                json,
                r#"{comma}{{"resource":{{"resourceType":"Basic","code":{{"text":"small"}}}},"request":{{"method":"POST","url":"Basic"}}}}"#
            );
        }
        json.push_str("]}");
        let bytes = self.site.request("POST", "fhir", FHIR, json.as_bytes());
        Some(Asked { label: "bundle", bytes, expected: &[200], units: TOGETHER })
    }
}

fn scripts(site: &Site, left: u64) -> Vec<Box<dyn Script>> {
    (0..CONNECTIONS).map(|_| Box::new(Small { site: site.clone(), left }) as Box<dyn Script>).collect()
}

pub async fn run(world: &mut World) -> Result<Vec<Figure>> {
    let site = world.site("ledger").await?;
    let plan = Plan { warm_up: Duration::ZERO, ..world.plan() };
    let begin = Instant::now();
    let written = world.drive(&plan, scripts(&site, u64::MAX)).await?;
    population::sealed(&site, written.units).await?;
    let (seconds, lag) = (begin.elapsed().as_secs_f64(), begin.elapsed().as_secs_f64() - written.seconds);
    let mut both =
        Figure::new("written and sealed", written.units as f64 / seconds, "entries/s").at_least(10_000.0).under("bulk");
    both.note = format!(
        "transaction bundles of {TOGETHER} smallest resources; all sealed {:.0} ms after the last write",
        lag * 1e3
    );
    both.cores = Some(written.cores);
    both.unexpected = written.unexpected;
    Ok(vec![both, backlog(world).await?])
}

/// Nothing seals while this is written; then a server with a sealer is started. Its first look is not counted.
async fn backlog(world: &mut World) -> Result<Figure> {
    world.restart(&["serve", "--no-workers"]).await?;
    let site = world.site("backlog").await?;
    let left = (A_SECOND * world.seconds).div_ceil(CONNECTIONS as u64);
    let plan = Plan { warm_up: Duration::ZERO, measured: Duration::from_secs(300), pace: None };
    let written = world.drive(&plan, scripts(&site, left)).await?;
    world.restart(&["serve"]).await?;
    let site = world.found_again(&site)?;
    let before = first_sealed(&site).await?;
    let (begin, meter) = (Instant::now(), Meter::start(Some(world.server()?.pid)));
    population::sealed(&site, written.units).await?;
    let rate = (written.units - before) as f64 / begin.elapsed().as_secs_f64();
    let mut figure = Figure::new("backlog sealed", rate, "entries/s").at_least(10_000.0).under("bulk");
    figure.cores = Some(meter.stop());
    figure.note = format!("{} entries, from when {before} of them were sealed", written.units);
    figure.unexpected = written.unexpected;
    Ok(figure)
}

/// Waits until something is sealed; gives how much it is.
async fn first_sealed(site: &Site) -> Result<u64> {
    for _ in 0..30_000 {
        match population::size(site).await? {
            0 => tokio::time::sleep(Duration::from_millis(1)).await,
            size => return Ok(size),
        }
    }
    Err("nothing of the backlog is sealed after half a minute".into())
}
