//! Which versions and formats are spoken: what OPTIONS tells, and what a request's headers ask for.
//! REST binding of EPCIS 2.0, section 12.3.

use crate::capture::{CAPTURE_LIMIT, FILE_SIZE_LIMIT};
use crate::namespaces::is_uri;
use theriac_core::{Code, Error, Result};
use theriac_platform::http::{Method, Request, Response};

/// The version of EPCIS and of CBV that answers are in.
pub(crate) const VERSION: &str = "2.0.0";

const VENDOR: &str = concat!("theriac ", env!("CARGO_PKG_VERSION"));

/// Namespaces beyond the standard's own that answers may use without saying so.
const EXTENSIONS: &str = "cbvmda=urn:epcglobal:cbv:mda:";

const EPC_FORMATS: &[&str] = &["No_Preference", "Always_GS1_Digital_Link", "Always_EPC_URN", "Never_Translates"];
const CBV_XML_FORMATS: &[&str] = &["No_Preference", "Always_Web_URI", "Always_URN", "Never_Translates"];

/// Header, and the words it takes.
const WORDS: &[(&str, &[&str])] = &[("gs1-epc-format", EPC_FORMATS), ("gs1-cbv-xml-format", CBV_XML_FORMATS)];

/// Header, and whether it asks for a version at least, at most, or just so.
#[rustfmt::skip]
const VERSIONS: &[(&str, Wanted)] = &[
    ("gs1-epcis-version", Wanted::Just), ("gs1-epcis-min", Wanted::AtLeast), ("gs1-epcis-max", Wanted::AtMost),
    ("gs1-cbv-version", Wanted::Just), ("gs1-cbv-min", Wanted::AtLeast), ("gs1-cbv-max", Wanted::AtMost),
];

#[derive(Clone, Copy)]
enum Wanted {
    Just,
    AtLeast,
    AtMost,
}

/// The longest address, with its query.
const LONGEST: usize = 16 * 1024;

/// # Errors
/// `NotAcceptable` for versions and formats that are not spoken, `UriTooLong`.
pub(crate) fn check(request: &Request) -> Result<()> {
    if request.path.len() + request.query.len() > LONGEST {
        let message = format!("an address has at most {LONGEST} characters; ask by a named query instead");
        return Err(Error::new(Code::UriTooLong, message));
    }
    for (name, wanted) in VERSIONS {
        if let Some(asked) = request.header(name) {
            version(name, asked.trim(), *wanted)?;
        }
    }
    if let Some(asked) = request.header("gs1-extensions") {
        extensions(asked)?;
    }
    for (name, words) in WORDS {
        if let Some(asked) = request.header(name).filter(|asked| !words.contains(&asked.trim())) {
            return Err(refused(name, &format!("`{asked}` is not one of {}", words.join(", "))));
        }
    }
    Ok(())
}

/// `ex=https://example.org/,b=urn:b:`
fn extensions(asked: &str) -> Result<()> {
    let fits = |pair: &str| {
        let plain = |prefix: &str| {
            prefix.starts_with(|c: char| c.is_ascii_alphabetic())
                && prefix.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        };
        pair.trim().split_once('=').is_some_and(|(prefix, space)| plain(prefix) && is_uri(space))
    };
    match asked.split(',').find(|pair| !fits(pair)) {
        None => Ok(()),
        Some(pair) => Err(refused(
            "gs1-extensions",
            &format!("`{pair}` is no prefix with its namespace, as in ex=https://example.org/"),
        )),
    }
}

fn version(name: &str, asked: &str, wanted: Wanted) -> Result<()> {
    let Some(number) = level(asked) else {
        return Err(refused(name, &format!("`{asked}` is no version; a version is written like {VERSION}")));
    };
    // 1.2 is spoken too, in XML; whether that is what is asked for the format says.
    if name.starts_with("gs1-epcis") && !matches!(wanted, Wanted::AtLeast) && crate::format::is_1_2(asked) {
        return Ok(());
    }
    let own = level(VERSION).unwrap_or_default();
    let fits = match wanted {
        Wanted::Just => number == own,
        Wanted::AtLeast => number <= own,
        Wanted::AtMost => number >= own,
    };
    if fits {
        Ok(())
    } else {
        Err(refused(name, &format!("`{asked}` leaves out {VERSION}, which is what is spoken here")))
    }
}

/// Major and minor number: a third one tells corrections apart, not languages.
fn level(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split('.').map(|part| part.parse::<u32>().ok());
    let (major, minor) = (parts.next()??, parts.next().unwrap_or(Some(0))?);
    parts.all(|part| part.is_some()).then_some((major, minor))
}

fn refused(name: &str, why: &str) -> Error {
    let name =
        name.replace("gs1", "GS1").replace("epcis", "EPCIS").replace("cbv", "CBV").replace("extensions", "Extensions");
    Error::new(Code::NotAcceptable, format!("{name}: {why}")).at(name)
}

/// What every answer carries.
pub(crate) fn stamp(mut response: Response) -> Response {
    response.set("gs1-epcis-version", VERSION);
    response.set("gs1-cbv-version", VERSION);
    response.set("gs1-vendor-version", VENDOR);
    if response.header("gs1-extensions").is_none() {
        response.set("gs1-extensions", EXTENSIONS);
    }
    response
}

/// The answer to OPTIONS: no body.
pub(crate) fn options(path: &str, methods: &[Method]) -> Response {
    let allow: Vec<&str> = methods.iter().flat_map(|method| names(*method)).copied().chain(["OPTIONS"]).collect();
    let response = Response::new(204)
        .with("allow", allow.join(", "))
        .with("gs1-epcis-min", "1.2")
        .with("gs1-epcis-max", VERSION)
        .with("gs1-cbv-min", VERSION)
        .with("gs1-cbv-max", VERSION)
        .with("gs1-epc-format", EPC_FORMATS.join(", "))
        .with("gs1-cbv-xml-format", CBV_XML_FORMATS.join(", "));
    let takes_documents = path.ends_with("/epcis") || path.ends_with("/capture") || path.ends_with("/epcis/events");
    stamp(if takes_documents { limits(response) } else { response })
}

/// Also told by a 413. `all` says that a capture may ask for either behaviour.
pub(crate) fn limits(response: Response) -> Response {
    response
        .with("gs1-capture-error-behaviour", "all")
        .with("gs1-epcis-capture-limit", CAPTURE_LIMIT.to_string())
        .with("gs1-epcis-capture-file-size-limit", FILE_SIZE_LIMIT.to_string())
}

fn names(method: Method) -> &'static [&'static str] {
    match method {
        Method::Get => &["GET", "HEAD"],
        Method::Post => &["POST"],
        Method::Put => &["PUT"],
        Method::Delete => &["DELETE"],
        Method::Head | Method::Patch | Method::Options => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(name: &str, value: &str) -> Result<()> {
        let mut request = Request::new(Method::Get, "/t/epcis/events", "");
        request.headers.push(name, value);
        check(&request)
    }

    #[test]
    fn versions_and_formats_that_are_not_spoken_are_refused() {
        for (name, value) in [
            ("gs1-epcis-min", "1.2"),
            ("gs1-epcis-min", "2.0.0"),
            ("gs1-epcis-max", "2.0"),
            ("gs1-epcis-max", "3"),
            ("gs1-cbv-version", "2.0.1"),
            ("gs1-epc-format", "No_Preference"),
            ("gs1-extensions", "ex=https://example.org/, b=urn:b:"),
        ] {
            assert!(asked(name, value).is_ok(), "{name}: {value}");
        }
        for (name, value) in [
            ("gs1-epcis-min", "2.1"),
            ("gs1-epcis-max", "1.1"),
            ("gs1-cbv-version", "1.2.2"),
            ("gs1-cbv-min", "two"),
            ("gs1-epcis-version", ""),
            ("gs1-epc-format", "Always"),
            ("gs1-extensions", ""),
            ("gs1-extensions", "ex"),
            ("gs1-extensions", "ex=here"),
        ] {
            let error = asked(name, value).unwrap_err();
            assert_eq!((error.status(), error.epcis()), (406, "NotAcceptableException"), "{name}: {value}");
            assert!(error.message.starts_with("GS1-"), "{error}");
        }
        let long = Request::new(Method::Get, "/t/epcis/events", "x".repeat(LONGEST));
        assert_eq!(check(&long).unwrap_err().epcis(), "URITooLongException");
    }
}
