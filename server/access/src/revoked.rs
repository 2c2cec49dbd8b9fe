//! Tokens that were taken back before their end. A token carries marks: its own id, its sign-in, its subject, its
//! client; whoever takes back names one, and a moment: what was issued up to then is over.

use crate::grant::Grant;
use theriac_core::Tenant;
use theriac_core::hash::{hex, sha256};

/// What a token can be taken back by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark<'a> {
    Token(&'a str),
    Session(&'a str),
    Subject(&'a str),
    Client(&'a str),
}

impl Mark<'_> {
    /// How it is kept: nobody can be read out of it.
    pub fn kept(self) -> String {
        let (kind, value) = match self {
            Self::Token(value) => ("token", value),
            Self::Session(value) => ("session", value),
            Self::Subject(value) => ("subject", value),
            Self::Client(value) => ("client", value),
        };
        hex(&sha256(format!("{kind}|{value}").as_bytes())[..16])
    }

    /// The marks of a caller's token.
    pub fn of(grant: &Grant) -> impl Iterator<Item = Mark<'_>> {
        let token = Some(grant.token_id.as_str()).filter(|id| !id.is_empty()).map(Mark::Token);
        let session = grant.session.as_deref().map(Mark::Session);
        let client = grant.client.as_deref().map(Mark::Client);
        [token, session, Some(Mark::Subject(&grant.subject)), client].into_iter().flatten()
    }
}

/// Whoever knows what was taken back: asked at every request, and by open sockets.
pub trait Revoked: Send + Sync {
    fn is_revoked(&self, tenant: &Tenant, grant: &Grant) -> bool;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;

    #[test]
    fn a_token_has_the_marks_it_says() {
        let mut grant = Grant::new(Role::Steward, "ada", "mercy");
        assert_eq!(Mark::of(&grant).collect::<Vec<_>>(), [Mark::Subject("ada")]);
        (grant.token_id, grant.session, grant.client) = ("t".into(), Some("s".into()), Some("c".into()));
        let marks = [Mark::Token("t"), Mark::Session("s"), Mark::Subject("ada"), Mark::Client("c")];
        assert_eq!(Mark::of(&grant).collect::<Vec<_>>(), marks);
    }

    #[test]
    fn marks_of_different_kinds_are_kept_apart() {
        assert_ne!(Mark::Token("a").kept(), Mark::Client("a").kept());
        assert!(!Mark::Subject("ada").kept().contains("ada"));
    }
}
