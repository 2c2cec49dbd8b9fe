//! Who asked, with which rights, and what: kept with the job, so that it is done as theirs.

use serde::{Deserialize, Serialize};
use std::sync::Arc;
use theriac_access::{Grant, Role, Scopes};
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::context::Trail;
use theriac_platform::http::{Method, Request};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Origin {
    subject: String,
    role: String,
    client: Option<String>,
    assigned: Vec<String>,
    scopes: String,
    second_factor: bool,
    request: String,
    correlation: Option<String>,
    traceparent: Option<String>,
    purpose: Option<String>,
    reason: Option<String>,
    base: String,
}

impl Origin {
    pub fn of(context: &Context) -> Self {
        let (grant, trail) = (&context.grant, &context.trail);
        Self {
            subject: grant.subject.clone(),
            role: grant.role.as_str().to_owned(),
            client: grant.client.clone(),
            assigned: grant.assigned.clone(),
            scopes: grant.scopes.to_string(),
            second_factor: grant.second_factor,
            request: trail.request_id.clone(),
            correlation: trail.correlation_id.clone(),
            traceparent: trail.traceparent.clone(),
            purpose: trail.purpose.clone(),
            reason: trail.reason.clone(),
            base: trail.base.clone(),
        }
    }

    pub fn write(&self) -> Result<String> {
        serde_json::to_string(self).map_err(Error::internal)
    }

    /// The worker's context, with the caller as the one who acts.
    ///
    /// # Errors
    /// `Internal` for what this program did not write.
    pub fn context(text: &str, worker: &Context) -> Result<Context> {
        let own: Self = serde_json::from_str(text).map_err(Error::internal)?;
        let role = Role::parse(&own.role).ok_or_else(|| Error::internal(format!("a job of the role {}", own.role)))?;
        let scopes = if own.scopes.is_empty() { Scopes::default() } else { Scopes::parse(&own.scopes)? };
        let grant = Grant {
            client: own.client,
            assigned: own.assigned,
            scopes,
            second_factor: own.second_factor,
            ..Grant::new(role, own.subject, worker.tenant.name.as_ref())
        };
        let trail = Trail {
            request_id: own.request,
            correlation_id: own.correlation,
            traceparent: own.traceparent,
            purpose: own.purpose,
            reason: own.reason,
            base: own.base,
        };
        Ok(Context { grant: Arc::new(grant), trail: Arc::new(trail), ..worker.clone() })
    }
}

/// The request, without what was only for the moment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Asked {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: String,
}

/// Fields that say how the request is to be done; tokens are never kept.
const HEADERS: &[&str] = &["content-type", "accept", "prefer", "if-match", "if-none-exist"];

impl Asked {
    pub fn of(request: &Request) -> Self {
        let kept = |name: &&str| Some(((*name).to_owned(), request.header(name)?.to_owned()));
        Self {
            method: request.method.as_str().to_owned(),
            path: request.path.clone(),
            query: request.query.clone(),
            headers: HEADERS.iter().filter_map(kept).map(now).collect(),
            body: String::from_utf8_lossy(&request.body).into_owned(),
        }
    }

    pub fn write(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(Error::internal)
    }

    /// # Errors
    /// `Internal` for what this program did not write.
    pub fn read(bytes: &[u8]) -> Result<Request> {
        let own: Self = serde_json::from_slice(bytes).map_err(Error::internal)?;
        let method = Method::parse(&own.method).ok_or_else(|| Error::internal("a job without a method"))?;
        let mut request = Request::new(method, own.path, own.query);
        own.headers.into_iter().for_each(|(name, value)| request.headers.push(&name, value));
        request.body = own.body.into_bytes().into();
        Ok(request)
    }
}

/// The preference to be answered later has been met.
fn now((name, value): (String, String)) -> (String, String) {
    if name != "prefer" {
        return (name, value);
    }
    let rest: Vec<&str> = value.split([',', ';']).map(str::trim).filter(|word| *word != "respond-async").collect();
    (name, rest.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_as_it_was_kept_without_its_token_and_its_haste() {
        let mut request = Request::new(Method::Post, "/mercy/fhir", "a=b");
        for (name, value) in
            [("authorization", "Bearer x"), ("prefer", "respond-async, return=minimal"), ("content-type", "c")]
        {
            request.headers.push(name, value);
        }
        request.body = "{}".into();
        let read = Asked::read(&Asked::of(&request).write().unwrap()).unwrap();
        assert_eq!((read.method, read.path.as_str(), read.query.as_str()), (Method::Post, "/mercy/fhir", "a=b"));
        assert_eq!((read.header("prefer"), read.header("authorization")), (Some("return=minimal"), None));
        assert_eq!(&read.body[..], b"{}");
    }
}
