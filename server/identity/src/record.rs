//! What is registered: users, clients, providers of sign-in. One shape and one store for all kinds; a kind is a row
//! of [`Kind::NAMES`] and a type that is [`Registered`].

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use theriac_access::Mark;
use theriac_core::hash::sha256;
use theriac_core::{Error, Instant, Result};
use theriac_ledger::Entry;

/// A kind of what is registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    User,
    Client,
    Provider,
}

impl Kind {
    /// The segment of the address, and the word in the store.
    const NAMES: [(&'static str, &'static str); 3] =
        [("users", "user"), ("clients", "client"), ("providers", "provider")];

    pub fn plural(self) -> &'static str {
        Self::NAMES[self as usize].0
    }

    pub fn as_str(self) -> &'static str {
        Self::NAMES[self as usize].1
    }
}

/// May it be used?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Active,
    /// Registered by itself, and waiting for an administrator.
    Pending,
    Disabled,
}

impl State {
    const NAMES: [(&'static str, Self); 3] =
        [("active", Self::Active), ("pending", Self::Pending), ("disabled", Self::Disabled)];

    pub fn as_str(self) -> &'static str {
        Self::NAMES[self as usize].0
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(n, _)| *n == name).map(|(_, state)| *state)
    }
}

/// A document that can be registered.
pub(crate) trait Registered: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    const KIND: Kind;
    /// The member under which its id is shown.
    const ID: &'static str;

    /// # Errors
    /// `Invalid`, saying what would be right.
    fn check(&self) -> Result<()>;

    /// What its tokens are taken back by.
    fn mark(id: &str) -> Mark<'_>;

    /// What the ledger keeps in words: nothing personal.
    fn told(&self) -> Value;
}

/// One version of what is registered.
#[derive(Debug, Clone)]
pub(crate) struct Record<T> {
    pub id: String,
    pub key: i64,
    pub version: i64,
    pub state: State,
    pub created: Instant,
    pub changed: Instant,
    pub document: T,
}

/// Members that are shown and not taken: who sends back what it got changes nothing by them.
const SHOWN: &[&str] = &["state", "version", "createdAt", "changedAt"];

/// As [`SHOWN`], of a user alone.
const STANDING: &[&str] = &["password", "secondFactor", "lastSignIn"];

impl<T: Registered> Record<T> {
    /// The document as it is given out.
    pub fn shown(&self) -> Result<Map<String, Value>> {
        let Value::Object(document) = serde_json::to_value(&self.document).map_err(Error::internal)? else {
            return Err(Error::internal("a document that is no object"));
        };
        let mut shown = Map::new();
        shown.insert(T::ID.to_owned(), json!(self.id));
        shown.extend(document);
        let more =
            [json!(self.state), json!(self.version), json!(self.created.rfc3339()), json!(self.changed.rfc3339())];
        shown.extend(SHOWN.iter().map(|name| (*name).to_owned()).zip(more));
        Ok(shown)
    }

    pub fn entry(&self, action: &'static str) -> Result<Entry> {
        let document = serde_json::to_string(&self.document).map_err(Error::internal)?;
        let mut told = self.document.told();
        told["state"] = json!(self.state);
        Ok(Entry {
            topic: format!("admin.{}", T::KIND.as_str()),
            action,
            subject: format!("{}/{}", T::KIND.plural(), self.id),
            version: self.version,
            hash: Some(sha256(document.as_bytes())),
            data: Some(told),
            ..Entry::default()
        })
    }
}

/// Reads a document that was sent for this id.
///
/// # Errors
/// `Malformed` or `Invalid`, saying what would be right.
pub(crate) fn read<T: Registered>(body: &[u8], id: Option<&str>) -> Result<T> {
    let wrong = |e: serde_json::Error| Error::malformed(format!("the body does not have the expected shape: {e}"));
    let mut members: Map<String, Value> = serde_json::from_slice(body).map_err(wrong)?;
    if let Some(sent) = members.remove(T::ID)
        && id.is_some_and(|id| sent != id)
    {
        return Err(Error::invalid(format!("'{}' is not the one in the address", T::ID)).at(T::ID));
    }
    let standing = STANDING.iter().filter(|_| T::KIND == Kind::User);
    SHOWN.iter().chain(standing).for_each(|name| drop(members.remove(*name)));
    let document: T = serde_json::from_value(Value::Object(members)).map_err(wrong)?;
    document.check()?;
    Ok(document)
}

/// An id stands in addresses, tokens and the ledger.
///
/// # Errors
/// `Invalid`, saying what would be right.
pub(crate) fn check_id(id: &str) -> Result<()> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
    let good = (1..=64).contains(&id.len()) && id.bytes().all(plain) && id.as_bytes()[0].is_ascii_alphanumeric();
    let message = "an id has 1 to 64 letters, digits, '-', '.' or '_', and begins with a letter or digit";
    if good { Ok(()) } else { Err(Error::invalid(message).at("id")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::user::User;

    const ADA: &str = r#"{"name":"Ada","role":"steward"}"#;

    fn record() -> Record<User> {
        let (created, changed) = (Instant(0), Instant(0));
        let document = read(ADA.as_bytes(), Some("ada")).unwrap();
        Record { id: "ada".into(), key: 1, version: 2, state: State::Active, created, changed, document }
    }

    #[test]
    fn what_was_shown_can_be_sent_back() {
        let shown = Value::Object(record().shown().unwrap()).to_string();
        let again: User = read(shown.as_bytes(), Some("ada")).unwrap();
        assert_eq!(serde_json::to_value(again).unwrap(), serde_json::from_str::<Value>(ADA).unwrap());
        assert!(read::<User>(shown.as_bytes(), Some("bob")).unwrap_err().message.contains("'id'"));
    }

    #[test]
    fn the_ledger_learns_no_names() {
        let entry = record().entry("update").unwrap();
        assert_eq!((entry.subject.as_str(), entry.topic.as_str()), ("users/ada", "admin.user"));
        assert!(!entry.data.unwrap().to_string().contains("Ada"));
    }

    #[test]
    fn an_id_is_plain_and_short() {
        for good in ["ada", "A.b-c_9", "0", &"x".repeat(64)] {
            assert!(check_id(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", ".a", "a b", "a/b", "ä", "a@b", "a\n", &"x".repeat(65)] {
            assert!(check_id(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn states_are_read_as_they_are_written() {
        for (name, state) in State::NAMES {
            assert_eq!((State::parse(name), state.as_str()), (Some(state), name));
            assert_eq!(serde_json::to_value(state).unwrap(), name);
        }
    }
}
