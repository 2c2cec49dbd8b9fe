//! A document on its way in: cut into events as it comes, checked for syntax, and stored in parts, so that it never
//! stands in memory as a whole. Only the last unit makes it a job; parts without a job are nobody's.

use super::{CAPTURE_LIMIT, FILE_SIZE_LIMIT, job_id};
use crate::document::Document;
use crate::origin::Origin;
use crate::split::{Cut, Form, Splitter, placed};
use crate::store::job::{self, NewJob};
use crate::xml;
use serde_json::json as value;
use sha2::{Digest, Sha256};
use theriac_core::json::{self, Node};
use theriac_core::{Code, Error, Result};
use theriac_ledger::Entry;
use theriac_platform::Context;
use theriac_platform::db::Unit;

/// Bytes of a part before packing.
const PART: usize = 1024 * 1024;

/// Bytes that are worked on before others have their turn.
const TURN: usize = 64 * 1024;

pub(super) struct Intake {
    key: i64,
    form: Form,
    any_order: bool,
    splitter: Splitter,
    part: Vec<u8>,
    parts: i64,
    digest: Sha256,
    bytes: u64,
    events: u64,
    /// Small documents in XML are looked through at the door too.
    cuts: Vec<(Vec<u8>, usize, usize)>,
}

impl Intake {
    pub fn begin(context: &Context, form: Form, any_order: bool) -> Self {
        Self {
            key: context.key(),
            form,
            any_order,
            splitter: Splitter::new(form),
            part: Vec::new(),
            parts: 0,
            digest: Sha256::new(),
            bytes: 0,
            events: 0,
            cuts: Vec::new(),
        }
    }

    /// # Errors
    /// Documents over the limits, and events that are no JSON.
    pub async fn take(&mut self, context: &Context, piece: &[u8]) -> Result<()> {
        for turn in piece.chunks(TURN) {
            self.look(turn)?;
            self.part.extend_from_slice(turn);
            if self.part.len() >= PART {
                let full = std::mem::take(&mut self.part);
                let mut unit = Unit::new();
                unit.push(job::part(&context.db, self.key, self.parts, &full)?);
                context.db.commit(unit).await?;
                self.parts += 1;
                self.cuts = Vec::new();
            }
            if turn.len() == TURN {
                tokio::task::yield_now().await;
            }
        }
        Ok(())
    }

    fn look(&mut self, bytes: &[u8]) -> Result<()> {
        self.digest.update(bytes);
        self.bytes += bytes.len() as u64;
        if self.bytes > FILE_SIZE_LIMIT {
            return Err(Error::new(Code::TooLarge, format!("a document has at most {FILE_SIZE_LIMIT} bytes")));
        }
        let Self { splitter, events, cuts, form, parts, .. } = self;
        splitter.push(bytes, &mut |cut| {
            *events += 1;
            match form {
                Form::Json => drop(json::parse(cut.bytes).map_err(|error| placed(error.into(), &cut))?),
                Form::Xml if *parts == 0 => cuts.push((cut.bytes.to_vec(), cut.line, cut.column)),
                Form::Xml => {}
            }
            Ok(())
        })?;
        match self.events > CAPTURE_LIMIT {
            true => {
                let message = format!("a document has at most {CAPTURE_LIMIT} events; send it in several");
                Err(Error::new(Code::TooLarge, message))
            }
            false => Ok(()),
        }
    }

    /// Makes the document a job and gives its id.
    ///
    /// # Errors
    /// What is wrong with the frame; in small documents also events that are no XML.
    pub async fn finish(&mut self, context: &Context, behaviour: &'static str) -> Result<String> {
        let splitter = std::mem::replace(&mut self.splitter, Splitter::new(self.form));
        let frame = Frame::read(self.form, &splitter.finish(), self.any_order)?;
        if self.parts == 0 {
            self.look_again(&frame)?;
        }
        let origin = Origin::of(context);
        let new = NewJob {
            key: self.key,
            created: context.now(),
            behaviour,
            actor: &origin.subject,
            origin: origin.write()?,
            form: self.form,
            frame: &frame.bytes,
            scope: value!(frame.scope).to_string(),
            events: if frame.alone { 1 } else { self.events },
        };
        let mut unit = Unit::new();
        unit.push(job::part(&context.db, self.key, self.parts, &self.part)?);
        job::create(&context.db, &new, &mut unit)?;
        let entry = Entry {
            topic: "epcis.job".to_owned(),
            action: "capture",
            subject: format!("job/{}", job_id(self.key)),
            hash: Some(std::mem::take(&mut self.digest).finalize().into()),
            data: Some(value!({ "events": new.events, "bytes": self.bytes })),
            ..Entry::default()
        };
        theriac_ledger::record(&mut unit, context, &[entry])?;
        context.db.commit(unit).await?;
        Ok(job_id(self.key))
    }

    fn look_again(&self, frame: &Frame) -> Result<()> {
        if self.cuts.is_empty() {
            return Ok(());
        }
        let spaces = xml::namespaces(frame.around());
        let read = |(bytes, line, column): &(Vec<u8>, usize, usize)| {
            let cut = Cut { bytes, line: *line, column: *column };
            let read = xml::event(bytes, frame.around(), &spaces, self.any_order);
            read.err().filter(|error| error.code == Code::Malformed).map(|error| placed(error, &cut))
        };
        let issues: Vec<_> = self.cuts.iter().filter_map(read).flat_map(|error| error.issues).collect();
        if issues.is_empty() { Ok(()) } else { Err(Error::from_issues(issues)) }
    }

    /// Takes back the parts of a document that did not become a job.
    pub async fn forget(&self, context: &Context) {
        if self.parts == 0 {
            return;
        }
        let mut unit = Unit::new();
        job::drop_parts(&context.db, &[self.key], &mut unit);
        if let Err(error) = context.db.commit(unit).await {
            tracing::warn!(%error, "the parts of a refused document are still there");
        }
    }
}

/// What stands around the events, as the worker will read it.
pub(crate) struct Frame {
    /// JSON, also of documents in XML.
    pub bytes: Vec<u8>,
    pub scope: Vec<(String, String)>,
    /// One event without a document.
    pub alone: bool,
}

impl Frame {
    /// # Errors
    /// What is wrong with it, each fault with its place.
    pub fn read(form: Form, bytes: &[u8], any_order: bool) -> Result<Self> {
        let (node, scope): (Node<'_>, _) = match form {
            Form::Json => (json::parse(bytes)?, Vec::new()),
            Form::Xml => {
                let frame = xml::frame(bytes, any_order)?;
                (frame.node, frame.scope)
            }
        };
        let kept = node.to_vec();
        let document = Document::read(node)?;
        Ok(Self { bytes: kept, scope, alone: document.kind == crate::document::DocumentKind::BareEvent })
    }

    fn around(&self) -> impl Iterator<Item = (&str, &str)> {
        self.scope.iter().map(|(prefix, name)| (prefix.as_str(), name.as_str()))
    }
}
