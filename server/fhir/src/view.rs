//! Placeholder until the views are written.
use crate::search::query::Summary;
use theriac_core::json::Node;
pub struct View;
impl View {
    pub fn of(_: Summary, _: Vec<String>) -> Option<Self> { None }
}
pub fn apply<'a>(_: &View, node: Node<'a>) -> Node<'a> { node }
