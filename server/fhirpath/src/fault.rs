//! What is wrong with an expression or its evaluation, where in the text, and what was expected.

use std::fmt;
use theriac_core::Error;
use theriac_core::error::Code;

pub type Result<T, E = Fault> = std::result::Result<T, E>;

/// A place in the expression, both from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: u32,
    pub column: u32,
}

impl Default for Position {
    fn default() -> Self {
        Self { line: 1, column: 1 }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The text is no FHIRPath.
    Syntax,
    /// It is, but can mean nothing on the types it is for.
    Semantic,
    /// It cannot be evaluated on this document.
    Execution,
    /// It asks for more steps, items or text than [`crate::Limits`] allow.
    Limit,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub kind: FaultKind,
    pub at: Position,
    pub message: String,
}

impl Fault {
    pub fn new(kind: FaultKind, at: Position, message: impl Into<String>) -> Self {
        Self { kind, at, message: message.into() }
    }

    pub fn syntax(at: Position, message: impl Into<String>) -> Self {
        Self::new(FaultKind::Syntax, at, message)
    }

    pub fn semantic(at: Position, message: impl Into<String>) -> Self {
        Self::new(FaultKind::Semantic, at, message)
    }

    pub fn execution(at: Position, message: impl Into<String>) -> Self {
        Self::new(FaultKind::Execution, at, message)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.at.line, self.at.column, self.message)
    }
}

impl std::error::Error for Fault {}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        let code = if fault.kind == FaultKind::Limit { Code::TooCostly } else { Code::Invalid };
        Error::new(code, format!("FHIRPath, {fault}"))
    }
}
