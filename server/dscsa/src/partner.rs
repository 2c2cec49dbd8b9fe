//! `/partners/{gln}`: trading partners with the addresses of their gateways. They are the tenant's own look-up
//! directory: who answers for a product is whoever has its GTIN, else whoever has the longest beginning of it.

use crate::Dscsa;
use crate::credential;
use crate::printed;
use crate::record::{self, Kind, Record, body, present};
use crate::store::record as store;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use theriac_core::{Error, Result};
use theriac_epcis::identifier::Identifier;
use theriac_platform::Context;
use theriac_platform::http::{Method, Request, Response};
use theriac_platform::outbound::Answered;

pub(crate) static KIND: Kind = Kind { segment: "partners", topic: "dscsa.partner", states: &["active", "removed"] };

/// Partners of a tenant that are looked at.
const MOST: i64 = 10_000;

const MOST_BYTES: usize = 4 * 1024 * 1024;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Partner {
    pub name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gtins: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub company_prefixes: Vec<String>,
    #[serde(default)]
    pub addresses: Addresses,
    /// With which we come to these addresses; taken, and never given out.
    #[serde(default, skip_serializing)]
    token: Option<String>,
    #[serde(default, skip_deserializing, skip_serializing_if = "Option::is_none")]
    sealed: Option<String>,
}

/// Where the partner's gateway takes what; each address is what the standard's path follows.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Addresses {
    /// Before `/gtin/{gtin}/...` (GS1 Lightweight Messaging).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification: Option<String>,
    /// That product is illegitimate: a POST, as our own `/notices` takes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notices: Option<String>,
    /// For traces: a POST, as our own `/traceRequests` takes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracing: Option<String>,
    /// Before `/exceptionReports` and `/exceptionResponses`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exceptions: Option<String>,
}

impl Partner {
    fn check(&self, outbound: &theriac_platform::Outbound) -> Result<()> {
        if self.name.trim().is_empty() || self.name.len() > 200 {
            return Err(Error::invalid("a partner has a name of 1 to 200 bytes").at("name"));
        }
        for gtin in &self.gtins {
            printed::gtin14(gtin).map_err(|e| e.at("gtins"))?;
        }
        for prefix in &self.company_prefixes {
            if !(6..=12).contains(&prefix.len()) || !prefix.bytes().all(|b| b.is_ascii_digit()) {
                return Err(
                    Error::invalid(format!("'{prefix}' is no company prefix of 6 to 12 digits")).at("companyPrefixes")
                );
            }
        }
        self.addresses.each().try_for_each(|(name, address)| outbound.check(address).map_err(|e| e.at(name)))
    }

    /// How well it answers for a product; nothing if it does not.
    fn fits(&self, gtin: &Identifier) -> Option<usize> {
        if self.gtins.contains(&gtin.primary) {
            return Some(usize::MAX);
        }
        let digits = gtin.company_digits();
        self.company_prefixes.iter().filter(|prefix| digits.starts_with(prefix.as_str())).map(String::len).max()
    }
}

impl Addresses {
    fn each(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("addresses.verification", &self.verification),
            ("addresses.notices", &self.notices),
            ("addresses.tracing", &self.tracing),
            ("addresses.exceptions", &self.exceptions),
        ]
        .into_iter()
        .filter_map(|(name, address)| Some((name, address.as_deref()?)))
    }
}

/// A partner under its GLN.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub gln: String,
    pub partner: Partner,
}

fn known(record: &Record) -> Result<Known> {
    let sealed = record.document["sealed"].as_str().map(str::to_owned);
    let mut document = record.document.clone();
    if let Value::Object(members) = &mut document {
        members.remove("sealed");
    }
    let partner: Partner = serde_json::from_value(document).map_err(Error::internal)?;
    Ok(Known { gln: record.id.clone(), partner: Partner { sealed, ..partner } })
}

/// The partner of that GLN, if it is one still.
pub(crate) async fn find(context: &Context, gln: &str) -> Result<Option<Known>> {
    let record = store::find(&context.db, &KIND, gln).await?;
    record.filter(|record| record.state == "active").as_ref().map(known).transpose()
}

/// Who answers for the product.
pub(crate) async fn responsible(context: &Context, item: &Identifier) -> Result<Option<Known>> {
    let question = store::Question { state: Some("active"), subject: None, before: i64::MAX, most: MOST };
    let mut best: Option<(usize, Known)> = None;
    for record in store::list(&context.db, &KIND, &question).await? {
        let known = known(&record)?;
        if let Some(fit) = known.partner.fits(item).filter(|fit| best.as_ref().is_none_or(|(other, _)| fit > other)) {
            best = Some((fit, known));
        }
    }
    Ok(best.map(|(_, known)| known))
}

impl Dscsa {
    /// Asks at a partner's address, with the token it gave us.
    pub(crate) async fn call(
        &self,
        context: &Context,
        known: &Known,
        method: Method,
        address: &str,
        body: Option<&Value>,
    ) -> Result<Answered> {
        let mut headers = Vec::new();
        if let Some(sealed) = &known.partner.sealed {
            let token =
                self.seals.reveal(&bound(context, &known.gln), sealed).map_err(|e| Error::internal(e.message))?;
            let token = String::from_utf8(token).map_err(Error::internal)?;
            headers.push(("authorization".to_owned(), format!("Bearer {token}")));
        }
        if let Some(own) = credential::own(self, context).await? {
            headers.push((credential::HEADER.to_owned(), format!("Bearer {own}")));
        }
        let body = body.map(|body| {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
            body.to_string().into_bytes()
        });
        self.outbound.ask(method, address, &headers, body, MOST_BYTES).await
    }
}

fn bound(context: &Context, gln: &str) -> String {
    format!("dscsa.partner/{}/{gln}", context.tenant.name)
}

/// `PUT /partners/{gln}`
pub(crate) async fn put(dscsa: Dscsa, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let gln = printed::gln(request.param("gln"), "gln")?;
    let mut partner: Partner = body(&request)?;
    partner.check(&dscsa.outbound)?;
    let before = store::find(&context.db, &KIND, &gln).await?;
    request.check_version(before.as_ref().map(|before| before.version))?;
    partner.sealed = match partner.token.take() {
        Some(token) if token.is_empty() || !token.bytes().all(|b| b.is_ascii_graphic()) => {
            return Err(Error::invalid("a token is of visible ASCII without spaces").at("token"));
        }
        Some(token) => Some(dscsa.seals.conceal(&bound(&context, &gln), token.as_bytes())?),
        None => before.as_ref().and_then(|before| before.document["sealed"].as_str()).map(str::to_owned),
    };
    let document = serde_json::to_value(&partner).map_err(Error::internal)?;
    let record = match before {
        Some(before) => Record { version: before.version + 1, state: "active", document, ..before },
        None => Record::new(&context, &KIND, gln, "active", document),
    };
    record.commit(&context, if record.version == 1 { "create" } else { "update" }, told(&partner)).await?;
    let status = if record.version == 1 { 201 } else { 200 };
    Ok(Response::json(status, &record.shown())?.with("etag", format!("W/\"{}\"", record.version)))
}

fn told(partner: &Partner) -> Value {
    let addresses: Vec<&str> = partner.addresses.each().map(|(_, address)| address).collect();
    present(json!({ "gtins": partner.gtins, "companyPrefixes": partner.company_prefixes, "addresses": addresses }))
}

/// `DELETE /partners/{gln}`: kept, and asked no more
pub(crate) async fn delete(context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let before = record::find(&context, &KIND, request.param("gln")).await?;
    request.check_version(Some(before.version))?;
    let record = Record { version: before.version + 1, state: "removed", ..before };
    record.commit(&context, "remove", json!({})).await?;
    Ok(Response::new(204))
}

/// `GET /partners/{gln}`
pub(crate) async fn read(context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let record = record::find(&context, &KIND, request.param("gln")).await?;
    Ok(Response::json(200, &record.shown())?.with("etag", format!("W/\"{}\"", record.version)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::printed::serialised;

    #[test]
    fn a_product_is_answered_for_by_its_gtin_or_the_longest_beginning() {
        let item = serialised("04012345111118", "1").unwrap();
        let partner = |gtins: &[&str], prefixes: &[&str]| Partner {
            gtins: gtins.iter().map(|&t| t.to_owned()).collect(),
            company_prefixes: prefixes.iter().map(|&t| t.to_owned()).collect(),
            ..Partner::default()
        };
        assert_eq!(partner(&[], &["401234", "4012345"]).fits(&item), Some(7));
        assert_eq!(partner(&["04012345111118"], &[]).fits(&item), Some(usize::MAX));
        assert_eq!(partner(&["04012345111125"], &["0401234", "4012346"]).fits(&item), None);
    }
}
