//! `theriac package install FILE`, `list`, `remove`: the same operations as over HTTP.

use super::inside::Inside;
use crate::cli::PackageCommand;
use crate::services::Services;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use theriac_core::{Error, Result};
use theriac_platform::Config;
use theriac_platform::http::{Method, Router};

pub async fn run(config: &Config, command: PackageCommand) -> Result<()> {
    let services = Services::open(config).await?;
    match command {
        PackageCommand::Install { tenant, file, allow_missing } => {
            let inside = inside(&services, &tenant).await?;
            install(&inside, &file, allow_missing).await
        }
        PackageCommand::List { tenant } => list(&inside(&services, &tenant).await?).await,
        PackageCommand::Remove { tenant, name, version } => {
            remove(&inside(&services, &tenant).await?, &name, &version).await
        }
    }
}

async fn inside(services: &Services, tenant: &str) -> Result<Inside> {
    let found = services.db.find_tenant(tenant).await?;
    let found = found.ok_or_else(|| {
        Error::invalid(format!("there is no tenant '{tenant}'; `theriac tenant create {tenant}` makes it"))
    })?;
    Ok(Inside::new(services, &Arc::new(Router::new(services.routes())), &found, "theriac package"))
}

async fn install(inside: &Inside, file: &Path, allow_missing: bool) -> Result<()> {
    let bytes = std::fs::read(file).map_err(|e| Error::invalid(format!("{} cannot be read: {e}", file.display())))?;
    let address = format!("fhir/ImplementationGuide/$install?allowMissing={allow_missing}");
    let reply = inside.send(Method::Post, &address, "application/gzip", bytes).await?;
    let answer = read(&reply.body)?;
    let label = format!("{}#{}", one(&answer, "name"), one(&answer, "version"));
    match one(&answer, "unchanged").as_str() {
        "true" => println!("{label} is installed already"),
        _ => println!("{label} installed"),
    }
    for (name, verb) in [("installed", "in force"), ("skipped", "not a definition, left out")] {
        for part in all(&answer, name) {
            println!("  {} {} {verb}", value(part, "count"), value(part, "type"));
        }
    }
    for missing in all(&answer, "missing") {
        println!("  missing: {}", text(missing));
    }
    for adapted in all(&answer, "adapted") {
        println!("  adapted: {}", text(adapted));
    }
    Ok(())
}

async fn list(inside: &Inside) -> Result<()> {
    let answer = read(&inside.get("fhir/ImplementationGuide/$packages").await?.body)?;
    for part in all(&answer, "package") {
        let (name, version) = (value(part, "name"), value(part, "version"));
        println!("{name}#{version}  {} definitions  {}", value(part, "count"), value(part, "installed"));
    }
    Ok(())
}

async fn remove(inside: &Inside, name: &str, version: &str) -> Result<()> {
    let body = serde_json::json!({ "resourceType": "Parameters", "parameter": [
        { "name": "name", "valueString": name }, { "name": "version", "valueString": version }] });
    let address = "fhir/ImplementationGuide/$uninstall";
    let reply = inside.send(Method::Post, address, "application/fhir+json", body.to_string()).await?;
    let answer = read(&reply.body)?;
    println!("{name}#{version} removed with {} definitions", one(&answer, "removed"));
    for kept in all(&answer, "kept") {
        println!("  kept, as it was changed or is another package's too: {}", text(kept));
    }
    Ok(())
}

fn read(body: &[u8]) -> Result<Value> {
    serde_json::from_slice(body).map_err(Error::internal)
}

fn all<'a>(answer: &'a Value, name: &'a str) -> impl Iterator<Item = &'a Value> {
    answer["parameter"].as_array().into_iter().flatten().filter(move |p| p["name"] == name)
}

fn one(answer: &Value, name: &str) -> String {
    all(answer, name).next().map(text).unwrap_or_default()
}

fn value(part: &Value, name: &str) -> String {
    let parts = part["part"].as_array().into_iter().flatten();
    parts.filter(|p| p["name"] == name).map(text).next().unwrap_or_default()
}

/// The `value[x]` of a parameter.
fn text(parameter: &Value) -> String {
    let members = parameter.as_object().into_iter().flatten();
    let value = members.filter(|(name, _)| name.starts_with("value")).map(|(_, value)| value).next();
    value.map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).unwrap_or_default()
}
