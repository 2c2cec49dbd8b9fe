//! From the bytes of a document that was put aside to nodes of events.

use crate::append::Batch;
use crate::capture::Frame;
use crate::document::{Document, DocumentKind};
use crate::master::{self, Element};
use crate::namespaces::Namespaces;
use crate::split::{Cut, Form, Splitter, placed};
use crate::store::job::Waiting;
use crate::xml;
use theriac_core::json::{self, Node};
use theriac_core::{Error, Issue, Result};

/// An event cut out, and where it began.
pub(super) struct Cutting {
    pub bytes: Vec<u8>,
    line: usize,
    column: usize,
}

impl Cutting {
    pub fn of(cut: &Cut<'_>) -> Self {
        Self { bytes: cut.bytes.to_vec(), line: cut.line, column: cut.column }
    }
}

/// What is known of a document before its events are read.
pub(super) struct Reading {
    form: Form,
    namespaces: Namespaces,
    ignored: Vec<String>,
    affirmed: bool,
    scope: Vec<(String, String)>,
    any_order: bool,
    at: &'static str,
    /// The one event that came without a document.
    alone: Option<Node<'static>>,
    vocabularies: Vec<Node<'static>>,
}

impl Reading {
    /// # Errors
    /// What is wrong with a frame that was not read at the door.
    pub fn of(job: &Waiting, frame: &[u8], any_order: bool) -> Result<Self> {
        let scope = serde_json::from_str(&job.scope).map_err(Error::internal)?;
        Self::from(job.form, &Frame { bytes: frame.to_vec(), scope, alone: false }, any_order)
    }

    fn from(form: Form, frame: &Frame, any_order: bool) -> Result<Self> {
        let document = Document::parse(&frame.bytes)?;
        let alone = (document.kind == DocumentKind::BareEvent).then(|| document.nodes().next()).flatten();
        Ok(Self {
            form,
            namespaces: document.namespaces.clone(),
            ignored: document.ignored_fields(),
            affirmed: document.affirms_statement(),
            scope: frame.scope.clone(),
            any_order,
            at: document.list_path(),
            alone: alone.map(|(_, node)| node.clone().into_owned()),
            vocabularies: document.vocabulary_list().iter().map(|v| v.clone().into_owned()).collect(),
        })
    }

    /// The master data of the header.
    ///
    /// # Errors
    /// All its faults.
    pub fn master(&self) -> Result<Vec<Element>, Vec<Issue>> {
        master::elements(&self.vocabularies, &self.namespaces)
    }

    /// Events with their places; `first` is the number of the first in the document.
    pub fn batch<'a>(&self, cuttings: &'a [Cutting], first: u64) -> Batch<'a> {
        let mut batch = Batch {
            nodes: Vec::with_capacity(cuttings.len()),
            issues: Vec::new(),
            namespaces: self.namespaces.clone(),
            ignored: self.ignored.clone(),
            affirmed: self.affirmed,
        };
        if let Some(alone) = &self.alone {
            batch.nodes.push(("$".to_owned(), alone.clone()));
        }
        for (cutting, number) in cuttings.iter().zip(first..) {
            let place = Cut { bytes: &cutting.bytes, line: cutting.line, column: cutting.column };
            match self.node(&cutting.bytes) {
                Ok(node) => batch.nodes.push((format!("{}[{number}]", self.at), node)),
                Err(error) => batch.issues.extend(placed(error, &place).issues),
            }
        }
        batch
    }

    fn node<'a>(&self, bytes: &'a [u8]) -> Result<Node<'a>> {
        match self.form {
            Form::Json => Ok(json::parse(bytes)?),
            Form::Xml => {
                let scope = self.scope.iter().map(|(prefix, name)| (prefix.as_str(), name.as_str()));
                xml::event(bytes, scope, &self.namespaces, self.any_order)
            }
        }
    }
}

/// A document that is small enough to be read as a whole.
///
/// # Errors
/// As [`Reading::of`].
pub(super) fn whole(job: &Waiting, body: &[u8], any_order: bool) -> Result<(Reading, Vec<Cutting>)> {
    let mut splitter = Splitter::new(job.form);
    let mut cuttings = Vec::new();
    splitter.push(body, &mut |cut| {
        cuttings.push(Cutting::of(&cut));
        Ok(())
    })?;
    let reading = match &job.frame {
        Some(frame) => Reading::of(job, frame, any_order)?,
        None => Reading::from(job.form, &Frame::read(job.form, &splitter.finish(), any_order)?, any_order)?,
    };
    Ok((reading, cuttings))
}
