//! The checks a token passes, as a closed table: each failure is a 401 that names its check and nothing else.

use theriac_core::{Code, Error};

macro_rules! checks {
    ($($check:ident $name:literal $message:literal;)*) => {
        /// One check of an access token.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Check { $($check),* }

        /// Check, its name (the error's `guard`, and a metrics label), and what the caller reads.
        pub const TABLE: &[(Check, &str, &str)] = &[$((Check::$check, $name, $message)),*];
    };
}

checks! {
    Shape     "token_shape"     "it is not a signed token of three base64url parts within 16 kB";
    Header    "token_header"    "its header may hold alg, kid and typ, each once and as a string";
    Algorithm "token_alg"       "its alg must be RS256";
    Key       "token_kid"       "its kid names no key of this server";
    Signature "token_signature" "its signature does not hold";
    Type      "token_typ"       "its typ must be at+jwt or JWT";
    Payload   "token_payload"   "its claims are not one JSON object without repeated members";
    Issuer    "token_iss"       "its iss is not this server";
    Audience  "token_aud"       "its aud is not this tenant's address, as one string";
    Expiry    "token_exp"       "its exp must be a whole number of seconds since 1970";
    Expired   "token_expired"   "it has expired; get a new one";
    NotBefore "token_nbf"       "its nbf must be a whole number of seconds since 1970, and not lie ahead";
    IssuedAt  "token_iat"       "its iat must be a whole number of seconds since 1970, and not lie ahead";
    Subject   "token_sub"       "its sub must be a string that is not empty";
    TokenId   "token_jti"       "its jti must be a string that is not empty";
    Tenant    "token_tenant"    "its tenant is not the one in the address";
    Role      "token_role"      "its role is not one of the roles of this server";
    Scope     "token_scope"     "its scope cannot be granted to its role";
    Assigned  "token_assigned"  "its assigned must be a list of Patient/{id}";
    Glns      "token_glns"      "its glns must be a list of 13-digit GLNs";
    Site      "token_site"      "its site must be a string that is not empty";
    Method    "token_amr"       "its amr must be a list of strings";
    Client    "token_client_id" "its client_id must be a string that is not empty";
    Session   "token_sid"       "its sid must be a string that is not empty";
    Launch    "token_launch"    "its patient and encounter must be strings that are not empty";
    Confirmation "token_cnf"    "it is bound to a sender, and this request does not prove to be that sender";
    Revoked   "token_revoked"   "it was taken back; sign in again";
}

impl Check {
    pub fn name(self) -> &'static str {
        TABLE[self as usize].1
    }

    /// The failure of this check.
    pub fn failed(self) -> Error {
        let message = format!("the access token is refused: {}", TABLE[self as usize].2);
        Error::new(Code::Unauthenticated, message).guarded_by(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_stands_in_its_own_row_under_its_own_name() {
        for (at, (check, name, _)) in TABLE.iter().enumerate() {
            assert_eq!(*check as usize, at, "{name}");
            assert_eq!(TABLE.iter().filter(|row| row.1 == *name).count(), 1, "{name}");
            assert_eq!(check.failed().status(), 401);
        }
    }
}
