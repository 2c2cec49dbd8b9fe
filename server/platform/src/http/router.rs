//! Finding the row: by segments, literals before braces, the longest pattern first.

use super::message::decode;
use super::{Method, Route};

/// All rows of the server.
#[derive(Clone, Default)]
pub struct Router {
    routes: Vec<Compiled>,
}

#[derive(Clone)]
struct Compiled {
    segments: Vec<Segment>,
    route: Route,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Literal(&'static str),
    Brace(&'static str),
    Rest(&'static str),
}

/// What a look-up gives.
pub enum Found<'r> {
    Route(&'r Route, Vec<(&'static str, String)>),
    /// The address exists, the method does not; these do.
    OtherMethods(Vec<Method>),
    Nothing,
}

impl Router {
    pub fn new(routes: Vec<Route>) -> Self {
        let mut routes: Vec<Compiled> = routes
            .into_iter()
            .map(|route| Compiled { segments: route.path.split('/').skip(1).map(segment).collect(), route })
            .collect();
        routes.sort_by(|a, b| a.segments.cmp(&b.segments));
        Self { routes }
    }

    pub fn rows(&self) -> impl Iterator<Item = &Route> {
        self.routes.iter().map(|c| &c.route)
    }

    /// The methods that an address takes.
    pub fn methods(&self, path: &str) -> Vec<Method> {
        match self.find(Method::Patch, path) {
            Found::OtherMethods(methods) => methods,
            Found::Route(..) => vec![Method::Patch],
            Found::Nothing => Vec::new(),
        }
    }

    /// `path` is percent-encoded; HEAD is served by GET's row.
    pub fn find(&self, method: Method, path: &str) -> Found<'_> {
        let path = path.strip_suffix('/').filter(|p| !p.is_empty()).unwrap_or(path);
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let wanted = if method == Method::Head { Method::Get } else { method };
        let (mut others, mut first): (Vec<Method>, Option<&[Segment]>) = (Vec::new(), None);
        for compiled in &self.routes {
            // The closest pattern alone says which methods the address takes.
            if first.is_some_and(|first| !is_alike(first, &compiled.segments)) {
                continue;
            }
            let Some(params) = matches(&compiled.segments, &parts) else { continue };
            if compiled.route.method == wanted {
                return Found::Route(&compiled.route, params);
            }
            first = Some(&compiled.segments);
            others.push(compiled.route.method);
        }
        match others.is_empty() {
            true => Found::Nothing,
            false => Found::OtherMethods(others),
        }
    }
}

fn segment(text: &'static str) -> Segment {
    match text.strip_prefix('{').and_then(|t| t.strip_suffix('}')) {
        Some(name) => name.strip_prefix('*').map_or(Segment::Brace(name), Segment::Rest),
        None => Segment::Literal(text),
    }
}

/// The same but for the names in braces.
fn is_alike(one: &[Segment], other: &[Segment]) -> bool {
    let same = |(one, other): (&Segment, &Segment)| match (one, other) {
        (Segment::Literal(one), Segment::Literal(other)) => one == other,
        (Segment::Brace(_), Segment::Brace(_)) | (Segment::Rest(_), Segment::Rest(_)) => true,
        _ => false,
    };
    one.len() == other.len() && one.iter().zip(other).all(same)
}

fn matches(segments: &[Segment], parts: &[&str]) -> Option<Vec<(&'static str, String)>> {
    let mut params = Vec::new();
    for (i, segment) in segments.iter().enumerate() {
        match (segment, parts.get(i)) {
            (Segment::Rest(name), Some(_)) => {
                params.push((*name, decode(&parts[i..].join("/"), false)));
                return Some(params);
            }
            (Segment::Literal(literal), Some(part)) if literal == part => {}
            // An operation or system word is never an id: `$validate`, `_history` want a row of their own.
            (Segment::Brace(name), Some(part)) if !part.is_empty() && !part.starts_with(['$', '_']) => {
                params.push((*name, decode(part, false)));
            }
            _ => return None,
        }
    }
    (segments.len() == parts.len()).then_some(params)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Facade, Request, Response, Routes};
    use theriac_access::Permission;

    fn router() -> Router {
        async fn nothing(_: (), _: crate::Context, _: Request) -> theriac_core::Result<Response> {
            Ok(Response::new(200))
        }
        let mut routes = Routes::new(Facade::Plain);
        for (method, path) in [
            (Method::Get, "/{tenant}/fhir/{type}"),
            (Method::Put, "/{tenant}/fhir/{type}"),
            (Method::Get, "/{tenant}/fhir/metadata"),
            (Method::Get, "/{tenant}/fhir/{type}/{id}"),
            (Method::Put, "/{tenant}/fhir/{type}/{id}"),
            (Method::Get, "/{tenant}/fhir/{type}/_history"),
            (Method::Get, "/{tenant}/epcis/epcs/{*epc}"),
        ] {
            routes = routes.add(method, path, Permission::Public, &(), nothing, "");
        }
        Router::new(routes.rows())
    }

    fn path(method: Method, address: &str) -> String {
        match router().find(method, address) {
            Found::Route(route, params) => format!("{} {params:?}", route.path),
            Found::OtherMethods(methods) => format!("{methods:?}"),
            Found::Nothing => "nothing".to_owned(),
        }
    }

    #[test]
    fn literals_win_over_braces_and_words_of_the_system_are_no_ids() {
        for (method, address, expected) in [
            (Method::Get, "/demo/fhir/metadata", r#"/{tenant}/fhir/metadata [("tenant", "demo")]"#),
            (Method::Get, "/demo/fhir/Patient", r#"/{tenant}/fhir/{type} [("tenant", "demo"), ("type", "Patient")]"#),
            (
                Method::Head,
                "/d/fhir/Patient/1/",
                r#"/{tenant}/fhir/{type}/{id} [("tenant", "d"), ("type", "Patient"), ("id", "1")]"#,
            ),
            (
                Method::Get,
                "/d/fhir/Patient/_history",
                r#"/{tenant}/fhir/{type}/_history [("tenant", "d"), ("type", "Patient")]"#,
            ),
            (Method::Get, "/d/fhir/Patient/$x", "nothing"),
            (Method::Delete, "/d/fhir/Patient/1", "[Get, Put]"),
            (Method::Put, "/d/fhir/metadata", "[Get]"),
            (
                Method::Get,
                "/d/epcis/epcs/a/b%2Fc",
                r#"/{tenant}/epcis/epcs/{*epc} [("tenant", "d"), ("epc", "a/b/c")]"#,
            ),
            (Method::Get, "/", "nothing"),
        ] {
            assert_eq!(path(method, address), expected);
        }
    }
}
