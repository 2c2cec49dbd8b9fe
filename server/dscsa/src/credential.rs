//! Credentials of authorised trading partners (ATP; FD&C Act, 581(2)): who shows one that holds may ask. After the Open
//! Credentialing Initiative: a `DSCSAATPCredential`, a W3C Verifiable Credential as JWT, alone or in a presentation.
//! <https://open-credentialing-initiative.github.io/>
//!
//! [`Authority`] says whether one holds; [`issuer`] does so offline, by the keys of issuers that the tenant trusts. It
//! comes in the header `ATP-Authorization` or as the `vp` of a message. The setting `dscsa.credential` says whether
//! one is needed. Ours, which partners want to see, is kept sealed.

pub(crate) mod issuer;
mod own;
mod read;

pub(crate) use own::{own, put as put_own};

use crate::Dscsa;
use theriac_core::{Code, Error, Result};
use theriac_platform::http::Request;
use theriac_platform::{Context, Settings};

pub(crate) const HEADER: &str = "atp-authorization";

/// Whose a credential is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its decentralised identifier.
    pub did: String,
    /// Under which GLN it trades, where the credential says so.
    pub gln: Option<String>,
    /// Who vouches for it.
    pub issuer: String,
}

/// Says whether a credential holds.
#[async_trait::async_trait]
pub trait Authority: Send + Sync + 'static {
    /// # Errors
    /// `Forbidden`, saying what does not hold.
    async fn holder(&self, context: &Context, credential: &str) -> Result<Holder>;
}

pub(crate) fn refused(why: &str) -> Error {
    Error::new(Code::Forbidden, format!("the credential does not hold: {why}")).guarded_by("atp_credential")
}

/// May this party ask? What it shows must hold, and be its own.
///
/// # Errors
/// `Forbidden`.
pub(crate) async fn admit(
    dscsa: &Dscsa,
    context: &Context,
    shown: Option<&str>,
    gln: Option<&str>,
) -> Result<Option<Holder>> {
    let settings = Settings::read(&context.db, context.now()).await?;
    let holder = match (settings.value("dscsa.credential"), shown) {
        ("off", _) | ("checked", None) => return Ok(None),
        (_, Some(credential)) => dscsa.authority.holder(context, credential).await?,
        (_, None) => {
            let message = "show the credential of an authorised trading partner: the header ATP-Authorization, or 'vp'";
            return Err(Error::new(Code::Forbidden, message).guarded_by("atp_credential"));
        }
    };
    match (&holder.gln, gln) {
        (Some(of), Some(gln)) if of != gln => Err(refused("it is of another GLN than whoever asks")),
        _ => Ok(Some(holder)),
    }
}

/// What the request's header shows.
pub(crate) fn shown(request: &Request) -> Option<&str> {
    let field = request.header(HEADER)?.trim();
    Some(
        field
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map_or(field, |(_, rest)| rest),
    )
}
