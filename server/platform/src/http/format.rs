//! The form of a FHIR answer and body: JSON or XML, negotiated by `_format` and `Accept`, told by `Content-Type`.
//! <http://hl7.org/fhir/R4/http.html#mime-type>, RFC 9110 section 12.5.1

use super::media::{media_type, parameters};
use super::{Method, Request};
use theriac_core::{Code, Error, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Json,
    Xml,
    /// One resource a line, of what is found; never a body. <http://hl7.org/fhir/R4/nd-json.html>
    Ndjson,
}

/// How the caller wants the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    pub form: Form,
    /// The media type as the caller named it: "the server SHOULD respond with the requested mime type".
    media: &'static str,
    /// Did the caller name the version of FHIR?
    versioned: bool,
    pub pretty: bool,
}

/// What is served, the first of a form being the one that FHIR names.
#[rustfmt::skip]
const SERVED: &[(&str, Form)] = &[
    ("application/fhir+json", Form::Json), ("application/fhir+xml", Form::Xml),
    ("application/json",      Form::Json), ("application/xml",      Form::Xml),
    ("text/json",             Form::Json), ("text/xml",             Form::Xml),
    ("application/fhir+ndjson", Form::Ndjson),
];

/// Short words for `_format`.
const WORDS: &[(&str, &str)] =
    &[("json", "application/fhir+json"), ("xml", "application/fhir+xml"), ("ndjson", "application/fhir+ndjson")];

/// R4 as the media type's parameter `fhirVersion` writes it.
pub const FHIR_VERSION: &str = "4.0";
const FORM: &str = "application/x-www-form-urlencoded";

impl Default for Format {
    fn default() -> Self {
        Self { form: Form::Json, media: SERVED[0].0, versioned: false, pretty: false }
    }
}

impl Format {
    /// Everything that `_format` takes, and `Accept` but for the short words.
    pub fn served() -> impl Iterator<Item = &'static str> {
        SERVED.iter().map(|(media, _)| *media).chain(WORDS.iter().map(|(word, _)| *word))
    }

    /// `_format` wins over `Accept`.
    ///
    /// # Errors
    /// `NotAcceptable`, listing what is served; `Invalid` for a `_pretty` that is neither true nor false.
    pub fn asked(request: &Request) -> Result<Self> {
        if request.query.is_empty() && request.method != Method::Post {
            return accepted(request.header("accept"));
        }
        let mut pairs = request.query_pairs();
        if request.header("content-type").is_some_and(|c| media_type(c) == FORM) {
            pairs.extend(super::message::pairs(&String::from_utf8_lossy(&request.body)));
        }
        let format = match one(&pairs, "_format")? {
            Some(format) => named(format)?,
            None => accepted(request.header("accept"))?,
        };
        match one(&pairs, "_pretty")? {
            None | Some("false") => Ok(format),
            Some("true") => Ok(Self { pretty: true, ..format }),
            Some(other) => Err(Error::invalid(format!("_pretty={other} is neither true nor false")).at("_pretty")),
        }
    }

    /// The form of an error: as asked, where that can be told.
    pub fn of_error(request: &Request) -> Self {
        let asked = Self::asked(request).or_else(|_| accepted(request.header("accept"))).ok();
        asked.filter(|format| format.form != Form::Ndjson).unwrap_or_default()
    }

    /// The form of the body; none if its media type is none of FHIR's.
    ///
    /// # Errors
    /// `UnsupportedMedia` for another charset than UTF-8 and another version than R4.
    pub fn of_body(content_type: &str) -> Result<Option<Form>> {
        let media = media_type(content_type);
        let taken = SERVED.iter().find(|(served, form)| *served == media && *form != Form::Ndjson);
        let Some((_, form)) = taken else { return Ok(None) };
        for (name, value) in parameters(content_type) {
            let wanted = match name.as_str() {
                "charset" => "utf-8",
                "fhirversion" => FHIR_VERSION,
                _ => continue,
            };
            if !value.eq_ignore_ascii_case(wanted) {
                let shown: String = value.chars().take(32).collect();
                let message = format!("{name}={shown} is not taken; send {name}={wanted}, or leave it out");
                return Err(Error::new(Code::UnsupportedMedia, message).at("Content-Type"));
            }
        }
        Ok(Some(*form))
    }

    pub fn content_type(&self) -> String {
        let version = if self.versioned { format!("; fhirVersion={FHIR_VERSION}") } else { String::new() };
        format!("{}{version}; charset=utf-8", self.media)
    }

    fn of(media: &str, versioned: bool) -> Option<Self> {
        let (media, form) = SERVED.iter().find(|(served, _)| *served == media)?;
        Some(Self { form: *form, media, versioned, pretty: false })
    }
}

fn one<'p>(pairs: &'p [(String, String)], name: &str) -> Result<Option<&'p str>> {
    let mut found = pairs.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_str());
    match (found.next(), found.next()) {
        (first, None) => Ok(first),
        _ => Err(Error::invalid(format!("{name} stands here twice; keep one")).at(name)),
    }
}

/// A `+` that was not escaped arrives as a space.
fn named(text: &str) -> Result<Format> {
    let text = text.replace("fhir ", "fhir+");
    let media = media_type(&text);
    let media = WORDS.iter().find(|(word, _)| *word == media).map_or(media.as_str(), |(_, media)| media);
    let range = Range::of(&text);
    let format = Format::of(media, range.versioned).filter(|_| range.fits);
    format.ok_or_else(|| refused().at("_format"))
}

fn refused() -> Error {
    let served: Vec<&str> = Format::served().collect();
    let message = format!(
        "what is asked for is not served; served are {}, in UTF-8, of FHIR version {FHIR_VERSION}",
        served.join(", ")
    );
    Error::new(Code::NotAcceptable, message)
}

/// The heaviest of what fits; of two alike the one that was named more exactly, then earlier.
fn accepted(accept: Option<&str>) -> Result<Format> {
    let accept = accept.map(str::trim).unwrap_or_default();
    if matches!(accept, "" | "*/*" | "application/fhir+json") {
        return Ok(Format::default());
    }
    let ranges: Vec<Range> = accept.split(',').map(Range::of).collect();
    let fitting = SERVED.iter().filter_map(|(media, _)| {
        let exact = |range: &&(usize, &Range)| range.1.exactness(media);
        let fits = ranges.iter().enumerate().filter(|(_, range)| range.fits && range.exactness(media) > 0);
        let (place, range) = fits.rev().max_by_key(|range| exact(&range))?;
        (range.weight > 0.0).then_some((media, range, place))
    });
    let best = fitting.min_by(|(a, one, first), (b, other, second)| {
        let exact = other.exactness(b).cmp(&one.exactness(a));
        other.weight.total_cmp(&one.weight).then(exact).then(first.cmp(second))
    });
    let format = best.and_then(|(media, range, _)| Format::of(media, range.versioned));
    format.ok_or_else(|| refused().at("Accept"))
}

/// A media range of `Accept`.
struct Range {
    media: String,
    weight: f32,
    versioned: bool,
    /// Do charset and version fit?
    fits: bool,
}

impl Range {
    fn of(text: &str) -> Self {
        let mut range = Self { media: media_type(text), weight: 1.0, versioned: false, fits: true };
        for (name, value) in parameters(text) {
            match name.as_str() {
                "q" => range.weight = value.parse().unwrap_or(1.0),
                "charset" => range.fits &= value.eq_ignore_ascii_case("utf-8"),
                "fhirversion" => {
                    range.versioned = true;
                    range.fits &= value == FHIR_VERSION;
                }
                _ => {}
            }
        }
        range
    }

    /// 3 for the type itself, 2 for its family, 1 for everything, 0 for another.
    fn exactness(&self, media: &str) -> u8 {
        let family =
            self.media.strip_suffix('*').is_some_and(|family| family.ends_with('/') && media.starts_with(family));
        match self.media.as_str() {
            own if own == media => 3,
            "*/*" => 1,
            _ if family => 2,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests;
