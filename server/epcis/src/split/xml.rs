//! Where the events of an XML document begin and end: the elements in `EventList`, wherever prefixes put it.

use super::Belongs;

/// Local names that lead to the list of events, from the outermost element on.
const PATHS: &[&[&[u8]]] =
    &[&[b"EPCISBody", b"EventList"], &[b"EPCISBody", b"QueryResults", b"resultsBody", b"EventList"]];

const LONGEST: usize = 12;

#[derive(Default)]
pub(super) struct Machine {
    state: State,
    /// Bytes of the tag since its `<`.
    length: usize,
    /// The tag's local name, as far as it may matter.
    name: Name,
    closing: bool,
    slash: bool,
    /// Elements that are open.
    depth: usize,
    names: [Name; 5],
    /// The depth of the list of events, while it is open.
    list: Option<usize>,
    /// An event is being read.
    event: bool,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    Text,
    /// After `<`.
    Opened,
    Name,
    Attributes,
    Quoted(u8),
    /// `<? ... ?>`, `true` after a question mark.
    Instruction(bool),
    /// After `<!`: what it becomes is told by what follows.
    Declaration,
    /// After `<!-`.
    Dash,
    /// `<!-- ... -->`, with the dashes read last.
    Comment(u8),
    /// After `<![`, with how many of `CDATA[` were read.
    Section(u8),
    /// `<![CDATA[ ... ]]>`, with the brackets read last.
    Data(u8),
}

#[derive(Default, Clone, Copy)]
struct Name {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Name {
    fn push(&mut self, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(self.length) {
            *slot = byte;
        }
        self.length = self.length.saturating_add(1);
    }

    fn is(&self, wanted: &[u8]) -> bool {
        self.length == wanted.len() && self.bytes.get(..self.length) == Some(wanted)
    }
}

impl Machine {
    pub fn byte(&mut self, byte: u8) -> Result<Belongs, &'static str> {
        self.length += 1;
        let plain = if self.event { Belongs::Event } else { Belongs::Frame };
        self.state = match (self.state, byte) {
            (State::Text, b'<') => {
                self.length = 0;
                State::Opened
            }
            (State::Text, _) => State::Text,
            (State::Opened, b'!') => State::Declaration,
            (State::Opened, b'?') => State::Instruction(false),
            (State::Opened, _) => return Ok(self.named(byte, plain)),
            (State::Name, b'>') | (State::Attributes, b'>') => {
                self.state = State::Text;
                return Ok(self.tag(plain));
            }
            (State::Name, b':') => {
                self.name.length = 0;
                State::Name
            }
            (State::Name, b'/') | (State::Attributes, b'/') => {
                self.slash = true;
                State::Attributes
            }
            (State::Name, b' ' | b'\t' | b'\r' | b'\n') => State::Attributes,
            (State::Name, _) => {
                self.name.push(byte);
                State::Name
            }
            (State::Attributes, b'"' | b'\'') => State::Quoted(byte),
            (State::Attributes, _) => {
                self.slash = false;
                State::Attributes
            }
            (State::Quoted(mark), _) => {
                if mark == byte {
                    State::Attributes
                } else {
                    State::Quoted(mark)
                }
            }
            (State::Instruction(true), b'>') => State::Text,
            (State::Instruction(_), _) => State::Instruction(byte == b'?'),
            (State::Declaration, b'-') => State::Dash,
            (State::Declaration, b'[') => State::Section(0),
            (State::Declaration, b'>') => State::Text,
            (State::Declaration, _) => State::Declaration,
            (State::Dash, b'-') => State::Comment(0),
            (State::Dash, _) => State::Declaration,
            (State::Comment(2), b'>') => State::Text,
            (State::Comment(dashes), _) => State::Comment(if byte == b'-' { (dashes + 1).min(2) } else { 0 }),
            (State::Section(5), _) => State::Data(0),
            (State::Section(n), _) => State::Section(n + 1),
            (State::Data(2), b'>') => State::Text,
            (State::Data(brackets), _) => State::Data(if byte == b']' { (brackets + 1).min(2) } else { 0 }),
        };
        Ok(plain)
    }

    /// The first byte of a tag's name.
    fn named(&mut self, byte: u8, plain: Belongs) -> Belongs {
        self.name = Name::default();
        self.slash = false;
        self.closing = byte == b'/';
        self.state = State::Name;
        if self.closing {
            return plain;
        }
        self.name.push(byte);
        // An element right in the list is an event: its `<` stands in the frame already.
        if !self.event && self.list == Some(self.depth) {
            self.event = true;
            return Belongs::Began(1);
        }
        plain
    }

    /// The end of a tag.
    fn tag(&mut self, plain: Belongs) -> Belongs {
        if self.closing {
            self.depth = self.depth.saturating_sub(1);
            if self.list.is_some_and(|list| self.depth < list) {
                self.list = None;
            }
            return self.closed(plain);
        }
        if let Some(slot) = self.names.get_mut(self.depth) {
            *slot = self.name;
        }
        self.depth += 1;
        if self.slash {
            self.depth -= 1;
            return self.closed(plain);
        }
        if self.list.is_none() && self.is_list() {
            self.list = Some(self.depth);
        }
        plain
    }

    fn closed(&mut self, plain: Belongs) -> Belongs {
        if self.event && self.list == Some(self.depth) {
            self.event = false;
            return Belongs::LastOfEvent;
        }
        plain
    }

    fn is_list(&self) -> bool {
        let path = self.names.get(1..self.depth).unwrap_or_default();
        PATHS
            .iter()
            .any(|names| names.len() == path.len() && path.iter().zip(*names).all(|(name, wanted)| name.is(wanted)))
    }
}
