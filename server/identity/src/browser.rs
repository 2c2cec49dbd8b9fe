//! What a person sees: sign-in, second factor, consent. Plain pages that work without scripts, by keyboard, and read
//! aloud; forms carry what goes on sealed, so that nothing is kept for people who walk away.

mod account;
mod attempt;
mod consent;
mod enrol;
mod gate;
mod page;
mod password;
mod second_factor;
mod session;
mod sign_in;
mod words;

pub(crate) use account::{account, sign_out};
pub(crate) use consent::{authorize, authorize_form, decide};
pub(crate) use enrol::enrol;
pub(crate) use gate::{begin_external, opened, shown};
pub(crate) use page::style;
pub(crate) use password::change;
pub(crate) use second_factor::prove;
pub(crate) use session::{external_cookie, external_of};
pub(crate) use sign_in::sign_in;
