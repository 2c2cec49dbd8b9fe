//! What is asked of a pack: the product identifier as printed, why, by whom, and under which correlation id.

use crate::printed;
use chrono::NaiveDate;
use serde_json::{Value, json};
use theriac_core::{Error, Result};
use theriac_epcis::identifier::percent::encode_link;
use theriac_epcis::identifier::{Identifier, Key};
use theriac_platform::http::Request;
use uuid::Uuid;

/// For what the answer is needed. Others of the guideline's words than this one are not known to us.
pub(crate) const CONTEXTS: &[&str] = &["dscsaSaleableReturn"];

const LINK_TYPE: &str = "verificationService";

/// Members of the query; the lot and the expiry may stand there under their application identifiers.
const KNOWN: &[&str] =
    &["linkType", "context", "reqGLN", "corrUUID", "exp", "17", "10", "ctrlPossessAtt", "email", "telephone"];

#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub item: Identifier,
    pub lot: Option<String>,
    pub expiry: Option<NaiveDate>,
    pub context: &'static str,
    pub requester: Option<String>,
    pub correlation: Uuid,
}

impl Asked {
    /// Of the address, in either of its spellings.
    ///
    /// # Errors
    /// `Invalid`, naming the parameter and what would be right.
    pub fn read(request: &Request) -> Result<Self> {
        let pairs = request.query_known(KNOWN)?;
        let value = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
        if value("linkType").is_some_and(|kind| kind != LINK_TYPE) {
            return Err(Error::invalid(format!("'linkType' is {LINK_TYPE}")).at("linkType"));
        }
        if value("ctrlPossessAtt").is_some_and(|said| !["true", "false"].contains(&said)) {
            return Err(Error::invalid("'ctrlPossessAtt' is true or false").at("ctrlPossessAtt"));
        }
        let serial = request.param("serial");
        let lot = Some(request.param("lot")).filter(|lot| !lot.is_empty()).or(value("10"));
        Ok(Self {
            item: printed::serialised(request.param("gtin"), serial)?,
            lot: lot.map(self::lot).transpose()?,
            expiry: value("exp").or(value("17")).map(expiry).transpose()?,
            context: context(value("context"))?,
            requester: value("reqGLN").map(|gln| printed::gln(gln, "reqGLN")).transpose()?,
            correlation: correlation(value("corrUUID"))?,
        })
    }

    pub fn gtin(&self) -> &str {
        &self.item.primary
    }

    pub fn serial(&self) -> &str {
        self.item.qualifier.as_deref().unwrap_or_default()
    }

    /// The class of the lot that is printed on it.
    pub fn lot_class(&self) -> Option<String> {
        let (key, lot) = (Key::by_scheme("lgtin")?, self.lot.clone()?);
        Some(Identifier { key, primary: self.item.primary.clone(), qualifier: Some(lot) }.link())
    }

    /// What a responder is asked, behind its address.
    pub fn address(&self, base: &str) -> String {
        let mut address = format!("{}/gtin/{}", base.trim_end_matches('/'), self.gtin());
        if let Some(lot) = &self.lot {
            address.push_str(&format!("/lot/{}", encode_link(lot)));
        }
        address.push_str(&format!("/ser/{}?linkType={LINK_TYPE}&context={}", encode_link(self.serial()), self.context));
        if let Some(expiry) = self.expiry {
            address.push_str(&format!("&exp={}", printed::six_digits(expiry)));
        }
        if let Some(gln) = &self.requester {
            address.push_str(&format!("&reqGLN={gln}"));
        }
        format!("{address}&corrUUID={}", self.correlation)
    }

    /// As records and entries tell it.
    pub fn told(&self) -> Value {
        crate::record::present(json!({
            "epc": self.item.link(),
            "gtin": self.gtin(),
            "serial": self.serial(),
            "lot": self.lot,
            "expiry": self.expiry.map(|day| day.to_string()),
            "context": self.context,
            "requester": self.requester,
            "corrUUID": self.correlation.to_string(),
        }))
    }
}

pub(crate) fn context(text: Option<&str>) -> Result<&'static str> {
    let text = text.unwrap_or(CONTEXTS[0]);
    let known = CONTEXTS.iter().copied().find(|known| *known == text);
    let message = || format!("'{text}' is no context that is answered here; there is {}", CONTEXTS.join(", "));
    known.ok_or_else(|| Error::invalid(message()).at("context"))
}

pub(crate) fn lot(text: &str) -> Result<String> {
    let good = (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    if good { Ok(text.to_owned()) } else { Err(Error::invalid("a lot has 1 to 20 characters of AI (10)").at("lot")) }
}

pub(crate) fn expiry(text: &str) -> Result<NaiveDate> {
    let message = || format!("'{text}' is no expiry such as 280131 or 2028-01-31");
    printed::day(text).ok_or_else(|| Error::invalid(message()).at("exp"))
}

/// Without one we make it: the answer carries it either way.
fn correlation(text: Option<&str>) -> Result<Uuid> {
    let Some(text) = text else { return Ok(Uuid::now_v7()) };
    Uuid::parse_str(text).map_err(|_| Error::invalid(format!("'{text}' is no UUID")).at("corrUUID"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_platform::http::Method::Get;

    const CORRELATION: &str = "08dd5e1b-78e7-4dee-9f55-e69f5edf099b";

    fn asked(query: &str) -> Result<Asked> {
        let mut request = Request::new(Get, "/x", query);
        request.params = vec![("gtin", "04012345111118".to_owned()), ("serial", "A/1".to_owned())];
        Asked::read(&request)
    }

    #[test]
    fn what_is_sent_is_what_was_read() {
        let query = format!("10=L%2F1&17=280131&reqGLN=4000001000005&corrUUID={CORRELATION}&ctrlPossessAtt=true");
        let found = asked(&query).unwrap();
        assert_eq!((found.lot.as_deref(), found.serial()), (Some("L/1"), "A/1"));
        let expected = format!(
            "https://r.example/verify/gtin/04012345111118/lot/L%2F1/ser/A%2F1?linkType=verificationService\
             &context=dscsaSaleableReturn&exp=280131&reqGLN=4000001000005&corrUUID={CORRELATION}"
        );
        assert_eq!(found.address("https://r.example/verify/"), expected);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (query, word) in [
            ("linkType=pip", "verificationService"),
            ("context=other", "dscsaSaleableReturn"),
            ("reqGLN=4000001000006", "reqGLN"),
            ("corrUUID=1", "UUID"),
            ("exp=280231", "280131"),
            ("ctrlPossessAtt=yes", "true or false"),
            ("expiry=280131", "exp"),
        ] {
            let error = asked(query).unwrap_err();
            assert!(error.to_string().contains(word) && error.status() == 400, "{query}: {error}");
        }
    }
}
