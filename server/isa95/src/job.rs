//! Job control (OPC 10031-4 v2.00, <https://reference.opcfoundation.org/specs/OPC-10031-4/6>): the states of a job
//! order, their substates, and the methods that move it. Pure, but for `method`, which answers at the edge.
//!
//! Where the standard leaves it open: a stored order waits (substate Waiting); Start and RevokeStart leave the
//! preparation where it is; Pause holds (Held); an order ends Completed.

mod method;
mod transition;

use crate::store::resource::Stored;
use std::borrow::Cow;
use theriac_core::json::{self, Node, Object};
use theriac_core::{Code, Error, Issue, Result};

pub(crate) use method::{advance, call, respond, respond_all, store};
pub use transition::{Effect, METHODS, Method, State, Status, Substate, TRANSITIONS, Transition};

impl Status {
    /// The member `state` of a job order, as ISA95StateDataType has it.
    fn node(self) -> Node<'static> {
        let number = |n: u8| Node::Number(Cow::Owned(n.to_string()));
        let mut object = Object::default();
        object.set("stateText", Node::string(self.state.name()));
        object.set("stateNumber", number(self.state.number()));
        if let Some(substate) = self.substate {
            object.set("substateText", Node::string(substate.name()));
            object.set("substateNumber", number(substate.number()));
        }
        Node::Object(object)
    }

    pub(crate) fn of(document: &Node<'_>) -> Option<Self> {
        let state = document.get("state")?;
        let substate = state.text("substateText").and_then(Substate::from_name);
        Some(Self { state: State::from_name(state.text("stateText")?)?, substate })
    }

    fn of_stored(stored: &Stored) -> Result<Self> {
        let node = json::parse(stored.document.as_bytes()).map_err(Error::internal)?;
        Self::of(&node).ok_or_else(|| Error::internal(format!("the job order {} has no state", stored.id)))
    }
}

/// A job order that is put is stored (Store) or changed (Update); its state is what it was.
pub(crate) fn check(document: &mut Node<'static>, before: Option<&Node<'_>>) -> Result<()> {
    let method = if before.is_some() { Method::Update } else { Method::Store };
    let from = before.and_then(Status::of);
    let Some(Effect::To(to)) = transition::step(from, method) else {
        let state = from.map_or("", |status| status.state.name());
        return Err(Error::conflict(format!(
            "the job order is {state}; it is changed only while it is NotAllowedToStart or AllowedToStart"
        )));
    };
    let given = document.get("state").is_some().then(|| Status::of(document));
    if given.is_some_and(|given| given != Some(to)) {
        let message =
            format!("is moved by the methods of job control alone; here it must be {} or left out", to.state.name());
        return Err(Error::from_issues(vec![Issue::new(Code::Unprocessable, "state", message)]));
    }
    if let Some(object) = document.as_object_mut() {
        object.remove("state");
        object.set("state", to.node());
    }
    Ok(())
}

/// A job order goes by Cancel before it begins, or by Clear after its end.
pub(crate) fn removable(stored: &Stored) -> Result<()> {
    let status = Status::of_stored(stored)?;
    let by = [Method::Cancel, Method::Clear].into_iter();
    match by.filter_map(|method| transition::step(Some(status), method)).next() {
        Some(_) => Ok(()),
        None => Err(Error::conflict(format!(
            "the job order is {}; it is removed before it begins (Cancel) or after its end (Clear)",
            status.state.name()
        ))),
    }
}
