//! `theriac tenant create NAME`, `list`, `set NAME SETTING=VALUE...`, `settings NAME`.

use crate::cli::TenantCommand;
use crate::services;
use theriac_core::hash::sha256;
use theriac_core::{Error, Result, Tenant};
use theriac_ledger::Entry;
use theriac_platform::db::{Db, Unit};
use theriac_platform::{Config, Context, Settings, setting};

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
        TenantCommand::Set { tenant, settings } => set(&db, &find(&db, &tenant).await?, &settings).await?,
        TenantCommand::Settings { tenant } => show(&db, &find(&db, &tenant).await?).await?,
    }
    Ok(())
}

pub(super) async fn find(db: &Db, name: &str) -> Result<Tenant> {
    db.find_tenant(name).await?.ok_or_else(|| Error::not_found("tenant", name))
}

/// All of them or none.
async fn set(db: &Db, tenant: &Tenant, settings: &[String]) -> Result<()> {
    let context = Context::internal(db, tenant, "theriac tenant set");
    let before = Settings::read(&context.db, context.now()).await?;
    let mut unit = Unit::new();
    let mut entries = Vec::with_capacity(settings.len());
    for one in settings {
        let (name, value) =
            one.split_once('=').ok_or_else(|| Error::invalid(format!("'{one}' is not of the form NAME=VALUE")))?;
        let version = before.change(&mut unit, &context.db, context.now(), name, value)?;
        entries.push(entry(name, value, version));
    }
    theriac_ledger::record(&mut unit, &context, &entries)?;
    context.db.commit(unit).await?;
    settings.iter().for_each(|one| println!("{}: {one}", tenant.name));
    Ok(())
}

fn entry(name: &str, value: &str, version: i64) -> Entry {
    Entry {
        topic: "admin.setting".to_owned(),
        action: "update",
        subject: name.to_owned(),
        version,
        hash: Some(sha256(value.as_bytes())),
        data: Some(serde_json::json!({ "name": name, "value": value })),
        ..Entry::default()
    }
}

async fn show(db: &Db, tenant: &Tenant) -> Result<()> {
    let context = Context::internal(db, tenant, "theriac tenant settings");
    let settings = Settings::read(&context.db, context.now()).await?;
    for row in setting::TABLE {
        println!("{}={}  # {}", row.name, settings.value(row.name), row.about);
    }
    Ok(())
}
