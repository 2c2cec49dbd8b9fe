//! `POST /{tenant}/auth/launch`: an EHR, or whoever may read the patient, opens an application on it (SMART App Launch
//! 2.2, EHR launch). What is given out is good for five minutes, once, and where a person asked, for that person only.

use super::error::refused;
use super::granted::Launched;
use crate::secret;
use crate::service::Identity;
use crate::store::once::{self, Kind, Once};
use serde::{Deserialize, Serialize};
use serde_json::json;
use theriac_access::{Role, label};
use theriac_core::{Code, Error, Instant, Result};
use theriac_ledger::Entry;
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

const LIFE_S: i64 = 300;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    client_id: Option<String>,
    /// The person that may use it, where the caller is a machine.
    user: Option<String>,
    #[serde(default)]
    launch: Launched,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Launch {
    client: Option<String>,
    user: Option<String>,
    pub launched: Launched,
}

pub(crate) async fn create(_: Identity, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    if context.grant.role == Role::Researcher {
        let why = "an application is opened on a patient by who may know the patient; a researcher sees pseudonyms";
        return Err(Error::new(Code::Forbidden, why).guarded_by("role"));
    }
    let body: Body = request.json()?;
    check(&context, &body)?;
    let person = (context.grant.role != Role::Service).then(|| context.grant.subject.clone());
    let launch = Launch { client: body.client_id, user: person.or(body.user), launched: body.launch };
    let handle = secret::new()?;
    let expires = Instant(context.now().0 + LIFE_S * 1_000_000);
    let entry = Entry {
        topic: "auth.launch".to_owned(),
        action: "create",
        subject: launch.launched.patient.as_deref().map_or_else(|| "launch".to_owned(), label::patient),
        ..Entry::default()
    };
    let mut unit = Unit::new();
    unit.push(once::insert(&context.db, Kind::Launch, &secret::hash(&handle), expires, "", &launch)?);
    theriac_ledger::record(&mut unit, &context, &[entry])?;
    context.db.commit(unit).await?;
    let shown = json!({ "launch": handle, "iss": format!("{}/fhir", context.trail.base), "expires_in": LIFE_S });
    Ok(Response::json(201, &shown)?.with("cache-control", "no-store"))
}

fn check(context: &Context, body: &Body) -> Result<()> {
    let launch = &body.launch;
    if let Some(patient) = &launch.patient {
        let patient = label::patient(patient);
        if !label::is_patient(&patient) {
            return Err(Error::invalid("patient is the id of a Patient").at("launch.patient"));
        }
        if !context.grant.sees(std::slice::from_ref(&patient)) {
            return Err(Error::invalid("there is no such patient for this caller").at("launch.patient"));
        }
    }
    let encounter = launch.encounter.as_deref().is_none_or(|id| label::is_patient(&label::patient(id)));
    if !encounter || (launch.encounter.is_some() && launch.patient.is_none()) {
        return Err(Error::invalid("encounter is the id of an Encounter of the patient that goes with it")
            .at("launch.encounter"));
    }
    let refers = |item: &serde_json::Value| {
        item.is_object()
            && (item["reference"].is_string() || item["canonical"].is_string() || item["identifier"].is_object())
    };
    if launch.fhir_context.as_ref().is_some_and(|list| list.len() > 20 || !list.iter().all(refers)) {
        return Err(Error::invalid(
            "fhirContext is a list of up to 20 objects with a reference, canonical or identifier",
        )
        .at("launch.fhirContext"));
    }
    Ok(())
}

/// What stands behind the `launch` parameter, if this client may use it; the person is compared when it is known.
///
/// # Errors
/// `invalid_request`.
pub(crate) async fn find(context: &Context, handle: &str, client: &str) -> Result<Launch> {
    let found: Option<Once<Launch>> = once::find(&context.db, Kind::Launch, &secret::hash(handle)).await?;
    let good = |found: &Once<Launch>| {
        !found.used && found.expires > context.now() && found.document.client.as_deref().is_none_or(|own| own == client)
    };
    found
        .filter(good)
        .map(|found| found.document)
        .ok_or_else(|| refused("invalid_request", "the launch is not good any more; open the application again"))
}

impl Launch {
    pub fn is_for(&self, person: &str) -> bool {
        self.user.as_deref().is_none_or(|own| own == person)
    }
}
