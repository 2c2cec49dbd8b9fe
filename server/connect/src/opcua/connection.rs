//! From an address to a session: the server's endpoints are asked for, one is chosen, its certificate proved, and only then is
//! anything said that a stranger should not hear.

use super::choose::{choose, is_secured};
use super::keys::Keys;
use super::{Ended, source};
use crate::config::opcua::OpcUa;
use opcua::client::{Client, ClientBuilder, Session};
use opcua::types::StatusCode;
use std::sync::Arc;
use std::time::Duration;
use theriac_core::Error;

const ANSWER: Duration = Duration::from_secs(20);

/// The task that carries a session; it goes with whoever follows it.
pub(super) struct EventLoop(pub tokio::task::JoinHandle<StatusCode>);

impl Drop for EventLoop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn client(keys: &Keys) -> Result<Client, Ended> {
    let builder = ClientBuilder::new()
        .application_name("Theriac connector")
        .application_uri(&keys.application_uri)
        .pki_dir(&keys.pki)
        .certificate_path(&keys.certificate)
        .private_key_path(&keys.key)
        .trust_server_certs(false)
        // Beyond trust and key length: what is left of it is `Keys::prove`.
        .verify_server_certs(false)
        .session_retry_limit(0)
        .request_timeout(ANSWER);
    builder.client().map_err(|faults| Ended::Disk(Error::invalid(faults.join("; "))))
}

pub(super) async fn connect(config: &OpcUa, keys: &Keys) -> Result<(Arc<Session>, EventLoop), Ended> {
    let mut client = client(keys)?;
    let offered = client.get_server_endpoints_from_url(config.endpoint.as_str()).await;
    let endpoint = choose(&offered.map_err(source("no endpoint"))?, config).map_err(Ended::Refused)?;
    let policy = endpoint.security_policy_uri.to_string();
    if is_secured(&endpoint) {
        keys.prove(&endpoint.server_certificate)?;
    } else {
        tracing::warn!(
            endpoint = config.endpoint,
            "values come without security: anybody on the way can read and change them"
        );
    }
    let session = client.connect_to_endpoint_directly(endpoint, keys.user.clone());
    let (session, events) = session.map_err(source("no session"))?;
    let mut lost = EventLoop(events.spawn());
    let refused = |why: String| {
        Ended::Refused(format!(
            "the session could not be opened ({policy}): {why}; does the server trust {}?",
            keys.certificate.display()
        ))
    };
    tokio::select! {
        connected = session.wait_for_connection() => match connected {
            true => Ok((session, lost)),
            false => Err(refused("the connection ended".to_owned())),
        },
        ended = &mut lost.0 => Err(refused(ended.map_or_else(|e| e.to_string(), |status| status.to_string()))),
    }
}
