//! `theriac key rotate` and `theriac key list`: running servers see the new key within a second.

use crate::cli::KeyCommand;
use theriac_access::SigningKeys;
use theriac_core::{Clock, Result};
use theriac_platform::Config;

pub fn run(config: &Config, command: &KeyCommand) -> Result<()> {
    let keys = SigningKeys::load_or_create(&config.keys_dir())?;
    let now_s = Clock::System.now().0 / 1_000_000;
    if matches!(command, KeyCommand::Rotate) {
        keys.rotate(now_s)?;
    }
    keys.list(now_s).iter().for_each(|key| println!("{key}"));
    Ok(())
}
