//! Every route in every form: what comes in as XML goes on as JSON, and the JSON that comes out is given as it was
//! asked for. Handlers know JSON only, and a read that asks for it gets the stored bytes as they are.
//! <http://hl7.org/fhir/R4/http.html#mime-type>

mod ndjson;

use crate::bundle::FHIR_JSON;
use crate::xml::{self, Style};
use std::sync::Arc;
use theriac_core::{Result, json};
use theriac_platform::http::{Answer, Form, Format, Handler, Request, Response, Route};

/// The same route with negotiation around it. Entries of batches go past it: the Bundle's form is theirs.
pub fn negotiated(mut route: Route) -> Route {
    if let Answer::Reply(handler) = route.answer {
        route.answer = Answer::Reply(around(handler));
    }
    route
}

fn around(handler: Handler) -> Handler {
    Arc::new(move |context, request| {
        let handler = handler.clone();
        Box::pin(async move {
            let format = Format::asked(&request)?;
            let unrolls = format.form == Form::Ndjson && ndjson::unrolls(&request)?;
            let response = handler(context, taken(request)?).await?;
            given(response, &format, unrolls)
        })
    })
}

/// The request with its body in JSON, where that is one of FHIR's forms.
fn taken(mut request: Request) -> Result<Request> {
    let Some(content_type) = request.header("content-type") else { return Ok(request) };
    if let (Some(Form::Xml), false) = (Format::of_body(content_type)?, request.body.is_empty()) {
        let body = xml::read(&request.body)?.to_vec();
        request.body = body.into();
        request.headers.set("content-type", "application/fhir+json");
    }
    Ok(request)
}

/// The answer in the form that was asked for. What is no FHIR document stays as it is. `unrolls` says that a Bundle is what
/// was found, of which each resource is a line.
fn given(mut response: Response, format: &Format, unrolls: bool) -> Result<Response> {
    response.set("vary", "accept");
    if response.header("content-type") != Some(FHIR_JSON) {
        return Ok(response);
    }
    response.set("content-type", format.content_type());
    let Some(bytes) = response.body.bytes() else { return Ok(response) };
    let style = if format.pretty { Style::Indented } else { Style::Compact };
    if format.form == Form::Ndjson {
        let (lines, links) = ndjson::lines(&json::parse(bytes)?, unrolls);
        if let Some(links) = links {
            response.set("link", links);
        }
        return Ok(response.body(lines));
    }
    let bytes = match (format.form, style) {
        (Form::Json | Form::Ndjson, Style::Compact) => return Ok(response),
        (Form::Json | Form::Ndjson, Style::Indented) => json::parse(bytes)?.to_vec_indented(),
        (Form::Xml, style) => xml::write(&json::parse(bytes)?, style)?,
    };
    Ok(response.body(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_platform::http::Method;

    fn asked(query: &str) -> Format {
        Format::asked(&Request::new(Method::Get, "/", query)).unwrap()
    }

    fn answer(format: &Format) -> (String, String) {
        let response = Response::new(200).with("content-type", FHIR_JSON).body(r#"{"resourceType":"Basic","id":"1"}"#);
        let response = given(response, format, false).unwrap();
        let text = String::from_utf8(response.body.bytes().unwrap().to_vec()).unwrap();
        assert_eq!(response.header("vary"), Some("accept"));
        (response.header("content-type").unwrap().to_owned(), text)
    }

    #[test]
    fn an_answer_takes_each_form() {
        let xml =
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Basic xmlns=\"http://hl7.org/fhir\"><id value=\"1\"/></Basic>";
        for (query, media, text) in [
            ("", "application/fhir+json", r#"{"resourceType":"Basic","id":"1"}"#),
            ("_format=text/json", "text/json", r#"{"resourceType":"Basic","id":"1"}"#),
            ("_pretty=true", "application/fhir+json", "{\n  \"resourceType\": \"Basic\",\n  \"id\": \"1\"\n}"),
            ("_format=xml", "application/fhir+xml", xml),
        ] {
            let (content_type, given) = answer(&asked(query));
            assert_eq!((content_type, given.as_str()), (format!("{media}; charset=utf-8"), text), "{query}");
        }
    }

    #[test]
    fn what_is_no_fhir_document_stays() {
        let response = Response::new(200).with("content-type", "application/fhir+ndjson").body("{}\n");
        let response = given(response, &asked("_format=xml"), false).unwrap();
        assert_eq!(response.body.bytes().unwrap().as_ref(), b"{}\n");
    }

    #[test]
    fn a_body_in_xml_goes_on_in_json() {
        let mut request = Request::new(Method::Post, "/mercy/fhir/Basic", "");
        request.headers.push("content-type", "application/xml; charset=utf-8");
        request.body = bytes::Bytes::from_static(b"<Basic xmlns='http://hl7.org/fhir'><id value='1'/></Basic>");
        let request = taken(request).unwrap();
        assert_eq!(request.header("content-type"), Some("application/fhir+json"));
        assert_eq!(request.body.as_ref(), br#"{"resourceType":"Basic","id":"1"}"#);
        let mut patch = Request::new(Method::Patch, "/mercy/fhir/Basic/1", "");
        patch.headers.push("content-type", "application/xml-patch+xml");
        patch.body = bytes::Bytes::from_static(b"<diff/>");
        assert_eq!(taken(patch).unwrap().body.as_ref(), b"<diff/>");
    }
}
