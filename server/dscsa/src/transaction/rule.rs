//! The rules of transaction information and statement, each with its code. A code is public: it never changes its
//! meaning, and is never used again.

use serde_json::json;
use theriac_core::Result;
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

pub(super) struct Rule {
    pub code: &'static str,
    pub about: &'static str,
    /// Does it keep the seller from making the statement?
    forbids_statement: bool,
}

const fn rule(code: &'static str, about: &'static str) -> Rule {
    Rule { code, about, forbids_statement: false }
}

/// 21 U.S.C. 360eee(26)(A) to (J), the product identifier of 360eee-1(g)(1)(B), and 360eee(27).
#[rustfmt::skip]
pub(super) static RULES: &[Rule] = &[
    rule("ti-missing-name",           "the proprietary or established name of the product is not known (A)"),
    rule("ti-missing-strength",       "the strength of the product is not known (B)"),
    rule("ti-missing-dosage-form",    "the dosage form of the product is not known (B)"),
    rule("ti-missing-ndc",            "the National Drug Code of the product is not known (C)"),
    rule("ti-missing-container-size", "the container size is not known (D)"),
    rule("ti-missing-containers",     "no container is known: the event names nothing that holds a serialised package (E)"),
    rule("ti-missing-lot",            "the lot of a package is not known (F)"),
    rule("ti-missing-expiry",         "the expiry of a package is not known: its product identifier is not whole"),
    rule("ti-missing-seller",         "the party from whom ownership passes is not named (I)"),
    rule("ti-missing-seller-name",    "the business name of the seller is not known (I)"),
    rule("ti-missing-seller-address", "the address of the seller is not known (I)"),
    rule("ti-missing-buyer-name",     "the business name of the buyer is not known (J)"),
    rule("ti-missing-buyer-address",  "the address of the buyer is not known (J)"),
    rule("ts-missing",                "no affirmed transaction statement of the seller came with it"),
    Rule { forbids_statement: true, ..rule("ts-suspect-sold",     "it was sold while an investigation of it was open (27)(D)") },
    Rule { forbids_statement: true, ..rule("return-not-verified", "it came back, and was sold again before its identifier was verified") },
];

pub(super) fn find(code: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.code == code)
}

pub(super) fn forbids_statement(code: &str) -> bool {
    find(code).is_some_and(|rule| rule.forbids_statement)
}

/// `GET /transactionRules`
pub(crate) async fn rules(_: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let told = RULES.iter().map(|rule| json!({ "code": rule.code, "text": rule.about }));
    Response::json(200, &json!({ "rules": told.collect::<Vec<_>>() }))
}
