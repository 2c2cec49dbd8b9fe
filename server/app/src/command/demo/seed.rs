//! The example data: requests of each tenant, made unless what they make is there already.

use super::super::inside::Inside;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::time::Duration;
use theriac_core::{Error, Result};
use theriac_platform::http::Method;

/// A hospital, a manufacturer, a plant.
pub const TENANTS: [&str; 3] = ["mercy", "acme", "plant7"];
/// In the order of [`TENANTS`].
pub const REQUESTS: [&str; 3] =
    [include_str!("data/mercy.json"), include_str!("data/acme.json"), include_str!("data/plant7.json")];

#[derive(Deserialize)]
struct Step<'a> {
    /// Answers if the step was done before.
    probe: String,
    method: String,
    address: String,
    media: String,
    #[serde(borrow)]
    body: &'a RawValue,
}

fn steps(requests: &str) -> Result<Vec<Step<'_>>> {
    serde_json::from_str(requests).map_err(Error::internal)
}

pub async fn plant(inside: &Inside, requests: &str) -> Result<()> {
    for step in steps(requests)? {
        if inside.get(&step.probe).await.is_ok() {
            continue;
        }
        let method = Method::parse(&step.method).unwrap_or(Method::Post);
        inside.send(method, &step.address, &step.media, step.body.get().to_owned()).await?;
        appear(inside, &step.probe).await;
    }
    Ok(())
}

/// What is captured comes to be by a worker, a moment later.
async fn appear(inside: &Inside, probe: &str) {
    for _ in 0..200 {
        if inside.get(probe).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    tracing::warn!(probe, "the example data are not there yet");
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_epcis::document::Document;

    #[test]
    fn every_request_is_well_formed() {
        for requests in REQUESTS {
            let steps = steps(requests).unwrap();
            assert!(!steps.is_empty());
            for step in steps {
                assert!(Method::parse(&step.method).is_some(), "{}", step.method);
                assert!(step.body.get().starts_with('{'));
            }
        }
    }

    #[test]
    fn the_epcis_document_is_valid() {
        let steps = steps(REQUESTS[1]).unwrap();
        let document = Document::parse(steps[0].body.get().as_bytes()).unwrap();
        let events: Vec<_> = document.events().collect::<Result<_>>().unwrap();
        assert_eq!(events.len(), 3);
    }
}
