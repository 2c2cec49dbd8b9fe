//! `theriac load`: files and folders go through the same routes as requests over HTTP.
//!
//! Exit status 1 if anything was refused; the rest is stored all the same. Other servers may run on the
//! database meanwhile. Memory holds one document, or one batch of lines, for each file in work.

mod epcis;
mod fhir;
mod kind;
mod readings;
mod source;
mod tally;
mod walk;

use super::inside::Inside;
use super::serve::{Workers, start};
use crate::cli::LoadArgs;
use crate::services::Services;
use futures_util::{StreamExt, stream};
use kind::Document;
use source::{Source, Start};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tally::Tally;
use theriac_core::{Error, Result};
use theriac_platform::Config;
use theriac_platform::http::Router;
use tokio::sync::watch;

/// Files in work at the same time.
const IN_WORK: usize = 4;

pub async fn run(config: Config, args: &LoadArgs) -> Result<()> {
    let phases = walk::phases(&args.paths)?;
    let services = Services::open(&config).await?;
    let tenant = &args.tenant;
    let found = services.db.find_tenant(tenant).await?;
    let tenant = found.ok_or_else(|| {
        Error::invalid(format!("there is no tenant '{tenant}'; `theriac tenant create {tenant}` makes it"))
    })?;
    // Capture jobs are done by a worker, and entries are sealed while they come.
    let (stop, stopped) = watch::channel(false);
    let mut work = start(&services, Workers::All, &stopped)?;
    let loader = Loader {
        inside: Inside::new(&services, &Arc::new(Router::new(services.routes())), &tenant, "theriac load"),
        tally: Arc::new(Tally::new(phases.iter().flatten(), args.refused.as_deref())?),
        keep_bundles: args.keep_bundles,
    };
    for phase in phases {
        let files = phase.into_iter().map(|file| tokio::spawn(loader.clone().file(file)));
        let mut files = stream::iter(files).buffer_unordered(IN_WORK);
        while let Some(done) = files.next().await {
            done.map_err(Error::internal)?;
        }
    }
    let _ = stop.send(true);
    while work.join_next().await.is_some() {}
    loader.tally.report()
}

/// What every file needs.
#[derive(Clone)]
struct Loader {
    inside: Inside,
    tally: Arc<Tally>,
    keep_bundles: bool,
}

impl Loader {
    async fn file(self, path: PathBuf) {
        if let Err(why) = self.content(&path).await {
            self.tally.refuse_file(&path, &why);
        }
    }

    /// `Err` says why the file as a whole could not be loaded.
    async fn content(&self, path: &Path) -> Result<(), String> {
        let mut source = Source::open(path, self.tally.bar()).map_err(|e| format!("it cannot be read: {e}"))?;
        match source.start().map_err(|e| format!("it cannot be read: {e}"))? {
            Start::FhirLines => fhir::lines(self, path, &mut source).await,
            Start::ReadingLines => readings::lines(self, path, &mut source, readings::Form::Ndjson).await,
            Start::ReadingsCsv => readings::lines(self, path, &mut source, readings::Form::Csv).await,
            Start::Json => {
                let bytes = source.rest().map_err(|e| format!("it cannot be read: {e}"))?;
                self.document(path, bytes).await
            }
            Start::Other(why) => Err(why.to_owned()),
        }
    }

    async fn document(&self, path: &Path, bytes: bytes::Bytes) -> Result<(), String> {
        match kind::document(&bytes)? {
            Document::Bundle if !self.keep_bundles => fhir::bundle(self, path, bytes).await,
            Document::Bundle | Document::Resource => fhir::resource(self, path, &bytes).await,
            Document::Epcis => epcis::document(self, path, bytes).await,
            Document::Readings => readings::document(self, path, bytes).await,
        }
        Ok(())
    }
}
