//! Trade in medicines over the records of EPCIS: who has what of a lot, and the states of single packs under the EU's
//! falsified-medicines directive. It reads items through `theriac_epcis::item` only.
//!
//! US: FD&C Act, sections 581 and 582 (DSCSA). EU: Delegated Regulation (EU) 2016/161.
//!
//! Both tell of the whole trade of a tenant; a caller who sees a part of its events finds nothing here.

mod fmd;
mod recall;
mod routes;
mod store;

pub use routes::routes;

use theriac_access::Rows;
use theriac_core::{Error, Result};
use theriac_platform::Context;

/// Whoever does not see all of a tenant's trade sees none of what follows from it.
fn only_who_sees_all(context: &Context, what: &'static str, id: &str) -> Result<()> {
    if context.grant.rows() == Rows::All { Ok(()) } else { Err(Error::not_found(what, id)) }
}
