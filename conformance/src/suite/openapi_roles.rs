//! Schemathesis by the server's own `/openapi.json`, with a token of every role: nothing it thinks of is answered by a
//! status, a media type or a body that the document does not know, and nothing by 500. The program stands in
//! `conformance/clients/schemathesis`.

use super::Outcome;
use super::clients::{Kit, command, installed, is_there, output, tell};
use crate::run::Run;
use serde_json::{Map, Value};

const KIT: Kit = Kit {
    name: "schemathesis",
    needs: &["python3"],
    pinned: "requirements.txt",
    files: &["requirements.txt", "roles.py"],
    install: &[
        &["python3", "-m", "venv", "--clear", "venv"],
        &["venv/bin/python", "-m", "pip", "--quiet", "install", "--requirement", "requirements.txt"],
    ],
    drive: &["venv/bin/python", "roles.py"],
};

/// Every role, and what its token has besides.
const ROLES: &[(&str, &[&str])] = &[
    ("researcher", &[]),
    ("clinician", &["--assigned", "Patient/1,Patient/2"]),
    ("steward", &[]),
    ("administrator", &[]),
    ("operator", &[]),
    ("quality", &[]),
    ("partner", &["--glns", "0614141000012"]),
    ("service", &["--scope", "system/*.cruds epcis.read epcis.capture isa95.read readings.write feed.read"]),
];

pub async fn run(run: &Run) -> Result<Outcome, String> {
    let mut outcome = Outcome::default();
    if !is_there("python3") {
        let why = "python3 is not on this machine, so Schemathesis cannot run".to_owned();
        match std::env::var_os("CI") {
            Some(_) => outcome.case(KIT.name, Err(format!("{why}; install it"))),
            None => outcome.skipped.push(why),
        }
        return Ok(outcome);
    }
    let folder = installed(&KIT)?;
    let (server, tenant) = (run.server()?, run.tenant("roles").await?);
    let mut tokens = Map::new();
    for (role, more) in ROLES {
        let arguments = [&["token", "--tenant", &tenant.name, "--role", role, "--ttl", "24h"], *more].concat();
        tokens.insert((*role).to_owned(), Value::String(server.tell(&arguments)?));
    }
    let mut drive = command(KIT.drive, &folder);
    drive.env("THERIAC_URL", &server.url).env("THERIAC_TENANT", &tenant.name);
    drive.env("THERIAC_TOKENS", Value::Object(tokens).to_string());
    for line in output(drive)?.lines() {
        tell(&mut outcome, "openapi", line)?;
    }
    Ok(outcome)
}
