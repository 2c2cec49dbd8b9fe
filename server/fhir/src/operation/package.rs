//! `$install`, `$uninstall` and `$packages` of ImplementationGuide: packages of definitions, uploaded by an administrator.
//! The standard has no operation for this; the names are those that other servers use.

use super::parameters::{Input, Output};
use crate::package::{install, remove};
use crate::service::Fhir;
use crate::store::package as store;
use base64::Engine;
use std::collections::BTreeMap;
use theriac_core::json::Node;
use theriac_core::{Error, Instant, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response, media_type};

/// A body that is the package itself; else it stands in a Parameters resource.
const PACKED: &[&str] = &[
    "application/gzip",
    "application/x-gzip",
    "application/tar+gzip",
    "application/x-tar",
    "application/octet-stream",
];

/// More are not listed.
const MOST_NOTES: usize = 200;

pub async fn install(_: Fhir, context: Context, mut request: Request) -> Result<Response> {
    let is_packed = request.header("content-type").map(media_type).is_some_and(|m| PACKED.contains(&m.as_str()));
    let body = if is_packed { std::mem::take(&mut request.body) } else { Default::default() };
    let input = Input::read(&request, &["npmContent", "allowMissing"])?;
    let packed = match is_packed {
        true => body.to_vec(),
        false => content(&input)?,
    };
    let report = install::apply(&context, &packed, input.truth("allowMissing")?.unwrap_or(false)).await?;
    let mut output = Output::default()
        .text("name", "valueString", Some(&report.manifest.name))
        .text("version", "valueString", Some(&report.manifest.version))
        .with("unchanged", "valueBoolean", Node::Bool(report.unchanged));
    output = counts(output, "installed", &report.installed);
    output = counts(output, "skipped", &report.skipped);
    for missing in &report.missing {
        output = output.text("missing", "valueString", Some(missing));
    }
    for note in report.adapted.iter().take(MOST_NOTES) {
        output = output.text("adapted", "valueString", Some(note));
    }
    Ok(output.respond())
}

fn content(input: &Input) -> Result<Vec<u8>> {
    let wanted = || {
        let message = "send the package itself as application/gzip, or npmContent (base64) in a Parameters resource";
        Error::invalid(message).at("npmContent")
    };
    let text: String = input.text("npmContent")?.ok_or_else(wanted)?.split_whitespace().collect();
    base64::prelude::BASE64_STANDARD.decode(text).map_err(|_| wanted())
}

fn counts(output: Output, name: &str, counts: &BTreeMap<String, usize>) -> Output {
    counts.iter().fold(output, |output, (kind, count)| {
        let part = Output::default().text("type", "valueCode", Some(kind));
        output.part(name, part.with("count", "valueInteger", number(*count)))
    })
}

fn number(count: usize) -> Node<'static> {
    Node::Number(count.to_string().into())
}

pub async fn uninstall(_: Fhir, context: Context, request: Request) -> Result<Response> {
    let input = Input::read(&request, &["name", "version"])?;
    let needed = |name: &'static str| move || Error::invalid(format!("the package's {name} is needed")).at(name);
    let name = input.text("name")?.ok_or_else(needed("name"))?;
    let version = input.text("version")?.ok_or_else(needed("version"))?;
    let report = remove::apply(&context, name, version).await?;
    let mut output = Output::default().with("removed", "valueInteger", number(report.removed));
    for kept in &report.kept {
        output = output.text("kept", "valueString", Some(kept));
    }
    Ok(output.respond())
}

pub async fn list(_: Fhir, context: Context, request: Request) -> Result<Response> {
    Input::read(&request, &[])?;
    let owned = store::owned(&context.db).await?;
    let mut output = Output::default();
    for package in store::all(&context.db).await? {
        let label = package.manifest.label();
        let mut part = Output::default()
            .text("name", "valueString", Some(&package.manifest.name))
            .text("version", "valueString", Some(&package.manifest.version))
            .text("installed", "valueInstant", Some(&Instant(package.at).rfc3339()))
            .with("count", "valueInteger", number(owned.iter().filter(|o| o.package == label).count()));
        for (name, version) in &package.manifest.dependencies {
            part = part.text("dependency", "valueString", Some(&format!("{name}#{version}")));
        }
        output = output.part("package", part);
    }
    Ok(output.respond())
}
