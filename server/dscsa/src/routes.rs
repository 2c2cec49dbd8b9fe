//! The routes of the trade in medicines.

use crate::credential::{issuer, put_own};
use crate::overdue::Overdue;
use crate::verification::{answer, ask};
use crate::{Dscsa, exception, fmd, investigation, partner, recall, record, returns, trace, transaction, verification};
use std::sync::Arc;
use theriac_access::Permission::{Admin, EpcisCapture, EpcisRead, QualityWrite};
use theriac_ledger::{Rounds, Watcher};
use theriac_platform::http::Method::{Delete, Get, Post, Put};
use theriac_platform::http::{Facade, Route, Routes};

#[rustfmt::skip]
pub fn routes(dscsa: &Dscsa) -> Vec<Route> {
    Routes::new(Facade::Plain)
        .add(Get,  "/{tenant}/dscsa/recall",                    EpcisRead,    &(), |(), c, r| recall::read(c, r),       "Every serial of a lot, and who has it")
        .add(Get,  "/{tenant}/dscsa/packs/{epc}",               EpcisRead,    &(), |(), c, r| fmd::read(c, r),          "The state of a pack under the EU's directive")
        .add(Get,  "/{tenant}/dscsa/packs/{epc}/verify",        EpcisRead,    &(), |(), c, r| fmd::verify(c, r),        "Verify a pack by what is printed on it")
        .add(Post, "/{tenant}/dscsa/packs/{epc}/decommission",  EpcisCapture, &(), |(), c, r| fmd::decommission(c, r),  "Take a pack out of circulation, for a reason")
        .add(Post, "/{tenant}/dscsa/packs/{epc}/reactivate",    EpcisCapture, &(), |(), c, r| fmd::reactivate(c, r),    "Undo that, within ten days")

        .add(Get,  "/{tenant}/dscsa/partners",                  EpcisRead,    &(), |(), c, r| record::list(&partner::KIND, c, r), "Trading partners and their gateways")
        .add(Get,  "/{tenant}/dscsa/partners/{gln}",            EpcisRead,    &(), |(), c, r| partner::read(c, r),      "A trading partner")
        .add(Put,  "/{tenant}/dscsa/partners/{gln}",            Admin,        dscsa, partner::put,                      "Name a trading partner, its products and the addresses of its gateway")
        .add(Delete, "/{tenant}/dscsa/partners/{gln}",          Admin,        &(), |(), c, r| partner::delete(c, r),    "Ask a trading partner no more")

        .add(Get,  "/{tenant}/dscsa/verify/gtin/{gtin}/lot/{lot}/ser/{serial}", EpcisRead, dscsa, answer::verify, "Verify a product identifier (GS1 Lightweight Messaging)")
        .add(Get,  "/{tenant}/dscsa/verify/gtin/{gtin}/ser/{serial}",           EpcisRead, dscsa, answer::verify, "Verify a product identifier without its lot")
        .add(Get,  "/{tenant}/dscsa/verify/01/{gtin}/10/{lot}/21/{serial}",     EpcisRead, dscsa, answer::verify, "Verify a product identifier by its Digital Link")
        .add(Get,  "/{tenant}/dscsa/verify/01/{gtin}/21/{serial}",  EpcisRead, dscsa, answer::verify, "Verify a product identifier by its Digital Link, the lot in the query")
        .add(Get,  "/{tenant}/dscsa/checkConnectivity",         EpcisRead,    dscsa, answer::connectivity, "Is the product answered for here, and under which GLN?")
        .add(Get,  "/{tenant}/dscsa/verifications",             EpcisRead,    &(), |(), c, r| record::list(&verification::KIND, c, r), "Verifications that were asked for, newest first")
        .add(Post, "/{tenant}/dscsa/verifications",             EpcisCapture, dscsa, ask::create,                       "Have a product identifier verified by whoever answers for it")
        .add(Get,  "/{tenant}/dscsa/verifications/{id}",        EpcisRead,    &(), |(), c, r| record::read(&verification::KIND, c, r), "A verification and its answer")

        .add(Get,  "/{tenant}/dscsa/returns",                   EpcisRead,    &(), |(), c, r| record::list(&returns::KIND, c, r), "Packs that came back, newest first")
        .add(Post, "/{tenant}/dscsa/returns",                   EpcisCapture, dscsa, returns::create,                   "Take a pack back: it is saleable once its identifier is verified")
        .add(Get,  "/{tenant}/dscsa/returns/{id}",              EpcisRead,    &(), |(), c, r| record::read(&returns::KIND, c, r), "A pack that came back")
        .add(Post, "/{tenant}/dscsa/returns/{id}/verify",       EpcisCapture, dscsa, returns::again,                    "Verify a returned pack again that nobody answered for")

        .add(Get,  "/{tenant}/dscsa/investigations",            EpcisRead,    &(), |(), c, r| record::list(&investigation::KIND, c, r), "Investigations of suspect and illegitimate product, newest first")
        .add(Post, "/{tenant}/dscsa/investigations",            QualityWrite, &(), |(), c, r| investigation::create(c, r), "Investigate suspect product")
        .add(Get,  "/{tenant}/dscsa/investigations/{id}",       EpcisRead,    &(), |(), c, r| record::read(&investigation::KIND, c, r), "An investigation with its log")
        .add(Post, "/{tenant}/dscsa/investigations/{id}/transition", QualityWrite, &(), |(), c, r| investigation::transition(c, r), "Clear it, find it illegitimate, ask for its end, end it")
        .add(Post, "/{tenant}/dscsa/investigations/{id}/notify", QualityWrite, dscsa, investigation::notice::notify,    "Tell FDA and trading partners, or that they were told")
        .add(Get,  "/{tenant}/dscsa/investigations/{id}/form3911", EpcisRead, &(), |(), c, r| investigation::form(c, r), "A draft of Form FDA 3911")
        .add(Get,  "/{tenant}/dscsa/issuers",                   EpcisRead,    &(), |(), c, r| record::list(&issuer::KIND, c, r), "Whose credentials of trading partners are believed")
        .add(Get,  "/{tenant}/dscsa/issuers/{id}",              EpcisRead,    &(), |(), c, r| record::read(&issuer::KIND, c, r), "An issuer of credentials, with its keys")
        .add(Put,  "/{tenant}/dscsa/issuers/{id}",              Admin,        &(), |(), c, r| issuer::put(c, r),        "Believe an issuer of credentials")
        .add(Delete, "/{tenant}/dscsa/issuers/{id}",            Admin,        &(), |(), c, r| issuer::delete(c, r),     "Believe an issuer no more")
        .add(Put,  "/{tenant}/dscsa/credential",                Admin,        dscsa, put_own,                           "The credential that this tenant shows to partners")

        .add(Post, "/{tenant}/dscsa/traceRequests",             EpcisCapture, dscsa, trace::answer::answer,             "A partner's request to trace an item, answered at once")
        .add(Get,  "/{tenant}/dscsa/traces",                    EpcisRead,    &(), |(), c, r| record::list(&trace::KIND, c, r), "Requests to trace, ours and those of partners, newest first")
        .add(Post, "/{tenant}/dscsa/traces",                    EpcisCapture, dscsa, trace::ask::create,                "Ask a partner to trace an item")
        .add(Get,  "/{tenant}/dscsa/traces/{id}",               EpcisRead,    &(), |(), c, r| record::read(&trace::KIND, c, r), "A request to trace and its answer")
        .add(Post, "/{tenant}/dscsa/traces/{id}/ask",           EpcisCapture, dscsa, trace::ask::again,                 "Ask once more")

        .add(Get,  "/{tenant}/dscsa/exceptions",                EpcisRead,    &(), |(), c, r| record::list(&exception::KIND, c, r), "Cases of exceptions between goods and data, newest first")
        .add(Post, "/{tenant}/dscsa/exceptions",                EpcisCapture, dscsa, exception::send::create,           "Send a partner a report or a response")
        .add(Get,  "/{tenant}/dscsa/exceptions/{id}",           EpcisRead,    &(), |(), c, r| record::read(&exception::KIND, c, r), "A case with all its messages")
        .add(Post, "/{tenant}/dscsa/exceptions/{id}/send",      EpcisCapture, dscsa, exception::send::again,            "Send again what did not get through")
        .add(Post, "/{tenant}/dscsa/exceptionReports",          EpcisCapture, dscsa, exception::receive::report,        "A partner's report of exceptions")
        .add(Post, "/{tenant}/dscsa/exceptionResponses",        EpcisCapture, dscsa, exception::receive::response,      "A partner's response to a report")

        .add(Get,  "/{tenant}/dscsa/transactions",              EpcisRead,    &(), |(), c, r| transaction::list(c, r),  "Shipments in which the tenant sells or buys, and what is missing in them")
        .add(Get,  "/{tenant}/dscsa/transactions/{eventID}",    EpcisRead,    &(), |(), c, r| transaction::read(c, r),  "Transaction information and statement of a shipment")
        .add(Post, "/{tenant}/dscsa/transactions/{eventID}/check", QualityWrite, &(), |(), c, r| transaction::check(c, r), "Judge a shipment anew")
        .add(Post, "/{tenant}/dscsa/transactions/{eventID}/statement", EpcisCapture, &(), |(), c, r| transaction::state(c, r), "The seller's transaction statement")
        .add(Get,  "/{tenant}/dscsa/transactionRules",          EpcisRead,    &(), |(), c, r| transaction::rules(c, r), "The rules shipments are judged by")
        .add(Post, "/{tenant}/dscsa/notices",                   EpcisCapture, &(), |(), c, r| investigation::notice::receive(c, r), "A partner's notice of illegitimate product")
        .rows()
}

pub fn rounds() -> Vec<Arc<dyn Rounds>> {
    vec![Arc::new(Overdue)]
}

pub fn workers() -> Vec<Arc<dyn Watcher>> {
    vec![Arc::new(transaction::Shipments)]
}
