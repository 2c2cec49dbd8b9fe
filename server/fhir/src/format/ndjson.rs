//! One resource a line: what a search finds, or the one resource that is read. <http://hl7.org/fhir/R4/nd-json.html>
//!
//! What is around the resources of a Bundle has no place in lines: the links to other pages go into the header `Link`
//! (RFC 8288). A history says by its entries what was done, and a transaction what became of each entry, so these are not
//! given in lines.

use theriac_core::json::Node;
use theriac_core::{Code, Error, Result};
use theriac_platform::http::{Method, Request};

/// Is a Bundle in the answer to this request one that was put together, and not itself the resource?
///
/// # Errors
/// `NotAcceptable` for what is not given in lines.
pub fn unrolls(request: &Request) -> Result<bool> {
    let is_search = request.path.ends_with("/_search");
    let reads = matches!(request.method, Method::Get | Method::Head) || is_search;
    if !reads || request.path.contains("/_history") && request.param("vid").is_empty() {
        let message = "application/fhir+ndjson is served for searches and reads; ask for JSON or XML here";
        return Err(Error::new(Code::NotAcceptable, message).at("Accept"));
    }
    let is_operation = request.path.contains("/$");
    Ok(is_operation || request.param("id").is_empty())
}

/// The lines, and the value of `Link`.
pub fn lines(document: &Node<'_>, unrolls: bool) -> (Vec<u8>, Option<String>) {
    let mut lines = Vec::new();
    let mut push = |resource: &Node<'_>| {
        resource.write(&mut lines);
        lines.push(b'\n');
    };
    if !unrolls || document.text("resourceType") != Some("Bundle") {
        push(document);
        return (lines, None);
    }
    let entries = document.get("entry").map_or(&[][..], Node::items);
    entries.iter().filter_map(|entry| entry.get("resource")).for_each(push);
    let links = document.get("link").map_or(&[][..], Node::items).iter();
    let shown = |link: &Node<'_>| Some(format!("<{}>; rel=\"{}\"", link.text("url")?, link.text("relation")?));
    let links: Vec<String> = links.filter_map(shown).collect();
    (lines, (!links.is_empty()).then(|| links.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_core::json;

    #[test]
    fn what_is_found_is_a_line_each_with_the_links_beside() {
        let bundle = r#"{"resourceType":"Bundle","link":[{"relation":"self","url":"http://x/a"},{"relation":"next","url":"http://x/b"}],"entry":[{"resource":{"resourceType":"Patient","id":"1"}},{"resource":{"resourceType":"Patient","id":"2"}}]}"#;
        let node = json::parse(bundle.as_bytes()).unwrap();
        let (found, links) = lines(&node, true);
        let patients = "{\"resourceType\":\"Patient\",\"id\":\"1\"}\n{\"resourceType\":\"Patient\",\"id\":\"2\"}\n";
        assert_eq!(String::from_utf8(found).unwrap(), patients);
        assert_eq!(links.unwrap(), "<http://x/a>; rel=\"self\", <http://x/b>; rel=\"next\"");
        let (stored, links) = lines(&node, false);
        assert_eq!((String::from_utf8(stored).unwrap(), links), (format!("{bundle}\n"), None), "a Bundle that is read");
    }

    #[test]
    fn histories_and_writes_are_not_given_in_lines() {
        let ask = |method, path: &str| unrolls(&Request::new(method, path, "")).map_err(|e| e.status());
        assert_eq!(ask(Method::Get, "/mercy/fhir/Patient"), Ok(true));
        assert_eq!(ask(Method::Post, "/mercy/fhir/Patient/_search"), Ok(true));
        for (method, path) in [(Method::Get, "/mercy/fhir/_history"), (Method::Post, "/mercy/fhir")] {
            assert_eq!(ask(method, path), Err(406), "{path}");
        }
    }
}
