//! A line is all that comes from one sign-in of one person to one client: it ends as a whole.

use super::granted::Granted;
use crate::store::once;
use theriac_access::{Grant, Mark, Role};
use theriac_core::Result;
use theriac_ledger::Entry;
use theriac_platform::db::Unit;
use theriac_platform::{Context, Revocations};

/// Ends every token of the line, and says in the ledger why.
pub(crate) async fn end(context: &Context, line: &str, granted: &Granted, why: &'static str) -> Result<()> {
    let mut unit = Unit::new();
    unit.push(once::end_line(&context.db, line, context.now()));
    let row = Revocations::take_back(&mut unit, &context.db, Mark::Session(line));
    let entry = Entry {
        topic: "auth.token".to_owned(),
        action: why,
        subject: format!("users/{}", granted.user),
        data: Some(serde_json::json!({ "session": line })),
        ..Entry::default()
    };
    // Whoever showed it did not prove to be the person.
    let actor = Grant {
        client: Some(granted.client.clone()),
        ..Grant::new(Role::Service, granted.client.as_str(), context.tenant.name.as_ref())
    };
    theriac_ledger::record(&mut unit, &context.acting(actor), &[entry])?;
    Revocations::commit(&context.db, unit, vec![row]).await.map(drop)
}
