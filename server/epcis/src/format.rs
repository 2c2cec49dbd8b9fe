//! The form of answers: JSON or XML, 2.0 or 1.2, and the spelling of identifiers and words in them.
//! EPCIS 2.0 REST binding, sections 12.3 and 12.4.
//!
//! Handlers answer in JSON with events as they are kept. This stands around every row of the table and gives the
//! answer its form, so that no handler knows of more than one.

use crate::namespaces::Namespaces;
use crate::split::Form;
use crate::translate::{self, CbvXmlFormat, EpcFormat, Prefixes};
use crate::xml::{self, Version};
use theriac_core::json::{self, Node};
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Body, Facade, Request, Response, accepts, media_type};
use theriac_platform::setting::Settings;

const SERVED: &[(&str, Form)] = &[
    ("application/json", Form::Json),
    ("application/ld+json", Form::Json),
    ("application/xml", Form::Xml),
    ("text/xml", Form::Xml),
];

/// How the caller wants the answer.
#[derive(Debug, Clone)]
pub(crate) struct Format {
    form: Form,
    media: &'static str,
    version: Version,
    epc: EpcFormat,
    cbv: CbvXmlFormat,
    prefixes: Prefixes,
}

impl Format {
    /// # Errors
    /// `NotAcceptable` for forms and versions that are not served.
    pub async fn asked(context: &Context, request: &Request) -> Result<Self> {
        let (media, form) = accepted(request)?;
        let version = version(request, form)?;
        let epc = EpcFormat::asked(request)?;
        let prefixes = match epc {
            EpcFormat::AlwaysEpcUrn => {
                let settings = Settings::read(&context.db, context.now()).await?;
                Prefixes::read(settings.value("epcis.company.prefixes"))
            }
            _ => Prefixes::default(),
        };
        Ok(Self { form, media, version, epc, cbv: CbvXmlFormat::asked(request)?, prefixes })
    }

    /// Gives an answer in JSON the form asked for.
    ///
    /// # Errors
    /// `NotAcceptable` for answers that there are in JSON only.
    pub fn answer(&self, mut response: Response) -> Result<Response> {
        let json = response.header("content-type").is_some_and(|media| media_type(media) == "application/json");
        let Body::Bytes(bytes) = &response.body else { return Ok(response) };
        if !json || response.status >= 300 {
            return Ok(response);
        }
        let head = &bytes[..bytes.len().min(200)];
        let is = |text: &[u8]| head.windows(text.len()).any(|part| part == text);
        let events = is(b"\"type\":\"EPCISQueryDocument\"");
        if self.form == Form::Json && !events {
            response.set("content-type", self.media);
            return Ok(response);
        }
        let bytes = bytes.clone();
        let mut node = json::parse(&bytes).map_err(Error::internal)?;
        if events {
            self.spell(&mut node);
            response.set("gs1-epc-format", self.epc.name());
        }
        let body = match self.form {
            Form::Json => node.to_vec(),
            Form::Xml => xml::answer(&node, self.version, self.cbv)?,
        };
        if self.form == Form::Xml {
            response.set("gs1-cbv-xml-format", self.cbv.name());
            if self.version == Version::V1_2 {
                response.set("gs1-epcis-version", "1.2");
                response.set("gs1-cbv-version", "1.2.2");
            }
        }
        response.set("content-type", self.media);
        Ok(response.body(body))
    }

    /// An error in the form asked for: `application/problem+json` or `+xml` (RFC 7807).
    pub fn refusal(form: Form, error: &Error, request_id: &str) -> Response {
        let response = Facade::Epcis.render(error, request_id);
        let problem = match (form, &response.body) {
            (Form::Xml, Body::Bytes(bytes)) => json::parse(bytes).ok().and_then(|node| xml::problem(&node).ok()),
            _ => None,
        };
        match problem {
            None => response,
            Some(problem) => {
                let mut response = response.body(problem);
                response.set("content-type", "application/problem+xml");
                response
            }
        }
    }

    /// The form of an error, also where nothing else can be told.
    pub fn of_error(request: &Request) -> Form {
        accepted(request).map_or(Form::Json, |(_, form)| form)
    }

    fn spell(&self, document: &mut Node<'_>) {
        let mut list = Some(document);
        for name in ["epcisBody", "queryResults", "resultsBody", "eventList"] {
            list = list.and_then(Node::as_object_mut).and_then(|object| object.get_mut(name));
        }
        let Some(Node::Array(events)) = list else { return };
        let standard = Namespaces::default();
        for event in events.iter_mut().filter_map(Node::as_object_mut) {
            let spaces = standard.with(event.get("@context"));
            translate::identifiers(event, self.epc, &self.prefixes);
            if self.form == Form::Json {
                translate::bare_words(event, &spaces);
            }
        }
    }
}

fn accepted(request: &Request) -> Result<(&'static str, Form)> {
    let offered: Vec<&str> = SERVED.iter().map(|(media, _)| *media).collect();
    let media = accepts(request.header("accept"), &offered);
    let row = media.and_then(|media| SERVED.iter().find(|(served, _)| *served == media));
    row.copied().ok_or_else(|| {
        let message = format!("what is asked for is not served; served are {}", offered.join(", "));
        Error::new(Code::NotAcceptable, message).at("Accept")
    })
}

/// 1.2 is spoken in XML only; `GS1-EPCIS-Version: 1.2` or `GS1-EPCIS-Max: 1.2` asks for it.
fn version(request: &Request, form: Form) -> Result<Version> {
    let asks = |name: &str| request.header(name).is_some_and(is_1_2);
    match (asks("gs1-epcis-version") || asks("gs1-epcis-max"), form) {
        (true, Form::Xml) => Ok(Version::V1_2),
        (true, Form::Json) => {
            let message = "EPCIS 1.2 has no JSON binding; ask with `Accept: application/xml`, or for version 2.0";
            Err(Error::new(Code::NotAcceptable, message).at("GS1-EPCIS-Version"))
        }
        (false, _) => Ok(Version::V2_0),
    }
}

/// Is this a version of EPCIS before 2.0 that is spoken?
pub(crate) fn is_1_2(version: &str) -> bool {
    matches!(version.trim(), "1.2" | "1.2.0")
}

/// The form of a body, by its Content-Type.
///
/// # Errors
/// `UnsupportedMedia`, listing what is taken.
pub(crate) fn of_body(request: &Request) -> Result<Form> {
    let given = request.header("content-type").unwrap_or_default();
    let media = media_type(given);
    let charset = given.to_ascii_lowercase().split(';').skip(1).find_map(|part| {
        let (name, value) = part.split_once('=')?;
        (name.trim() == "charset").then(|| value.trim().trim_matches('"').to_owned())
    });
    let row = SERVED.iter().find(|(served, _)| *served == media);
    match (row, charset.as_deref()) {
        (Some((_, form)), None | Some("utf-8" | "us-ascii")) => Ok(*form),
        (Some(_), Some(other)) => {
            Err(Error::new(Code::UnsupportedMedia, format!("charset={other} is not taken; send UTF-8"))
                .at("Content-Type"))
        }
        (None, _) => {
            let taken: Vec<&str> = SERVED.iter().map(|(media, _)| *media).collect();
            let message = format!("Content-Type is `{media}`; taken are {}", taken.join(", "));
            Err(Error::new(Code::UnsupportedMedia, message).at("Content-Type"))
        }
    }
}
/// # Errors
/// `UnsupportedMedia` for a body that does not say it is JSON.
pub(crate) fn json_body(request: &Request) -> Result<()> {
    let media = request.header("content-type").map(media_type).unwrap_or_default();
    if SERVED.iter().any(|(served, form)| *form == Form::Json && *served == media) {
        return Ok(());
    }
    let message = format!("Content-Type is `{media}`; this body is application/json or application/ld+json");
    Err(Error::new(Code::UnsupportedMedia, message))
}
