//! The parameters of a question about readings.

use crate::aggregate::{Bins, Bucket, Function};
use crate::time;
use theriac_core::{Error, Result};
use theriac_platform::http::Request;

const KNOWN: &[&str] =
    &["property", "from", "to", "bucket", "aggregate", "bins", "batch", "phase", "context", "count", "ticket"];
const USUAL: usize = 1_000;
const MOST: usize = 100_000;
const ALL: &str = "count,min,max,mean,last";

#[derive(Debug, PartialEq)]
pub(super) struct Question {
    pub property: String,
    /// Microseconds, within.
    pub from: i64,
    /// Microseconds, without.
    pub to: i64,
    pub shape: Shape,
    pub count: usize,
    /// Readings of this batch only.
    pub batch: Option<String>,
    /// Readings of this phase only.
    pub phase: Option<String>,
    /// Is each reading to say its batch, its phase and the version of its limits?
    pub context: bool,
}

#[derive(Debug, PartialEq)]
pub(super) enum Shape {
    Readings,
    Buckets(Bucket, Vec<Function>, Option<Bins>),
}

impl Question {
    pub fn read(request: &Request) -> Result<Self> {
        let pairs = request.query_known(KNOWN)?;
        let get = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
        let missing = || Error::invalid("'property' is needed: {equipment id}.{property id}").at("property");
        let instant = |name: &str| get(name).map(|text| instant(name, text)).transpose();
        let question = Self {
            property: get("property").ok_or_else(missing)?.to_owned(),
            from: instant("from")?.unwrap_or(i64::MIN),
            to: instant("to")?.unwrap_or(i64::MAX),
            shape: shape(get("bucket"), get("aggregate"), get("bins"))?,
            count: get("count").map_or(Ok(USUAL), count)?,
            batch: get("batch").map(str::to_owned),
            phase: get("phase").map(str::to_owned),
            context: get("context").map_or(Ok(false), flag)?,
        };
        if question.from > question.to {
            return Err(Error::invalid("'from' lies after 'to'; 'from' is within the answer, 'to' is not").at("from"));
        }
        Ok(question)
    }
}

impl Question {
    /// A file holds all readings that are asked for, and nothing else.
    pub fn whole(&self, request: &Request) -> Result<()> {
        let names = ["count", "bucket", "aggregate", "bins", "context"];
        match request.query_pairs().iter().find(|(name, _)| names.contains(&name.as_str())) {
            None => Ok(()),
            Some((name, _)) => {
                let message =
                    format!("a Parquet file holds all readings of the question as they are; leave out '{name}'");
                Err(Error::invalid(message).at(name.clone()))
            }
        }
    }
}

fn flag(text: &str) -> Result<bool> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Error::invalid(format!("'{text}' is neither true nor false")).at("context")),
    }
}

fn count(text: &str) -> Result<usize> {
    let wrong = || Error::invalid(format!("'count' is a whole number from 1 to {MOST}")).at("count");
    text.parse().ok().filter(|n| (1..=MOST).contains(n)).ok_or_else(wrong)
}

/// A `+` of an offset that was not escaped arrives as a blank.
fn instant(name: &str, text: &str) -> Result<i64> {
    let wrong = || Error::invalid(format!("'{name}' is {text:?}, not {}", time::EXPECTED)).at(name);
    let mended = match text.char_indices().nth(10) {
        Some((at, _)) => format!("{}{}", &text[..at], text[at..].replace(' ', "+")),
        None => text.to_owned(),
    };
    time::parse(text.as_bytes()).or_else(|| time::parse(mended.as_bytes())).ok_or_else(wrong)
}

/// `histogram` is an aggregate of its own form, in bins that the question gives.
const HISTOGRAM: &str = "histogram";

fn shape(bucket: Option<&str>, aggregate: Option<&str>, bins: Option<&str>) -> Result<Shape> {
    let Some(bucket) = bucket else {
        let alone = [("aggregate", aggregate), ("bins", bins)].into_iter().find(|(_, given)| given.is_some());
        return match alone {
            None => Ok(Shape::Readings),
            Some((name, _)) => {
                Err(Error::invalid(format!("'{name}' wants a 'bucket', such as bucket=1m")).at("bucket"))
            }
        };
    };
    let names: Vec<&str> = aggregate.unwrap_or(ALL).split(',').map(str::trim).collect();
    let plain: Vec<&str> = names.iter().copied().filter(|name| *name != HISTOGRAM).collect();
    let bins = match (plain.len() < names.len(), bins) {
        (true, Some(bins)) => Some(Bins::parse(bins)?),
        (false, None) => None,
        (true, None) => {
            return Err(Error::invalid("aggregate=histogram wants 'bins', such as bins=20:80:12").at("bins"));
        }
        (false, Some(_)) => return Err(Error::invalid("'bins' are of aggregate=histogram").at("bins")),
    };
    let functions = if plain.is_empty() { Vec::new() } else { Function::parse_list(&plain.join(","))? };
    Ok(Shape::Buckets(Bucket::parse(bucket)?, functions, bins))
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_platform::http::Method;

    fn read(query: &str) -> Result<Question> {
        Question::read(&Request::new(Method::Get, "/mercy/isa95/readings", query))
    }

    #[test]
    fn times_are_read_with_any_offset() {
        let question = read("property=a.b&from=2026-11-20T09:00:00%2B01:00&to=2026-11-20T09:00:00+01:00").unwrap();
        assert_eq!(question.from, question.to);
        assert_eq!((question.shape, question.count), (Shape::Readings, 1_000));
    }

    #[test]
    fn a_wrong_question_is_answered_by_what_would_be_right() {
        for (query, word) in [
            ("", "'property' is needed"),
            ("property=a.b&from=yesterday", "RFC 3339"),
            ("property=a.b&aggregate=min", "wants a 'bucket'"),
            ("property=a.b&bucket=1m&aggregate=avg", "mean"),
            ("property=a.b&from=2026-11-21T00:00:00Z&to=2026-11-20T00:00:00Z", "lies after"),
            ("property=a.b&bucket=1m&aggregate=histogram", "wants 'bins'"),
            ("property=a.b&bucket=1m&bins=0:1:2", "aggregate=histogram"),
            ("property=a.b&bins=0:1:2", "wants a 'bucket'"),
            ("property=a.b&count=0", "1 to 100000"),
            ("property=a.b&context=each", "neither true nor false"),
        ] {
            let error = read(query).unwrap_err();
            assert!(error.message.contains(word) && error.status() == 400, "{query}: {error}");
        }
    }
}
