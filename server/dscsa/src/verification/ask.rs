//! `POST /verifications`: the requester. The question is kept before it goes out, and the answer with it.

use super::judge::{INFORMATION, REASONS};
use super::{Asked, KIND, Verdict, answer, asked};
use crate::partner::{self, Known};
use crate::record::{Record, body};
use crate::{Dscsa, only_who_sees_all, printed};
use serde::Deserialize;
use serde_json::json;
use theriac_core::{Code, Error, Result};
use theriac_epcis::identifier::Identifier;
use theriac_platform::http::Method::Get;
use theriac_platform::http::{Request, Response};
use theriac_platform::{Context, Settings};
use uuid::Uuid;

/// A pack as it is printed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pack {
    /// Its serialised GTIN: element string, URN or Digital Link.
    pub epc: String,
    pub lot: String,
    pub expiry: String,
    #[serde(default)]
    pub context: Option<String>,
}

impl Pack {
    pub fn asked(&self, requester: Option<String>) -> Result<Asked> {
        let wrong = || Error::invalid("'epc' is a GTIN with its serial number, in any of GS1's spellings").at("epc");
        let item = Identifier::parse_any(self.epc.trim()).map_err(|_| wrong())?;
        let serial = item.qualifier.as_deref().filter(|_| item.key.scheme == "sgtin").ok_or_else(wrong)?;
        Ok(Asked {
            item: printed::serialised(&item.primary, serial)?,
            lot: Some(asked::lot(self.lot.trim())?),
            expiry: Some(asked::expiry(&self.expiry)?),
            context: asked::context(self.context.as_deref())?,
            requester,
            correlation: Uuid::now_v7(),
        })
    }
}

/// `POST /verifications` with `{"epc","lot","expiry","context"?}`
pub(crate) async fn create(dscsa: Dscsa, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    only_who_sees_all(&context, KIND.segment, "")?;
    let pack: Pack = body(&request)?;
    let (record, _) = verified(&dscsa, &context, &pack).await?;
    let location = format!("{}/dscsa/{}", context.trail.base, record.subject());
    Ok(Response::json(201, &record.shown())?.with("location", location))
}

/// Asks whoever answers for the product, ourselves if we do; the record, and the verdict if there is one.
pub(crate) async fn verified(dscsa: &Dscsa, context: &Context, pack: &Pack) -> Result<(Record, Option<Verdict>)> {
    let settings = Settings::read(&context.db, context.now()).await?;
    let own = answer::own_gln(&settings)?;
    let asked = pack.asked(Some(own.clone()))?;
    let known = partner::responsible(context, &asked.item).await?;
    let known = known.filter(|known| known.partner.addresses.verification.is_some());
    if known.is_none()
        && (settings.value("epcis.company.prefixes").is_empty() || !answer::is_own(&settings, &asked.item))
    {
        let message = format!("nobody is known who answers for the GTIN {}; name them at /partners", asked.gtin());
        return Err(Error::new(Code::NotFound, message).at("epc"));
    }
    let mut document = asked.told();
    document["askedAt"] = context.now().rfc3339().into();
    document["responder"] = known.as_ref().map_or(&own, |known| &known.gln).as_str().into();
    let mut record = Record::new(context, &KIND, asked.correlation.to_string(), "asked", document.clone());
    record.subjects = vec![asked.item.link()];
    record.commit(context, "ask", document).await?;
    let outcome = match &known {
        Some(known) => of_partner(dscsa, context, known, &asked).await,
        None => answer::of_own(context, &asked).await.map(|verdict| (own, verdict)),
    };
    settle(context, record, outcome).await
}

async fn settle(
    context: &Context,
    mut record: Record,
    outcome: Result<(String, Verdict)>,
) -> Result<(Record, Option<Verdict>)> {
    record.version += 1;
    record.subjects.clear();
    let (told, verdict) = match outcome {
        Ok((responder, verdict)) => {
            record.state = if verdict.verified { "verified" } else { "failed" };
            (json!({ "responderGLN": responder, "answer": verdict.data() }), Some(verdict))
        }
        // A gateway that fails is told; one of our own that fails is an error like any other.
        Err(error) if error.code == Code::Internal => return Err(error),
        Err(error) => {
            record.state = "unanswered";
            (json!({ "problem": error.message }), None)
        }
    };
    record.document["answeredAt"] = context.now().rfc3339().into();
    for (name, value) in told.as_object().into_iter().flatten() {
        record.document[name] = value.clone();
    }
    record.commit(context, "answer", told).await?;
    Ok((record, verdict))
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "responderGLN")]
    responder: String,
    data: Data,
    #[serde(rename = "corrUUID")]
    correlation: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    verified: bool,
    #[serde(default)]
    verification_failure_reason: Option<String>,
    #[serde(default)]
    additional_info: Option<String>,
}

/// What the codes of an answer's status mean (DSCSA guideline 1.3).
const STATUSES: &[(u16, &str)] = &[
    (400, "the request was not understood"),
    (401, "we are not known there"),
    (403, "we may not ask there, or our credential does not hold"),
    (404, "the GTIN is not known there"),
    (405, "the method is not taken there"),
    (408, "it took too long"),
];

async fn of_partner(dscsa: &Dscsa, context: &Context, known: &Known, asked: &Asked) -> Result<(String, Verdict)> {
    let base = known.partner.addresses.verification.as_deref().unwrap_or_default();
    let answered = dscsa.call(context, known, Get, &asked.address(base), None).await?;
    if answered.status != 200 {
        let about =
            STATUSES.iter().find(|(status, _)| *status == answered.status).map_or("it failed", |(_, about)| about);
        return Err(Error::new(Code::Unavailable, format!("the responder answered {}: {about}", answered.status)));
    }
    read(&answered.body, asked)
}

fn read(bytes: &[u8], asked: &Asked) -> Result<(String, Verdict)> {
    let wrong = |why: &str| Error::new(Code::Unavailable, format!("the responder's answer {why}"));
    let answer: Answer = serde_json::from_slice(bytes).map_err(|_| wrong("has another shape than the standard's"))?;
    if Uuid::parse_str(&answer.correlation) != Ok(asked.correlation) {
        return Err(wrong("is for another request: its corrUUID differs"));
    }
    let responder = printed::gln(&answer.responder, "responderGLN").map_err(|_| wrong("names no responderGLN"))?;
    let code = |said: &Option<String>, table: &'static [&'static str]| match said.as_deref() {
        None | Some("") => Ok(None),
        Some(said) => {
            let known = table.iter().copied().find(|known| known.eq_ignore_ascii_case(said));
            known.map(Some).ok_or_else(|| wrong("has a code that the guideline does not know"))
        }
    };
    let reason = code(&answer.data.verification_failure_reason, REASONS)?;
    let information = code(&answer.data.additional_info, INFORMATION)?;
    let verified = answer.data.verified;
    if verified && reason.is_some() {
        return Err(wrong("says both that the pack is verified and why it is not"));
    }
    Ok((responder, Verdict { verified, reason, information }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pack() -> Asked {
        let pack = Pack {
            epc: "(01)04012345111118(21)98".to_owned(),
            lot: "L1".to_owned(),
            expiry: "280131".to_owned(),
            context: None,
        };
        pack.asked(None).unwrap()
    }

    fn answer(asked: &Asked, data: &str) -> Result<(String, Verdict)> {
        let correlation = asked.correlation;
        let text = format!(r#"{{"responderGLN":"4000001000005","data":{data},"corrUUID":"{correlation}","more":1}}"#);
        read(text.as_bytes(), asked)
    }

    #[test]
    fn an_answer_is_read_in_the_words_of_the_guideline() {
        let asked = pack();
        let (_, verdict) = answer(&asked, r#"{"verified":true,"additionalInfo":"recalled"}"#).unwrap();
        assert_eq!((verdict.information, verdict.is_saleable()), (Some("Recalled"), false));
        assert!(answer(&asked, r#"{"verified":true}"#).unwrap().1.is_saleable());
        for (data, why) in [
            (r#"{"verified":"yes"}"#, "shape"),
            (r#"{"verified":false,"verificationFailureReason":"Because"}"#, "code"),
            (r#"{"verified":true,"verificationFailureReason":"Manufacturer_policy"}"#, "both"),
        ] {
            assert!(answer(&asked, data).unwrap_err().message.contains(why), "{data}");
        }
        let other = read(br#"{"responderGLN":"4000001000005","data":{"verified":true},"corrUUID":"x"}"#, &asked);
        assert!(other.unwrap_err().message.contains("corrUUID"));
    }

    #[test]
    fn only_a_serialised_trade_item_is_verified() {
        for epc in ["urn:epc:id:sscc:4012345.0000000111", "(01)04012345111118(10)L1", "x"] {
            let pack = Pack { epc: epc.to_owned(), lot: "L1".to_owned(), expiry: "280131".to_owned(), context: None };
            assert!(pack.asked(None).is_err(), "{epc}");
        }
    }
}
