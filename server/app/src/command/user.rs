//! `theriac user create`: a person who signs in.

use crate::cli::UserArgs;
use crate::services;
use theriac_core::Result;
use theriac_identity::User;
use theriac_platform::{Config, Context};

pub async fn create(config: &Config, args: UserArgs) -> Result<()> {
    let db = services::database(config).await?;
    let tenant = super::tenant::find(&db, &args.tenant).await?;
    let context = Context::internal(&db, &tenant, "theriac user create");
    let name = args.name.unwrap_or_else(|| args.id.clone());
    let user = User { name, role: args.role, fhir_user: args.fhir_user, glns: args.glns, site: args.site };
    println!("{}", theriac_identity::create_user(&context, &args.id, user).await?);
    Ok(())
}
