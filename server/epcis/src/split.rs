//! Cuts a document into its events as it comes in, piece by piece: no document need stand in memory as a whole.
//!
//! What is between the events, the *frame*, is gathered: kind, versions, prefixes, header. In JSON the `@context`
//! may come after the events, so that only who has seen the whole document can read an event. Nothing is judged
//! here but where events begin and end; frame and events are read strictly once they are cut out.

mod json;
mod xml;

use theriac_core::{Code, Error, Result};

/// The syntax of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Json,
    Xml,
}

/// Bytes that a frame may have: most is master data.
pub const FRAME_LIMIT: usize = 32 * 1024 * 1024;

/// Bytes that one event may have.
pub const EVENT_LIMIT: usize = 16 * 1024 * 1024;

/// One event as it stands in the document.
pub struct Cut<'c> {
    pub bytes: &'c [u8],
    /// Where it begins, from 1.
    pub line: usize,
    pub column: usize,
}

pub struct Splitter {
    machine: Machine,
    /// The event that is not whole yet.
    event: Vec<u8>,
    frame: Vec<u8>,
    /// Line feeds before, and bytes after the last of them.
    line: usize,
    column: usize,
    began: (usize, usize),
}

enum Machine {
    Json(json::Machine),
    Xml(xml::Machine),
}

/// What a byte belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Belongs {
    Frame,
    Event,
    /// To the event, which it ends.
    LastOfEvent,
    /// To the frame; the event ended before it.
    AfterEvent,
    /// The bytes gathered as frame since the last mark were the begin of an event.
    Began(usize),
    /// To nothing: a comma between events.
    Nothing,
}

impl Splitter {
    pub fn new(form: Form) -> Self {
        let machine = match form {
            Form::Json => Machine::Json(json::Machine::default()),
            Form::Xml => Machine::Xml(xml::Machine::default()),
        };
        Self { machine, event: Vec::new(), frame: Vec::new(), line: 0, column: 0, began: (0, 0) }
    }

    /// Takes the next piece and hands on the events that became whole.
    ///
    /// # Errors
    /// A list of events that is none, what is too large, and what `each` says.
    pub fn push(&mut self, piece: &[u8], each: &mut dyn FnMut(Cut<'_>) -> Result<()>) -> Result<()> {
        for byte in piece {
            self.byte(*byte, each)?;
            self.column += 1;
            if *byte == b'\n' {
                self.line += 1;
                self.column = 0;
            }
        }
        Ok(())
    }

    fn byte(&mut self, byte: u8, each: &mut dyn FnMut(Cut<'_>) -> Result<()>) -> Result<()> {
        let belongs = match &mut self.machine {
            Machine::Json(machine) => machine.byte(byte),
            Machine::Xml(machine) => machine.byte(byte),
        };
        match belongs.map_err(|message| self.wrong(message))? {
            Belongs::Event => {
                if self.event.is_empty() {
                    self.began = (self.line, self.column);
                }
                self.event.push(byte);
            }
            Belongs::Frame => self.frame.push(byte),
            Belongs::LastOfEvent => {
                self.event.push(byte);
                self.cut(each)?;
            }
            Belongs::AfterEvent => {
                self.cut(each)?;
                self.frame.push(byte);
            }
            Belongs::Began(length) => {
                let from = self.frame.len() - length;
                self.event.extend(self.frame.drain(from..));
                self.began = (self.line, self.column.saturating_sub(length));
                self.event.push(byte);
            }
            Belongs::Nothing if !self.event.is_empty() => self.cut(each)?,
            Belongs::Nothing => {}
        }
        self.bounded()
    }

    fn cut(&mut self, each: &mut dyn FnMut(Cut<'_>) -> Result<()>) -> Result<()> {
        let (line, column) = self.began;
        each(Cut { bytes: &self.event, line: line + 1, column: column + 1 })?;
        self.event.clear();
        Ok(())
    }

    fn bounded(&self) -> Result<()> {
        let too_large =
            |what: &str, most: usize| Err(Error::new(Code::TooLarge, format!("{what} has at most {most} bytes")));
        if self.event.len() > EVENT_LIMIT {
            return too_large("an event", EVENT_LIMIT);
        }
        match self.frame.len() > FRAME_LIMIT {
            true => too_large("what stands around the events of a document", FRAME_LIMIT),
            false => Ok(()),
        }
    }

    fn wrong(&self, message: &str) -> Error {
        Error::malformed(message).at(format!("line {}, column {}", self.line + 1, self.column + 1))
    }

    /// The frame; an event that is not whole is part of it, where its reader will stumble over it.
    pub fn finish(mut self) -> Vec<u8> {
        self.frame.append(&mut self.event);
        self.frame
    }
}

/// An error of an event that was cut out, at its place in the whole document.
pub fn placed(error: Error, cut: &Cut<'_>) -> Error {
    let moved = |path: &str| {
        let (line, column) = path.strip_prefix("line ")?.split_once(", column ")?;
        let (line, column) = (line.parse::<usize>().ok()?, column.parse::<usize>().ok()?);
        let column = if line == 1 { column + cut.column - 1 } else { column };
        Some(format!("line {}, column {column}", line + cut.line - 1))
    };
    let mut error = error;
    for issue in &mut error.issues {
        if let Some(path) = moved(&issue.path) {
            issue.path = path;
        }
    }
    error
}

#[cfg(test)]
mod tests;
