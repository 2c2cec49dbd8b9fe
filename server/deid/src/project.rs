//! A research project: who belongs to it, which profile it sees through, how few may not be counted.

use crate::store::{self, Of};
use serde::{Deserialize, Serialize};
use theriac_access::Grant;
use theriac_core::{Error, Result};
use theriac_platform::Context;

/// The least number that is told where a project names none: cells of fewer than 11 are not published by the
/// Centers for Medicare & Medicaid Services either.
const THRESHOLD: u64 = 11;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Project {
    pub profile: String,
    /// Subjects of tokens.
    #[serde(default)]
    pub members: Vec<String>,
    /// Clients, whoever uses them.
    #[serde(default)]
    pub clients: Vec<String>,
    #[serde(default = "threshold")]
    pub threshold: u64,
}

fn threshold() -> u64 {
    THRESHOLD
}

impl Project {
    pub fn read(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(Error::internal)
    }

    pub fn has(&self, grant: &Grant) -> bool {
        let is_client = grant.client.as_ref().is_some_and(|client| self.clients.contains(client));
        self.members.contains(&grant.subject) || is_client
    }
}

/// The research projects that name this subject or client, each with its profile.
///
/// # Errors
/// The database's.
pub async fn projects_of(context: &Context, id: &str, is_client: bool) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for document in store::all(&context.db, Of::Project).await? {
        let project = Project::read(&document.text)?;
        let named = if is_client { &project.clients } else { &project.members };
        if named.iter().any(|own| own == id) {
            found.push((document.id, project.profile));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_access::Role;

    #[test]
    fn a_project_is_open_to_its_members_and_clients() {
        let project = Project::read(r#"{"profile":"expert","members":["ada"],"clients":["app"]}"#).unwrap();
        assert_eq!(project.threshold, 11);
        let of = |subject: &str, client: Option<&str>| {
            project.has(&Grant { client: client.map(str::to_owned), ..Grant::new(Role::Researcher, subject, "mercy") })
        };
        assert!(of("ada", None) && of("eve", Some("app")) && !of("eve", None) && !of("app", Some("ada")));
    }
}
