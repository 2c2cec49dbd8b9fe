//! `theriac tenant create NAME`, `theriac tenant list`.

use crate::cli::TenantCommand;
use crate::services;
use theriac_core::Result;
use theriac_platform::Config;

pub async fn run(config: &Config, command: TenantCommand) -> Result<()> {
    let db = services::database(config).await?;
    match command {
        TenantCommand::Create { name } => {
            let tenant = db.create_tenant(&name).await?;
            println!("tenant {} created", tenant.name);
        }
        TenantCommand::List => {
            for tenant in db.tenants().await? {
                println!("{}", tenant.name);
            }
        }
    }
    Ok(())
}
