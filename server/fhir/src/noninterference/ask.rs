//! Requests of every kind, sent to two worlds, and how their answers are laid side by side.

use super::life::{Life, query};
use crate::service::Fhir;
use crate::store::search::tests::population::Dice;
use theriac_platform::Context;
use theriac_platform::http::{Answer, Facade, Found, Method, Request, Response, Router};

#[derive(Debug, Clone)]
pub struct Asked {
    method: Method,
    path: String,
    fields: Vec<(&'static str, String)>,
    body: String,
}

pub fn get(path: impl Into<String>) -> Asked {
    Asked { method: Method::Get, path: path.into(), fields: Vec::new(), body: String::new() }
}

pub fn send(method: Method, path: impl Into<String>, body: impl Into<String>) -> Asked {
    let media = if method == Method::Patch { "application/json-patch+json" } else { "application/fhir+json" };
    let fields = vec![("content-type", media.to_owned())];
    Asked { method, path: path.into(), fields, body: body.into() }
}

/// A caller at one of the worlds.
pub struct Asker {
    router: Router,
    context: Context,
}

/// What came, with what is random in every answer taken out, and where its pages lead.
pub struct Told {
    pub text: String,
    pub entries: usize,
    pub next: Option<String>,
}

impl Asker {
    pub fn new(fhir: &Fhir, context: Context) -> Self {
        Self { router: Router::new(crate::routes(fhir)), context }
    }

    pub async fn send(&mut self, asked: &Asked) -> Told {
        let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
        let mut request = Request::new(asked.method, format!("/mercy/fhir/{path}").trim_end_matches('/'), query);
        asked.fields.iter().for_each(|(name, value)| request.headers.push(name, value.as_str()));
        request.body = asked.body.clone().into();
        let Found::Route(route, params) = self.router.find(asked.method, &request.path) else {
            return Told { text: "no such route".to_owned(), entries: 0, next: None };
        };
        request.params = params;
        let Answer::Reply(handler) = &route.answer else { panic!("{} is no reply", route.path) };
        let answer = match self.context.grant.require(route.permission) {
            Ok(()) => handler(self.context.clone(), request).await,
            Err(error) => Err(error),
        };
        told(answer.unwrap_or_else(|error| {
            assert!(error.status() < 500, "{asked:?}: {error} {:?}", error.cause);
            Facade::Fhir.render(&error, "request")
        }))
    }
}

fn told(response: Response) -> Told {
    let bytes = response.body.bytes().map(|bytes| bytes.to_vec()).unwrap_or_default();
    let body = String::from_utf8_lossy(&bytes).into_owned();
    let mut fields: Vec<String> = response.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    fields.sort();
    let next = body.split_once(r#""relation":"next","url":""#).and_then(|(_, rest)| rest.split_once('"'));
    let next = next.and_then(|(url, _)| url.split_once("/fhir/")).map(|(_, path)| path.to_owned());
    let text = without_random(&format!("{}\n{}\n\n{body}", response.status, fields.join("\n")));
    Told { text, entries: body.matches(r#""fullUrl""#).count(), next }
}

/// Cursors are encrypted with a nonce of their own, and new resources get random ids.
fn without_random(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_cursor=") {
        out.push_str(&rest[..at]);
        out.push_str("_cursor=*");
        rest = rest[at + 8..].trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    }
    out.push_str(rest);
    without_uuids(&out)
}

fn without_uuids(text: &str) -> String {
    const LENGTH: usize = 36;
    let is_uuid = |part: &[u8]| {
        part.len() == LENGTH
            && part.iter().enumerate().all(|(at, b)| match at {
                8 | 13 | 18 | 23 => *b == b'-',
                _ => b.is_ascii_hexdigit(),
            })
    };
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::with_capacity(text.len()), 0);
    while at < bytes.len() {
        match bytes.get(at..at + LENGTH).is_some_and(is_uuid) {
            true => {
                out.extend_from_slice(b"uuid");
                at += LENGTH;
            }
            false => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Pages that are followed.
const PAGES: usize = 6;

/// Asks both and holds what they say, page by page, against each other. Gives how many entries came.
pub async fn alike(askers: &(Asker, Asker), asked: &Asked, whose: &str) -> usize {
    let mut entries = 0;
    let (mut one, mut two) = (asked.clone(), asked.clone());
    let (first, second) = askers;
    let (mut first, mut second) = (
        Asker { router: first.router.clone(), context: first.context.clone() },
        Asker { router: second.router.clone(), context: second.context.clone() },
    );
    for page in 0..PAGES {
        let (left, right) = (first.send(&one).await, second.send(&two).await);
        assert!(
            left.text == right.text,
            "{whose}: {} {} page {page}\n{}\n--- and ---\n{}\n--- with {}",
            asked.method.as_str(),
            asked.path,
            left.text,
            right.text,
            asked.body
        );
        entries += left.entries;
        let (Some(next), Some(other)) = (left.next, right.next) else { break };
        (one, two) = (get(next), get(other));
    }
    entries
}

const SHAPES: &[&str] = &[
    "",
    "_total=accurate",
    "_summary=count",
    "_count=2&_total=accurate",
    "_sort=-_lastUpdated&_count=3",
    "_sort=_id&_count=2",
    "_elements=id",
    "_summary=true",
    "_at=2020-01-01T00:10:20Z",
    "_at=2020-01-01T00:21:00Z&_count=2&_total=accurate",
    "_lastUpdated=gt2020-01-01T00:10:00Z",
    "_format=xml",
    "_security=http://terminology.hl7.org/CodeSystem/v3-Confidentiality|R,V",
    "_security:missing=true&_total=accurate",
    "_security:not=PSY",
];

/// By type: orders, includes, filters that only it has.
const OWN: &[(&str, &[&str])] = &[
    (
        "Patient",
        &[
            "_sort=family,-birthdate&_count=2",
            "_sort=general-practitioner",
            "_include=Patient:general-practitioner&_revinclude=Observation:subject",
            "_revinclude=*",
            "_revinclude=Observation:patient&_revinclude:iterate=Provenance:target&_include:iterate=Provenance:agent",
            "_filter=gender eq male or name co \"ash\"",
            "_filter=general-practitioner.name co \"a\"",
            "_has:Observation:patient:_id=o1,o2,o3&_total=accurate",
            "_has:Encounter:patient:date=gt1970",
            "general-practitioner:missing=true",
            "_content=ash&_sort=-birthdate",
        ],
    ),
    (
        "Observation",
        &[
            "_sort=-date,code&_count=3",
            "_sort=subject&_count=4",
            "_sort=value-quantity",
            "_include=Observation:*",
            "_include=Observation:patient&_include:iterate=Patient:general-practitioner",
            "_revinclude=Provenance:target",
            "_filter=code eq \"s|a\" and not(status eq final)",
            "_filter=patient.gender eq male",
            "patient.name:contains=a&_sort=-_id",
            "subject:missing=false&_summary=count",
            "_list=none",
        ],
    ),
    ("Encounter", &["_include=Encounter:*&_count=2", "_sort=-date", "patient.gender=female", "location:above=l1"]),
    ("Location", &["_sort=name", "_revinclude=Encounter:location", "partof:below=l0&_total=accurate"]),
];

fn path(dice: &mut Dice) -> String {
    let (kind, mut text) = query(dice);
    if dice.roll(4) == 0 {
        text.clear();
    }
    let own = OWN.iter().find(|(name, _)| *name == kind).map_or(&[][..], |(_, own)| own);
    let mut parts = vec![text];
    parts.extend((0..dice.roll(3)).map(|_| SHAPES[dice.roll(SHAPES.len())].to_owned()));
    if !own.is_empty() && dice.roll(2) == 0 {
        parts.push(own[dice.roll(own.len())].to_owned());
    }
    parts.retain(|part| !part.is_empty());
    format!("{kind}?{}", parts.join("&"))
}

/// A request of any kind; those that change something come last, as they leave the two worlds less alike.
pub fn any(dice: &mut Dice, lives: &[&Life], changes: bool) -> Asked {
    let life = lives[dice.roll(lives.len())];
    let (kind, id) = (&life.kind, &life.id);
    if changes {
        return change(dice, life);
    }
    match dice.roll(30) {
        0 => get(format!("{kind}/{id}")),
        1 => get(format!("{kind}/{id}/_history")),
        2 => get(format!("{kind}/{id}/_history/{}", 1 + dice.roll(3))),
        3 => get(format!("{kind}/{id}?_at=2020-01-01T00:1{}:30Z", dice.roll(10))),
        4 => get(format!("{kind}/_history?_count=3")),
        5 => get("_history?_count=7"),
        6 => get(format!("_history?_since=2020-01-01T00:1{}:00Z", dice.roll(10))),
        7 => get(format!("Patient/p{}/$everything?_count=4", dice.roll(12))),
        8 => get("Patient/$everything?_count=5"),
        9 => get(format!("Encounter/e{}/$everything", dice.roll(6))),
        10 => get(format!(
            "Patient/p{}/{}?{}",
            dice.roll(12),
            ["*", "Observation", "Encounter"][dice.roll(3)],
            SHAPES[dice.roll(8)]
        )),
        11 => get(format!("{kind}/{id}/$meta")),
        12 => get(["$meta", "Patient/$meta"][dice.roll(2)]),
        13 => get(format!("{kind}/{id}/$diff?fromVersion={}", 1 + dice.roll(3))),
        14 => get("?_type=Patient,Observation,Practitioner,Location&_total=accurate&_count=6"),
        15 => get("?_content=ash&_count=3"),
        16 => get(format!("{kind}/{id}/$graphql?query={{id,resourceType}}")),
        17 => get("$graphql?query={PatientList(gender:\"male\"){id,generalPractitioner{reference,resource{id}}}}"),
        18 => get("$graphql?query={ObservationList{id,subject{reference,resource{id,resourceType}}}}"),
        19 => get(format!("{kind}/{id}/$validate")),
        20 => send(Method::Post, "", batch(lives, dice)),
        21 => get(format!("_history?_at=2020-01-01T00:1{}", dice.roll(10))),
        _ => get(path(dice)),
    }
}

fn batch(lives: &[&Life], dice: &mut Dice) -> String {
    let mut entries = Vec::new();
    for _ in 0..4 {
        let life = lives[dice.roll(lives.len())];
        entries.push(format!(r#"{{"request":{{"method":"GET","url":"{}/{}"}}}}"#, life.kind, life.id));
    }
    format!(r#"{{"resourceType":"Bundle","type":"batch","entry":[{}]}}"#, entries.join(","))
}

fn change(dice: &mut Dice, life: &Life) -> Asked {
    let (kind, id) = (&life.kind, &life.id);
    let text = life.states.iter().flatten().next().cloned().unwrap_or_default();
    match dice.roll(9) {
        0 | 1 => send(Method::Put, format!("{kind}/{id}"), text),
        2 => get_with(Method::Delete, format!("{kind}/{id}")),
        3 => send(Method::Patch, format!("{kind}/{id}"), r#"[{"op":"test","path":"/id","value":"nobody"}]"#),
        4 => {
            let mut asked = send(Method::Post, kind.as_str(), text);
            asked.fields.push(("if-none-exist", format!("_id={id}")));
            asked
        }
        5 => send(Method::Put, format!("{kind}?_id={id}"), text),
        6 => get_with(Method::Delete, format!("{kind}?_id={id}")),
        7 => {
            let mut asked = send(Method::Put, format!("{kind}/{id}"), text);
            asked.fields.push(("if-match", format!("W/\"{}\"", 1 + dice.roll(3))));
            asked
        }
        _ => send(
            Method::Post,
            "",
            format!(
                r#"{{"resourceType":"Bundle","type":"transaction","entry":[{{"resource":{text},"request":{{"method":"PUT","url":"{kind}/{id}"}}}}]}}"#
            ),
        ),
    }
}

pub fn get_with(method: Method, path: String) -> Asked {
    Asked { method, path, fields: Vec::new(), body: String::new() }
}
