//! Where the events of a JSON document begin and end: `epcisBody.eventList`, or the same in query results.

use super::Belongs;

/// Names of the members that lead to a list of events.
const PATHS: &[&[&[u8]]] =
    &[&[b"epcisBody", b"eventList"], &[b"epcisBody", b"queryResults", b"resultsBody", b"eventList"]];

/// The longest of these names.
const LONGEST: usize = 12;

#[derive(Default)]
pub(super) struct Machine {
    /// Of arrays and objects that are open.
    depth: usize,
    text: Text,
    /// The name read last in each open object, down to where a list may stand.
    names: [Name; 4],
    /// Is the string that is being read a name?
    names_next: bool,
    within: Within,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Text {
    #[default]
    Outside,
    Inside,
    Escaped,
}

#[derive(Default, Clone, Copy)]
struct Name {
    bytes: [u8; LONGEST],
    length: usize,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Within {
    #[default]
    Frame,
    /// In the list, where an event or the end of the list is due; `true` after a comma.
    Due(bool),
    /// In an event, which began with so many arrays and objects open.
    Event(usize),
    /// In an event that is neither array nor object.
    Scalar,
    /// After an event, where a comma or the end of the list is due.
    Past,
}

impl Machine {
    pub fn byte(&mut self, byte: u8) -> Result<Belongs, &'static str> {
        match self.within {
            Within::Frame => {
                self.frame(byte);
                Ok(Belongs::Frame)
            }
            Within::Due(comma) => self.due(byte, comma),
            Within::Event(outer) => Ok(self.event(byte, outer)),
            Within::Scalar => Ok(self.scalar(byte)),
            Within::Past => self.past(byte),
        }
    }

    /// Keeps track of strings; `true` if the byte is part of one.
    fn string(&mut self, byte: u8) -> bool {
        self.text = match (self.text, byte) {
            (Text::Outside, b'"') => Text::Inside,
            (Text::Outside, _) => return false,
            (Text::Inside, b'\\') => Text::Escaped,
            (Text::Inside, b'"') => Text::Outside,
            (Text::Inside | Text::Escaped, _) => Text::Inside,
        };
        true
    }

    fn frame(&mut self, byte: u8) {
        let before = self.text;
        if self.string(byte) {
            return self.name(before, byte);
        }
        match byte {
            b'{' => {
                self.depth += 1;
                self.names_next = true;
            }
            b'[' => {
                self.depth += 1;
                self.names_next = false;
                if self.is_list() {
                    self.within = Within::Due(false);
                }
            }
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            b',' => self.names_next = true,
            b':' => self.names_next = false,
            _ => {}
        }
    }

    fn name(&mut self, before: Text, byte: u8) {
        let Some(name) = self.depth.checked_sub(1).and_then(|at| self.names.get_mut(at)) else { return };
        if !self.names_next {
            return;
        }
        if before == Text::Outside {
            name.length = 0;
        } else if self.text != Text::Outside {
            // A name that is longer than any that is looked for keeps a length that none has.
            if let Some(slot) = name.bytes.get_mut(name.length) {
                *slot = byte;
            }
            name.length = name.length.saturating_add(1);
        }
    }

    /// The array just opened: does it stand where events do?
    fn is_list(&self) -> bool {
        let path = self.names.get(..self.depth - 1).unwrap_or_default();
        let same = |(name, wanted): (&Name, &&[u8])| {
            name.length == wanted.len() && name.bytes.get(..name.length) == Some(*wanted)
        };
        PATHS.iter().any(|names| names.len() == path.len() && path.iter().zip(*names).all(same))
    }

    fn due(&mut self, byte: u8, comma: bool) -> Result<Belongs, &'static str> {
        match byte {
            b' ' | b'\n' | b'\r' | b'\t' => Ok(Belongs::Nothing),
            b']' if !comma => Ok(self.end()),
            b']' => Err("an event was expected after ','"),
            b',' => Err("an event was expected here"),
            b'{' | b'[' => {
                self.within = Within::Event(self.depth);
                self.depth += 1;
                Ok(Belongs::Event)
            }
            _ => {
                self.within = Within::Scalar;
                self.string(byte);
                Ok(Belongs::Event)
            }
        }
    }

    fn event(&mut self, byte: u8, outer: usize) -> Belongs {
        if self.string(byte) {
            return Belongs::Event;
        }
        match byte {
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth -= 1,
            _ => {}
        }
        if self.depth > outer {
            return Belongs::Event;
        }
        self.within = Within::Past;
        Belongs::LastOfEvent
    }

    fn scalar(&mut self, byte: u8) -> Belongs {
        if self.string(byte) {
            return Belongs::Event;
        }
        match byte {
            b',' => {
                self.within = Within::Due(true);
                Belongs::Nothing
            }
            b']' => {
                self.end();
                Belongs::AfterEvent
            }
            _ => Belongs::Event,
        }
    }

    fn past(&mut self, byte: u8) -> Result<Belongs, &'static str> {
        match byte {
            b' ' | b'\n' | b'\r' | b'\t' => Ok(Belongs::Nothing),
            b',' => {
                self.within = Within::Due(true);
                Ok(Belongs::Nothing)
            }
            b']' => Ok(self.end()),
            _ => Err("',' or ']' was expected here"),
        }
    }

    fn end(&mut self) -> Belongs {
        self.depth -= 1;
        self.within = Within::Frame;
        Belongs::Frame
    }
}
