//! What 50,000 control charts weigh in the memory of the server that keeps them.

use crate::Result;
use crate::client::Answer;
use crate::data::{NEW_YEAR, reading};
use crate::figure::Figure;
use crate::load::{Asked, Plan, Script};
use crate::machine::resident_mb;
use crate::world::{Site, World, random};
use std::time::Duration;

const CHARTS: usize = 50_000;
const CONNECTIONS: usize = 8;
/// The last chart must have been read by its watcher.
const PATIENCE: Duration = Duration::from_secs(300);

struct Drawer {
    site: Site,
    next: usize,
}

impl Script for Drawer {
    fn next(&mut self) -> Option<Asked> {
        let number = self.next;
        self.next += CONNECTIONS;
        let body = reading::chart_of(&reading::address_of_line(number));
        let bytes = self.site.request("PUT", &format!("spc/charts/c{number}"), "application/json", body.as_bytes());
        (number < CHARTS).then_some(Asked { label: "chart", bytes, expected: &[200, 201], units: 1 })
    }

    fn answered(&mut self, _: &Answer<'_>) -> bool {
        true
    }
}

pub async fn run(world: &mut World) -> Result<Vec<Figure>> {
    let site = world.site("charts").await?;
    for number in 0..CHARTS.div_ceil(reading::OF_LINE) {
        let (id, json) = reading::line(number);
        let address = format!("isa95/equipment/{id}");
        site.once("PUT", &address, "application/json", json.as_bytes(), &[200, 201]).await?;
    }
    let pid = world.server()?.pid;
    let before = resident_mb(pid);
    let drawer = |next| Box::new(Drawer { site: site.clone(), next }) as Box<dyn Script>;
    let plan = Plan { warm_up: Duration::ZERO, measured: Duration::from_secs(3_600), pace: None };
    let load = world.drive(&plan, (0..CONNECTIONS).map(drawer).collect()).await?;
    let drawn = format!("{} drawn at {:.0} a second", load.units, load.rate());
    // A round of readings feeds every chart; the last is told by its answer.
    let mut now = NEW_YEAR;
    for part in 0..CHARTS / 5_000 {
        let addresses: Vec<String> = (part * 5_000..(part + 1) * 5_000).map(reading::address_of_line).collect();
        let body = reading::lines(&mut random(part as u64), &addresses, 2, &mut now);
        site.once("POST", "isa95/readings", "application/x-ndjson", body.as_bytes(), &[202]).await?;
    }
    charted(&site, CHARTS - 1).await?;
    let grown = resident_mb(pid) - before;
    let figure = Figure::new("resident with 50,000 charts, more than before", grown, "MB").at_most(200.0).note(drawn);
    Ok(vec![Figure { unexpected: load.unexpected, ..figure }])
}

/// Waits until the chart has points.
async fn charted(site: &Site, number: usize) -> Result<()> {
    let begin = std::time::Instant::now();
    loop {
        let chart = site.once("GET", &format!("spc/charts/c{number}"), "", b"", &[200]).await?;
        if !chart.contains("\"points\":[]") {
            return Ok(());
        }
        if begin.elapsed() > PATIENCE {
            return Err(format!("chart c{number} has no points after {PATIENCE:?}").into());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
