//! A plant in small feeds the server through `theriac connect`: an OPC UA server (`asyncua`) and an MQTT broker
//! (Mosquitto), with every side ended and started again while values flow.

use super::Outcome;
use super::clients::{Kit, drive};
use crate::run::Run;

/// In Debian and Ubuntu the broker is the package `mosquitto`; the suite starts its own on a free port.
#[rustfmt::skip]
const PLANT: &[Kit] = &[
    Kit {
        name: "plant", needs: &["python3", "mosquitto"], pinned: "requirements.txt",
        files: &["requirements.txt", "certificates.py", "drive.py"],
        install: &[&["python3", "-m", "venv", "--clear", "venv"], &["venv/bin/python", "-m", "pip", "--quiet", "install", "--requirement", "requirements.txt"]],
        drive: &["venv/bin/python", "drive.py"],
    },
];

pub async fn run(run: &Run) -> Result<Outcome, String> {
    drive(run, PLANT).await
}
