//! What a query may reach: resources by reference, with the caller's rights, each read once.

use crate::kind;
use crate::policy;
use crate::search::kind::reference::local_part;
use crate::store::read as store;
use crate::{body, service};
use std::collections::HashMap;
use std::sync::Arc;
use theriac_access::Interaction;
use theriac_core::json::{self, Node};
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;

/// Reads and searches one query may cause.
const MOST: usize = 500;

pub struct Reach<'q> {
    pub context: &'q Context,
    found: HashMap<(i16, String), Option<Arc<Node<'static>>>>,
    left: usize,
}

impl<'q> Reach<'q> {
    pub fn new(context: &'q Context) -> Self {
        Self { context, found: HashMap::new(), left: MOST }
    }

    /// Counts a read or a search.
    ///
    /// # Errors
    /// `TooCostly` when there were too many.
    pub fn spend(&mut self) -> Result<()> {
        let message = || Error::new(Code::TooCostly, format!("the query causes more than {MOST} reads and searches"));
        self.left = self.left.checked_sub(1).ok_or_else(message)?;
        Ok(())
    }

    /// The resource a reference leads to, if it exists for the caller.
    ///
    /// # Errors
    /// `TooCostly`, and the database's.
    pub async fn resolve(&mut self, text: &str, within: &Node<'static>) -> Result<Option<Arc<Node<'static>>>> {
        if let Some(id) = text.strip_prefix('#') {
            let contained = within.get("contained").map_or(&[][..], Node::items).iter();
            return Ok(contained.clone().find(|node| node.text("id") == Some(id)).cloned().map(Arc::new));
        }
        let base = service::base(self.context);
        let text = service::local(&base, text);
        match local_part(text) {
            Some((name, id)) if kind::number(name).is_some() => self.read(name, id).await,
            _ => Ok(None),
        }
    }

    /// # Errors
    /// As [`Self::resolve`].
    pub async fn read(&mut self, name: &str, id: &str) -> Result<Option<Arc<Node<'static>>>> {
        let kind = kind::find(name)?;
        if !self.context.grant.may_fhir(Interaction::Read, kind.name) {
            return Ok(None);
        }
        let key = (kind.number, id.to_owned());
        if let Some(found) = self.found.get(&key) {
            return Ok(found.clone());
        }
        self.spend()?;
        let visible = policy::of_type(self.context, Interaction::Read, kind);
        let version = store::current(self.context, &visible, kind, id).await?.filter(|version| !version.deleted);
        let found = version
            .map(|version| {
                let bytes = body::unpack(version.dictionary, &version.body)?;
                Ok::<_, Error>(Arc::new(json::parse(&bytes)?.into_owned()))
            })
            .transpose()?;
        self.found.insert(key, found.clone());
        Ok(found)
    }
}
