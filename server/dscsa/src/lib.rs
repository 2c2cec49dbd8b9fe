//! Trade in medicines over the records of EPCIS: what the DSCSA wants of trading partners, who has what of a lot, and
//! the states of single packs under the EU's falsified-medicines directive. It reads items and events through the
//! public types of `theriac_epcis` only.
//!
//! US: FD&C Act, sections 581 and 582 (DSCSA), 21 U.S.C. 360eee and 360eee-1. EU: Delegated Regulation (EU) 2016/161.
//!
//! Most of it tells of the whole trade of a tenant; a caller who sees a part of its events finds nothing there. What
//! the law lets partners ask (a verification, a trace) is answered with that and no more.

mod credential;
mod exception;
mod fmd;
mod investigation;
mod overdue;
mod partner;
mod printed;
mod recall;
mod record;
mod returns;
mod routes;
mod store;
mod trace;
mod transaction;
mod verification;

pub use credential::{Authority, Holder};
pub use routes::{rounds, routes, workers};

use credential::issuer::Issuers;
use std::sync::Arc;
use theriac_access::{Grant, Role, Rows};
use theriac_core::{Error, Result};
use theriac_platform::{Context, Cursors, Outbound};

/// What the handlers need besides the context.
#[derive(Clone)]
pub struct Dscsa {
    pub(crate) outbound: Arc<Outbound>,
    /// Seals the tokens that partners gave us.
    pub(crate) seals: Cursors,
    /// Says whether a partner's credential holds.
    pub(crate) authority: Arc<dyn Authority>,
}

impl Dscsa {
    pub fn new(outbound: Arc<Outbound>, seals: Cursors) -> Self {
        Self { outbound, seals, authority: Arc::new(Issuers) }
    }

    /// With another authority over credentials, such as a wallet's.
    #[must_use]
    pub fn trusting(self, authority: Arc<dyn Authority>) -> Self {
        Self { authority, ..self }
    }
}

/// Whoever does not see all of a tenant's trade sees none of what follows from it.
fn only_who_sees_all(context: &Context, what: &'static str, id: &str) -> Result<()> {
    if context.grant.rows() == Rows::All { Ok(()) } else { Err(Error::not_found(what, id)) }
}

/// The tenant itself, in the caller's request: for answers that partners get by law of items they do not see. What is
/// read so is never shown, only judged.
fn as_tenant(context: &Context) -> Context {
    let tenant = context.tenant.name.as_ref();
    context.acting(Grant::new(Role::Administrator, context.grant.subject.as_str(), tenant))
}
