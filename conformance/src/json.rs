//! JSON with the order of its members and the digits of its numbers, to compare what was sent with what came back.

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

#[derive(Debug, Clone, PartialEq)]
pub enum Tree {
    Object(Vec<(String, Tree)>),
    Array(Vec<Tree>),
    Text(String),
    /// A number, `true`, `false` or `null`, as it is spelt.
    Plain(String),
}

impl Tree {
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|e| e.to_string())?;
        Self::of(serde_json::from_str(text).map_err(|e| e.to_string())?)
    }

    fn of(raw: &RawValue) -> Result<Self, String> {
        let text = raw.get();
        let broken = |e: serde_json::Error| e.to_string();
        match text.as_bytes().first() {
            Some(b'{') => {
                let members = serde_json::Deserializer::from_str(text).deserialize_map(Members).map_err(broken)?;
                let members = members.into_iter().map(|(name, value)| Ok((name, Self::of(value)?)));
                members.collect::<Result<_, String>>().map(Self::Object)
            }
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(text).map_err(broken)?;
                items.into_iter().map(Self::of).collect::<Result<_, _>>().map(Self::Array)
            }
            Some(b'"') => serde_json::from_str(text).map(Self::Text).map_err(broken),
            _ => Ok(Self::Plain(text.to_owned())),
        }
    }

    pub fn member_mut(&mut self, name: &str) -> Option<&mut Self> {
        let Self::Object(members) = self else { return None };
        members.iter_mut().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    pub fn remove(&mut self, name: &str) {
        if let Self::Object(members) = self {
            members.retain(|(known, _)| known != name);
        }
    }

    /// Puts these members first, in this order.
    pub fn put_first(&mut self, names: &[&str]) {
        if let Self::Object(members) = self {
            members.sort_by_key(|(known, _)| names.iter().position(|name| name == known).unwrap_or(names.len()));
        }
    }

    /// All objects' members by name: their order means nothing.
    pub fn sort_members(&mut self) {
        match self {
            Self::Object(members) => {
                members.sort_by(|(a, _), (b, _)| a.cmp(b));
                members.iter_mut().for_each(|(_, value)| value.sort_members());
            }
            Self::Array(items) => items.iter_mut().for_each(Self::sort_members),
            Self::Text(_) | Self::Plain(_) => {}
        }
    }

    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Object(members) if members.is_empty())
    }

    /// The first place where two documents differ, and how.
    pub fn difference(&self, other: &Self, path: &str) -> Option<String> {
        match (self, other) {
            (Self::Object(sent), Self::Object(got)) => members_difference(sent, got, path),
            (Self::Array(sent), Self::Array(got)) => {
                let items = sent.iter().zip(got).enumerate();
                let inside = items.filter_map(|(i, (a, b))| a.difference(b, &format!("{path}[{i}]"))).next();
                let (sent, got) = (sent.len(), got.len());
                inside.or_else(|| (sent != got).then(|| format!("{path} has {sent} items, came back with {got}")))
            }
            (sent, got) => (sent != got).then(|| format!("{path} is {sent}, came back as {got}")),
        }
    }

    /// The first member that stands twice in its object.
    pub fn repeated(&self, path: &str) -> Option<String> {
        match self {
            Self::Object(members) => members.iter().enumerate().find_map(|(at, (name, value))| {
                let path = format!("{path}.{name}");
                let twice = members[..at].iter().any(|(before, _)| before == name);
                if twice { Some(path) } else { value.repeated(&path) }
            }),
            Self::Array(items) => items.iter().enumerate().find_map(|(i, item)| item.repeated(&format!("{path}[{i}]"))),
            Self::Text(_) | Self::Plain(_) => None,
        }
    }
}

type Named = (String, Tree);

fn members_difference(sent: &[Named], got: &[Named], path: &str) -> Option<String> {
    let names = |list: &[Named]| list.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let (before, after) = (names(sent), names(got));
    if before == after {
        return sent.iter().zip(got).find_map(|((name, a), (_, b))| a.difference(b, &format!("{path}.{name}")));
    }
    let lost: Vec<_> = before.iter().filter(|name| !after.contains(name)).collect();
    let new: Vec<_> = after.iter().filter(|name| !before.contains(name)).collect();
    Some(match (lost.is_empty(), new.is_empty()) {
        (true, true) => format!("{path} has its members in another order: {before:?}, came back {after:?}"),
        _ => format!("{path} came back without {lost:?} and with {new:?}"),
    })
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object(_) => f.write_str("an object"),
            Self::Array(_) => f.write_str("an array"),
            Self::Text(text) => write!(f, "{:?}", text.chars().take(80).collect::<String>()),
            Self::Plain(text) => f.write_str(text),
        }
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(members)
    }
}
