//! `_at`: the data as it stood at an earlier time, for searches and reads.

use crate::store::search::{self as store, Moment};
use theriac_core::{Code, Error, Instant, Result};
use theriac_platform::Context;

/// The time that is asked for, which must have come.
///
/// # Errors
/// `Invalid` for a time to come.
pub fn check(context: &Context, at: Instant) -> Result<Instant> {
    match at > context.now() {
        true => Err(Error::invalid("_at names a time that has not come yet").at("_at")),
        false => Ok(at),
    }
}

/// What stood then, of what is there now.
///
/// # Errors
/// `NotSupported` where versions of that time cannot be found by what they say.
pub(super) async fn moment(context: &Context, at: Instant) -> Result<Moment> {
    let at = check(context, at)?;
    match store::moment_at(context, at).await? {
        Some(moment) => Ok(moment),
        None => {
            let message =
                "versions of that time were stored before searches of the past began here; read them by their history";
            Err(Error::new(Code::NotSupported, message).at("_at"))
        }
    }
}
