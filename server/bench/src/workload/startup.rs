//! How long a start takes, and what the server holds in memory when nothing happens.

use crate::Result;
use crate::figure::Figure;
use crate::machine::resident_mb;
use crate::world::World;
use std::time::Duration;

const STARTS: usize = 5;
const AT_REST: Duration = Duration::from_secs(2);

pub async fn run(world: &mut World) -> Result<Vec<Figure>> {
    let _one_tenant = world.site("start").await?;
    let mut times = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        world.restart(&["serve"]).await?;
        times.push(world.server()?.started_in.as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    tokio::time::sleep(AT_REST).await;
    let memory = resident_mb(world.server()?.pid);
    Ok(vec![
        Figure::new("start to first answer", times[STARTS / 2], "ms").at_most(200.0).peer(270.0).note(format!(
            "median of {STARTS}, from {:.0} to {:.0}",
            times[0],
            times[STARTS - 1]
        )),
        Figure::new("memory at rest", memory, "MB").at_most(50.0).peer(43.0).note("resident, one tenant"),
    ])
}
