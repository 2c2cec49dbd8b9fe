//! The REST binding of EPCIS 2.0 as others test it: Schemathesis by the standard's own OpenAPI document, and the client
//! epcis2.js. Their programs stand in `conformance/clients`.

use super::Outcome;
use super::clients::{Kit, drive};
use crate::run::Run;

#[rustfmt::skip]
const KITS: &[Kit] = &[
    Kit {
        name: "epcis", needs: &["node", "npm"], pinned: "package-lock.json",
        files: &["package.json", "package-lock.json", "drive.js"],
        install: &[&["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]],
        drive: &["node", "drive.js"],
    },
    Kit {
        name: "schemathesis", needs: &["python3"], pinned: "requirements.txt",
        files: &["requirements.txt", "drive.py"],
        install: &[&["python3", "-m", "venv", "--clear", "venv"], &["venv/bin/python", "-m", "pip", "--quiet", "install", "--requirement", "requirements.txt"]],
        drive: &["venv/bin/python", "drive.py"],
    },
];

pub async fn run(run: &Run) -> Result<Outcome, String> {
    drive(run, KITS).await
}
