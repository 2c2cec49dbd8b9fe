//! The routes of the trade in medicines.

use crate::{fmd, recall};
use theriac_access::Permission::{EpcisCapture, EpcisRead};
use theriac_platform::http::Method::{Get, Post};
use theriac_platform::http::{Facade, Route, Routes};

#[rustfmt::skip]
pub fn routes() -> Vec<Route> {
    Routes::new(Facade::Plain)
        .add(Get,  "/{tenant}/dscsa/recall",                    EpcisRead,    &(), |(), c, r| recall::read(c, r),       "Every serial of a lot, and who has it")
        .add(Get,  "/{tenant}/dscsa/packs/{epc}",               EpcisRead,    &(), |(), c, r| fmd::read(c, r),          "The state of a pack under the EU's directive")
        .add(Get,  "/{tenant}/dscsa/packs/{epc}/verify",        EpcisRead,    &(), |(), c, r| fmd::verify(c, r),        "Verify a pack by what is printed on it")
        .add(Post, "/{tenant}/dscsa/packs/{epc}/decommission",  EpcisCapture, &(), |(), c, r| fmd::decommission(c, r),  "Take a pack out of circulation, for a reason")
        .add(Post, "/{tenant}/dscsa/packs/{epc}/reactivate",    EpcisCapture, &(), |(), c, r| fmd::reactivate(c, r),    "Undo that, within ten days")
        .rows()
}
