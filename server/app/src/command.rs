//! One file a command.

mod client;
mod connect;
mod deid;
mod demo;
mod inside;
mod key;
mod load;
mod migrate;
mod package;
mod serve;
mod tenant;
mod token;
mod user;
mod verify;

use crate::cli::{Cli, ClientCommand, Command, UserCommand};
use crate::openapi;
use theriac_core::Result;
use theriac_platform::{Config, telemetry};

pub async fn run(cli: Cli) -> Result<()> {
    let config = Config::load(cli.config.as_deref(), std::env::vars())?;
    telemetry::log_to_stderr(&config.log)?;
    match cli.command {
        Command::Serve { no_workers } => serve::serve(config, serve::Workers::unless(no_workers)).await,
        Command::Work { names } => serve::work(config, names).await,
        Command::Connect { file } => connect::run(&file).await,
        Command::Deid { rules, key, into, paths } => deid::run(&rules, key.as_deref(), into.as_deref(), &paths),
        Command::Demo { listen } => demo::run(config, listen).await,
        Command::Migrate => migrate::run(&config).await,
        Command::Tenant { command } => tenant::run(&config, command).await,
        Command::Client { command: ClientCommand::Create(args) } => client::create(&config, args).await,
        Command::User { command: UserCommand::Create(args) } => user::create(&config, args).await,
        Command::Key { command } => key::run(&config, &command),
        Command::Token(args) => token::run(&config, &args),
        Command::Load(args) => load::run(config, &args).await,
        Command::Package { command } => package::run(&config, command).await,
        Command::Verify { address, token, key, save } => {
            verify::run(&address, token.as_deref(), key.as_deref(), save.as_deref()).await
        }
        Command::Openapi => openapi::print().await,
    }
}
