//! Readings: lines of NDJSON or CSV in runs, or one JSON array.

use super::Loader;
use super::source::Source;
use bytes::Bytes;
use std::path::Path;
use theriac_core::Result;
use theriac_platform::http::Method;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Ndjson,
    /// The header is repeated in front of every run.
    Csv,
}

/// Lines sent at once.
const RUN: usize = 20_000;
const KIND: &str = "reading";

pub async fn document(loader: &Loader, file: &Path, bytes: Bytes) {
    let one = bytes.first() == Some(&b'{');
    let (media, body) = if one { ("application/x-ndjson", bytes) } else { ("application/json", bytes) };
    send(loader, file, media, body, |at| format!("[{}]", at.saturating_sub(1))).await;
}

pub async fn lines(loader: &Loader, file: &Path, source: &mut Source, form: Form) -> Result<(), String> {
    let unreadable = |e| format!("it cannot be read on: {e}");
    let header = match form {
        Form::Csv => source.line().map_err(unreadable)?.map_or(Vec::new(), |(_, line)| line),
        Form::Ndjson => Vec::new(),
    };
    let mut run = Run::default();
    while let Some((number, line)) = source.line().map_err(unreadable)? {
        run.push(&header, number, &line);
        if run.numbers.len() == RUN {
            std::mem::take(&mut run).send(loader, file, form).await;
        }
    }
    run.send(loader, file, form).await;
    Ok(())
}

/// Lines on their way, with their numbers in the file.
#[derive(Default)]
struct Run {
    body: Vec<u8>,
    numbers: Vec<u64>,
}

impl Run {
    fn push(&mut self, header: &[u8], number: u64, line: &[u8]) {
        if self.body.is_empty() && !header.is_empty() {
            self.body.extend_from_slice(header);
            self.body.push(b'\n');
        }
        self.body.extend_from_slice(line);
        self.body.push(b'\n');
        self.numbers.push(number);
    }

    async fn send(self, loader: &Loader, file: &Path, form: Form) {
        if self.numbers.is_empty() {
            return;
        }
        let media = if form == Form::Csv { "text/csv" } else { "application/x-ndjson" };
        send(loader, file, media, self.body.into(), |line| place(&self.numbers, form, line)).await;
    }
}

/// Where in the file the line of a run stands.
fn place(numbers: &[u64], form: Form, line: u64) -> String {
    let header = u64::from(form == Form::Csv);
    let at = usize::try_from(line.saturating_sub(1 + header)).unwrap_or(usize::MAX);
    numbers.get(at).map_or(String::new(), |number| format!("line {number}"))
}

async fn send(loader: &Loader, file: &Path, media: &str, body: Bytes, place: impl Fn(u64) -> String) {
    let answer = match loader.inside.send(Method::Post, "isa95/readings", media, body).await {
        Ok(reply) => reply.json().unwrap_or_default(),
        Err(error) => {
            loader.tally.refused(KIND, 1);
            return loader.tally.list(file, "", &error);
        }
    };
    loader.tally.stored(KIND, answer["accepted"].as_u64().unwrap_or(0));
    let refused = answer["refused"].as_array().map_or(&[][..], Vec::as_slice);
    // The list may be shorter than the count.
    let count = answer["refusedCount"].as_u64().unwrap_or(refused.len() as u64);
    if count > 0 {
        loader.tally.refused(KIND, count);
    }
    for one in refused {
        let why = one["why"].as_str().unwrap_or("no reason given");
        let line = place(one["line"].as_u64().unwrap_or(0));
        loader.tally.list_line(file, (&line, ""), "400", why);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_line_is_named_by_its_number_in_the_file() {
        assert_eq!(place(&[2, 3, 7], Form::Csv, 4), "line 7");
        assert_eq!(place(&[1, 2, 7], Form::Ndjson, 3), "line 7");
        assert_eq!(place(&[1], Form::Ndjson, 9), "");
    }

    #[test]
    fn every_run_of_csv_begins_with_the_header() {
        let mut run = Run::default();
        run.push(b"property,time,value", 2, b"a.b,t,1");
        run.push(b"property,time,value", 3, b"a.b,t,2");
        assert_eq!(run.body, b"property,time,value\na.b,t,1\na.b,t,2\n");
    }
}
