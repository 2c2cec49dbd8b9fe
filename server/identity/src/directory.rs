//! Who is registered here, for those who review access: accounts of persons and clients as they stand, without secrets.

use crate::admin;
use crate::client::Client;
use crate::record::{Record, Registered, State};
use crate::store;
use crate::user::User;
use theriac_access::{Mark, Role, Scopes};
use theriac_core::{Error, Instant, Result};
use theriac_ledger::Entry;
use theriac_platform::db::Unit;
use theriac_platform::{Context, Revocations};

/// What an account is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    User,
    Client,
}

impl Sort {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Client => "client",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        [Self::User, Self::Client].into_iter().find(|sort| sort.as_str() == name)
    }
}

/// One account.
#[derive(Debug, Clone)]
pub struct Account {
    pub sort: Sort,
    pub id: String,
    pub name: String,
    pub role: Role,
    /// `active`, `pending` or `disabled`.
    pub state: &'static str,
    pub created: Instant,
    pub changed: Instant,
    /// Of a person.
    pub signed_in: Option<Instant>,
    /// Has the person a second factor?
    pub second_factor: bool,
    /// The most a client can be given; none: whatever its role has.
    pub scopes: Option<Scopes>,
    pub glns: Vec<String>,
    pub site: Option<String>,
    /// Can it do something by itself, without a person?
    pub acts_alone: bool,
    pub assigned: Vec<Assigned>,
}

/// A patient of a person.
#[derive(Debug, Clone)]
pub struct Assigned {
    pub patient: String,
    pub at: String,
    pub by: String,
    pub until: Option<String>,
}

const PAGE: u64 = 500;

/// All accounts, users first, each kind by id.
///
/// # Errors
/// The database's.
pub async fn accounts(context: &Context) -> Result<Vec<Account>> {
    let mut accounts = Vec::new();
    for record in all::<User>(context).await? {
        accounts.push(of_user(context, record).await?);
    }
    for record in all::<Client>(context).await? {
        accounts.push(of_client(record)?);
    }
    accounts.sort_by(|a, b| (a.sort, &a.id).cmp(&(b.sort, &b.id)));
    Ok(accounts)
}

/// # Errors
/// `NotFound`; the database's.
pub async fn account(context: &Context, sort: Sort, id: &str) -> Result<Account> {
    match sort {
        Sort::User => of_user(context, admin::find::<User>(context, id).await?).await,
        Sort::Client => of_client(admin::find::<Client>(context, id).await?),
    }
}

async fn all<T: Registered>(context: &Context) -> Result<Vec<Record<T>>> {
    let (mut found, mut before) = (Vec::new(), None);
    loop {
        let page: Vec<Record<T>> = store::record::list(&context.db, None, before, PAGE).await?;
        let more = page.len() as u64 == PAGE;
        before = page.last().map(|record| record.key);
        found.extend(page);
        if !more {
            return Ok(found);
        }
    }
}

async fn of_user(context: &Context, record: Record<User>) -> Result<Account> {
    let credential = store::credential::find(&context.db, &record.id).await?;
    let now = context.now();
    let assigned = store::assignment::list(&context.db, &record.id, "", &Default::default(), u64::MAX).await?;
    let stands = |until: &Option<String>| until.as_deref().and_then(Instant::parse).is_none_or(|until| until > now);
    let assigned = assigned.into_iter().filter(|one| stands(&one.until)).map(|one| Assigned {
        patient: one.patient,
        at: one.assigned_at,
        by: one.assigned_by,
        until: one.until,
    });
    Ok(Account {
        sort: Sort::User,
        role: record.document.role()?,
        name: record.document.name,
        state: record.state.as_str(),
        created: record.created,
        changed: record.changed,
        signed_in: credential.signed_in,
        second_factor: credential.totp.is_some(),
        scopes: None,
        glns: record.document.glns,
        site: record.document.site,
        acts_alone: false,
        assigned: assigned.collect(),
        id: record.id,
    })
}

fn of_client(record: Record<Client>) -> Result<Account> {
    let scope = record.document.scope.as_str();
    Ok(Account {
        sort: Sort::Client,
        role: record.document.role()?,
        state: record.state.as_str(),
        created: record.created,
        changed: record.changed,
        signed_in: None,
        second_factor: false,
        scopes: if scope.is_empty() { None } else { Some(Scopes::parse(scope)?) },
        acts_alone: record.document.has_grant(crate::client::CREDENTIALS),
        name: record.document.client_name,
        glns: record.document.glns,
        site: record.document.site,
        assigned: Vec::new(),
        id: record.id,
    })
}

/// Ends an account's access in the unit of whoever decided it; the unit may hold entries already. An account that has ended
/// stays as it is.
///
/// # Errors
/// `NotFound`; `Conflict` where somebody else changed it; the database's.
pub async fn disable(context: &Context, sort: Sort, id: &str, unit: Unit) -> Result<()> {
    match sort {
        Sort::User => end::<User>(context, id, unit).await,
        Sort::Client => end::<Client>(context, id, unit).await,
    }
}

async fn end<T: Registered>(context: &Context, id: &str, mut unit: Unit) -> Result<()> {
    let present = admin::find::<T>(context, id).await?;
    let mut rows = Vec::new();
    if present.state != State::Disabled {
        let record = Record { state: State::Disabled, ..present.next(context) };
        unit.push(store::record::put(&context.db, &record)?);
        let entries: [Entry; 1] = [record.entry("disable")?];
        theriac_ledger::record(&mut unit, context, &entries)?;
        let mark: Mark<'_> = T::mark(&record.id);
        rows.push(Revocations::take_back(&mut unit, &context.db, mark));
    }
    match Revocations::commit(&context.db, unit, rows).await {
        Err(e) if e.guard == Some("identity_record") => {
            Err(Error::conflict("somebody else changed the account at the same moment; read it again"))
        }
        other => other.map(drop),
    }
}
