//! `/verify/...` and `/checkConnectivity`: the responder. Every answer is an entry of the ledger with what was asked.
//!
//! Whoever may read here may ask, about any item: the law wants an answer for authorised trading partners, and whoever
//! asks knows the identifier already. The answer says whether it is right, and nothing of where the pack is or was.

use super::judge::{Known, judge};
use super::{Asked, KIND, Verdict};
use crate::credential::{self, Holder};
use crate::{Dscsa, as_tenant, investigation, printed};
use futures_util::future::try_join;
use serde_json::{Value, json};
use theriac_access::Rows;
use theriac_core::hash::sha256;
use theriac_core::{Code, Error, Result};
use theriac_epcis::identifier::Identifier;
use theriac_epcis::item::{self, Item};
use theriac_ledger::Entry;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};
use theriac_platform::setting;
use theriac_platform::{Context, Settings};

/// `GET /verify/gtin/{gtin}/lot/{lot}/ser/{serial}?exp=` and its other spellings
pub(crate) async fn verify(dscsa: Dscsa, context: Context, request: Request) -> Result<Response> {
    let mut asked = Asked::read(&request)?;
    asked.requester = requester(&context, asked.requester.take())?;
    let holder = credential::admit(&dscsa, &context, credential::shown(&request), asked.requester.as_deref()).await?;
    let responder = responder(&context, &asked.item).await?;
    let verdict = of_own(&context, &asked).await?;
    let body = json!({
        "verificationTimestamp": context.now().rfc3339(),
        "responderGLN": responder,
        "data": verdict.data(),
        "corrUUID": asked.correlation.to_string(),
    });
    let mut unit = Unit::new();
    theriac_ledger::record(&mut unit, &context, &[entry(&asked, verdict, holder, &body)])?;
    context.db.commit(unit).await?;
    Response::json(200, &body)
}

fn entry(asked: &Asked, verdict: Verdict, holder: Option<Holder>, body: &Value) -> Entry {
    let mut told = asked.told();
    told["answer"] = verdict.data();
    if let Some(holder) = holder {
        told["holder"] = holder.did.into();
    }
    Entry {
        topic: KIND.topic.to_owned(),
        action: "answer",
        subject: format!("{}/{}", KIND.segment, asked.correlation),
        version: 0,
        hash: Some(sha256(body.to_string().as_bytes())),
        labels: Vec::new(),
        data: Some(told),
    }
}

/// What our own records say.
pub(crate) async fn of_own(context: &Context, asked: &Asked) -> Result<Verdict> {
    let (tenant, epc, lot) = (as_tenant(context), asked.item.link(), asked.lot_class());
    let (item, mut standing) =
        try_join(item::state(&tenant, &epc, None), investigation::standing(context, &epc, lot.clone())).await?;
    if lot.is_none()
        && let Some(lot) = item.as_ref().and_then(Item::lot_class)
    {
        standing = investigation::standing(context, &epc, Some(lot)).await?;
    }
    Ok(judge(asked, &Known { item: item.as_ref(), standing, today: context.now().datetime().date_naive() }))
}

/// Who asks: a partner asks under one of its own GLNs.
fn requester(context: &Context, named: Option<String>) -> Result<Option<String>> {
    let own = &context.grant.glns;
    match (context.grant.rows(), named) {
        (Rows::All, named) => Ok(named),
        (_, Some(gln)) if own.contains(&gln) => Ok(Some(gln)),
        (_, Some(gln)) => {
            let message = format!("'{gln}' is not a GLN of yours; ask under one that your token names");
            Err(Error::new(Code::Forbidden, message).at("reqGLN"))
        }
        (_, None) => Ok(own.first().cloned()),
    }
}

/// Under which GLN we answer for the product: 404 for products of others, as a look-up directory would say.
async fn responder(context: &Context, item: &Identifier) -> Result<String> {
    let settings = Settings::read(&context.db, context.now()).await?;
    if !is_own(&settings, item) {
        return Err(Error::not_found("gtin", &item.primary));
    }
    own_gln(&settings)
}

/// The GLN the tenant trades under.
pub(crate) fn own_gln(settings: &Settings) -> Result<String> {
    let chosen = setting::list(settings.value("dscsa.gln")).next().map(str::to_owned);
    chosen.ok_or_else(|| Error::new(Code::Unavailable, "nobody chose this tenant's GLN yet: the setting dscsa.gln"))
}

/// Products under the tenant's company prefixes; any, if it named none.
pub(crate) fn is_own(settings: &Settings, item: &Identifier) -> bool {
    let mut prefixes = setting::list(settings.value("epcis.company.prefixes")).peekable();
    prefixes.peek().is_none() || prefixes.any(|prefix| item.company_digits().starts_with(prefix))
}

/// `GET /checkConnectivity?gtin=&reqGLN=&context=`
pub(crate) async fn connectivity(dscsa: Dscsa, context: Context, request: Request) -> Result<Response> {
    let pairs = request.query_known(&["gtin", "reqGLN", "context"])?;
    let value = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    super::asked::context(value("context"))?;
    let gtin = value("gtin").ok_or_else(|| Error::invalid("'gtin' is needed").at("gtin"))?;
    let item = printed::serialised(gtin, "0")?;
    let gln = value("reqGLN").map(|gln| printed::gln(gln, "reqGLN")).transpose()?;
    let gln = requester(&context, gln)?;
    credential::admit(&dscsa, &context, credential::shown(&request), gln.as_deref()).await?;
    Response::json(200, &json!({ "responderGLN": responder(&context, &item).await? }))
}
