//! Who sent a document and by which request: kept with the job, so that what the worker makes of it is
//! recorded as theirs.

use serde::{Deserialize, Serialize};
use std::sync::Arc;
use theriac_access::{Grant, Role};
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::context::Trail;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    pub subject: String,
    role: String,
    client: Option<String>,
    glns: Vec<String>,
    request: String,
    correlation: Option<String>,
    traceparent: Option<String>,
    purpose: Option<String>,
    reason: Option<String>,
    base: String,
}

impl Origin {
    pub(crate) fn of(context: &Context) -> Self {
        let (grant, trail) = (&context.grant, &context.trail);
        Self {
            subject: grant.subject.clone(),
            role: grant.role.as_str().to_owned(),
            client: grant.client.clone(),
            glns: grant.glns.clone(),
            request: trail.request_id.clone(),
            correlation: trail.correlation_id.clone(),
            traceparent: trail.traceparent.clone(),
            purpose: trail.purpose.clone(),
            reason: trail.reason.clone(),
            base: trail.base.clone(),
        }
    }

    pub(crate) fn write(&self) -> Result<String> {
        serde_json::to_string(self).map_err(Error::internal)
    }

    pub(crate) fn read(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(Error::internal)
    }

    /// The worker's context, with the sender as the one who acts.
    pub(crate) fn context(self, worker: &Context) -> Context {
        let role = Role::parse(&self.role).unwrap_or(Role::Partner);
        let grant = Grant {
            client: self.client,
            glns: self.glns,
            ..Grant::new(role, self.subject, worker.tenant.name.as_ref())
        };
        let trail = Trail {
            request_id: self.request,
            correlation_id: self.correlation,
            traceparent: self.traceparent,
            purpose: self.purpose,
            reason: self.reason,
            base: self.base,
        };
        Context { grant: Arc::new(grant), trail: Arc::new(trail), ..worker.clone() }
    }
}
