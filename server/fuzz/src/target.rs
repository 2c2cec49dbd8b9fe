//! The table of what is fuzzed: one row for each reader of strangers' bytes.
//!
//! A function gives its outcome in words, and panics when a law does not hold.

mod path;

use std::fmt::Display;
use std::sync::{Arc, OnceLock};
use theriac_access::{Claims, Role, Scopes, SigningKeys, Verifier};
use theriac_core::json;
use theriac_core::{Error, Instant};
use theriac_epcis::identifier::{self, Identifier};
use theriac_epcis::{Document, Namespaces, event_id, index};
use theriac_fhir::search::{self, Query};
use theriac_fhir::{structure, xml};
use theriac_isa95::b2mml::{self, Form, Root};
use theriac_isa95::reading::{self, Format, Parser};
use theriac_isa95::{batch, chunk, equipment, time};
use theriac_ledger::{Record, note};
use theriac_platform::Cursors;
use theriac_platform::http::{Method, Request};

mod patch;
mod validate;

pub struct Target {
    /// Also the folder of its corpus.
    pub name: &'static str,
    pub run: fn(&[u8]) -> String,
}

#[rustfmt::skip]
pub const TABLE: &[Target] = &[
    Target { name: "json",             run: json },
    Target { name: "fhir_structure",   run: fhir_structure },
    Target { name: "fhir_xml",         run: fhir_xml },
    Target { name: "fhir_json_xml",    run: fhir_json_xml },
    Target { name: "fhir_validate",    run: validate::validated },
    Target { name: "patch_json",       run: patch::json },
    Target { name: "patch_fhirpath",   run: patch::fhirpath },
    Target { name: "patch_xml",        run: patch::xml },
    Target { name: "graphql",          run: |bytes| told(theriac_fhir::operation::graphql::check(&text(bytes))) },
    Target { name: "fhir_query",       run: fhir_query },
    Target { name: "fhirpath_parse",   run: path::parsed },
    Target { name: "fhirpath",         run: path::evaluated },
    Target { name: "search_parameter", run: path::declared },
    Target { name: "epcis_document",   run: epcis_document },
    Target { name: "epcis_query",      run: epcis_query },
    Target { name: "epcis_query_json", run: epcis_query_json },
    Target { name: "epcis_identifier", run: epcis_identifier },
    Target { name: "readings_json",    run: |bytes| readings(Format::Json, bytes) },
    Target { name: "readings_ndjson",  run: |bytes| readings(Format::Ndjson, bytes) },
    Target { name: "readings_csv",     run: |bytes| readings(Format::Csv, bytes) },
    Target { name: "equipment",        run: |bytes| told(equipment::Equipment::parse(bytes).map(drop)) },
    Target { name: "b2mml_xml",        run: |bytes| b2mml(b2mml::from_xml(bytes), Form::Xml) },
    Target { name: "b2mml_json",       run: |bytes| b2mml(b2mml::from_json(bytes), Form::Json) },
    Target { name: "time",             run: times },
    Target { name: "chunk",            run: chunks },
    Target { name: "batch",            run: batches },
    Target { name: "ledger_note",      run: ledger_note },
    Target { name: "ledger_entry",     run: |bytes| told(Record::read(0, bytes).map(drop)) },
    Target { name: "cursor",           run: cursor },
    Target { name: "token",            run: token },
    Target { name: "scope",            run: |bytes| told(Scopes::parse(&text(bytes)).map(drop)) },
    Target { name: "address",          run: address },
];

fn told(result: Result<(), impl Display>) -> String {
    result.map_or_else(|error| error.to_string(), |()| "good".to_owned())
}

fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// What was read and written again reads the same.
fn json(bytes: &[u8]) -> String {
    let node = match json::parse(bytes) {
        Ok(node) => node,
        Err(error) => return error.to_string(),
    };
    let written = node.to_vec();
    assert_eq!(json::parse(&written).expect("what was written can be read"), node);
    node.kind().to_owned()
}

fn context() -> search::Context<'static> {
    search::Context { base: "http://host/mercy/fhir", now: Instant(1_790_000_000_000_000), concepts: None }
}

/// A resource that is well built can be indexed and looked through for references.
fn fhir_structure(bytes: &[u8]) -> String {
    let read = || -> Result<usize, Error> {
        let node = json::parse(bytes)?;
        structure::check(&node, None)?;
        let kind = node.text("resourceType").unwrap_or_default();
        let plan = search::r4_catalogue().plan(kind).expect("a type that is checked is one that is searched");
        let index = search::extract(plan, &node, &context());
        assert!(index.own != 0 || node.text("id").is_none());
        Ok(structure::references(&node).count())
    };
    told(read().map(drop))
}

/// What is read from XML is JSON too, and reads the same when it is written again.
fn fhir_xml(bytes: &[u8]) -> String {
    let node = match xml::read(bytes) {
        Ok(node) => node,
        Err(error) => return error.message,
    };
    let text = node.to_vec();
    assert_eq!(json::parse(&text).expect("what came out of XML is JSON"), node);
    let (lenient, notes) = xml::read_lenient(bytes).expect("what is read strictly is read leniently");
    assert!(lenient == node && notes.is_empty(), "{notes:?}");
    let written = xml::write(&node, xml::Style::Indented).expect("what came out of XML goes back");
    assert_eq!(xml::read(&written).expect("what was written can be read"), node);
    told(structure::check(&node, None))
}

/// A resource that is well built can be written as XML, is well built afterwards, and stays so from then on.
fn fhir_json_xml(bytes: &[u8]) -> String {
    let Ok(node) = json::parse(bytes) else { return "no JSON".to_owned() };
    if let Err(error) = structure::check(&node, None) {
        return error.to_string();
    }
    let written = match xml::write(&node, xml::Style::Compact) {
        Ok(written) => written,
        Err(error) => return error.message,
    };
    let once = xml::read(&written).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&written)));
    structure::check(&once, None).expect("what was well built stays so");
    assert_eq!(xml::write(&once, xml::Style::Compact).expect("it was written before"), written);
    "good".to_owned()
}

/// The type, a line feed, the query. What is understood says itself in a link that is understood the same.
fn fhir_query(bytes: &[u8]) -> String {
    let text = text(bytes);
    let (kind, query) = text.split_once('\n').unwrap_or(("Patient", &text));
    let types = search::r4_catalogue();
    let resource_type = (!kind.is_empty() && types.plan(kind).is_some()).then_some(kind);
    let ask = |query: &str, lenient| {
        Query::parse(&search::Request { catalogue: types, resource_type, context: context(), lenient }, query, None)
    };
    let lenient = ask(query, true);
    match ask(query, false) {
        Err(error) => format!("{error} {}", lenient.is_ok()),
        Ok(strict) => {
            let link = strict.self_link();
            let again = ask(&link, false).unwrap_or_else(|error| panic!("the self link {link:?} is refused: {error}"));
            assert_eq!(again.self_link(), link);
            "good".to_owned()
        }
    }
}

/// A document that is good gives its events ids, and index terms.
fn epcis_document(bytes: &[u8]) -> String {
    let read = || -> Result<(), Error> {
        let document = Document::parse(bytes)?;
        let ignored = document.ignored_fields();
        for event in document.events() {
            let event = event?;
            let id = event_id::event_id(&event, &ignored);
            assert!(id.starts_with("ni:///sha-256;"));
            index::index(&event, &id);
            json::parse(&event.stored(&id, Instant(0))).expect("a stored event is JSON");
        }
        document.check()
    };
    told(read())
}

fn epcis_query(bytes: &[u8]) -> String {
    let request = Request::new(Method::Get, "/", text(bytes));
    let pairs = request.query_pairs();
    let pairs = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    told(theriac_epcis::query::Query::from_pairs(pairs, &Namespaces::default()).map(asked))
}

/// A named query: the same parameters as JSON.
fn epcis_query_json(bytes: &[u8]) -> String {
    let read = json::parse(bytes).map_err(Into::into);
    told(read.and_then(|node| theriac_epcis::query::Query::from_json(&node, &Namespaces::default())).map(asked))
}

/// Whatever was understood can be asked of an event.
fn asked(query: theriac_epcis::query::Query) {
    let index = index::Index { terms: vec![-1, 0, 1], values: vec![(0, f64::MIN), (0, 1.0)] };
    query.matches(&index, Instant(0), Instant(i64::MAX));
}

/// The two spellings of a key are one key.
fn epcis_identifier(bytes: &[u8]) -> String {
    let uri = text(bytes);
    let canonical = identifier::canonical(&uri);
    assert_eq!(identifier::canonical(&canonical), canonical);
    identifier::class_of(&uri);
    identifier::gln_of(&uri);
    let read = Identifier::parse(&uri).map(|found| {
        assert_eq!(Identifier::parse(&found.link()).expect("a link can be read"), found);
        for digits in 6..=12 {
            // Links are taken with a wrong check digit or letters that a URN may not have, so that the URN may
            // be of another key, or of none.
            let _same = found.urn(digits).and_then(|urn| Identifier::parse(&urn)).is_ok_and(|again| again == found);
        }
    });
    told(read)
}

/// A body that comes in pieces reads like one that comes whole.
fn readings(format: Format, bytes: &[u8]) -> String {
    let whole = reading::parse(format, bytes);
    let mut parser = Parser::new(format);
    let (head, tail) = bytes.split_at(bytes.len() / 2);
    let pieces = parser.push(head).and_then(|()| parser.push(tail)).and_then(|()| parser.finish());
    match (whole, pieces) {
        (Ok(whole), Ok(pieces)) => {
            // A value that is not a number is not equal to itself; its words are.
            assert_eq!(format!("{whole:?}"), format!("{pieces:?}"));
            let whys: Vec<&str> = whole.refused.iter().map(|refused| refused.why.as_str()).collect();
            format!("good {}", whys.join(" "))
        }
        (Err(whole), Err(_)) => whole.to_string(),
        (whole, pieces) => panic!("as a whole {whole:?}, in pieces {pieces:?}"),
    }
}

/// What is good comes back the same, however it is written in between.
fn b2mml(root: Result<Root, Error>, form: Form) -> String {
    let read = || -> Result<(), Error> {
        let Root { name, tree } = root?;
        let kind = b2mml::document(&name).and_then(|document| b2mml::kind(document.kind));
        let kind = kind.ok_or_else(|| Error::invalid("no document of B2MML"))?;
        let found = b2mml::read(kind, &tree, form, "");
        if !found.issues.is_empty() {
            return Err(Error::from_issues(found.issues));
        }
        let xml = b2mml::to_xml(&Root { name, tree: b2mml::tree(kind, &found.node) });
        let again = b2mml::from_xml(xml.as_bytes()).unwrap_or_else(|error| panic!("{error} in {xml}"));
        let again = b2mml::read(kind, &again.tree, Form::Xml, "");
        assert!(again.issues.is_empty(), "{:?} in {xml}", again.issues);
        assert_eq!(again.node, found.node, "{xml}");
        Ok(())
    };
    told(read())
}

/// A time that is read and written reads the same.
fn times(bytes: &[u8]) -> String {
    match time::parse(bytes) {
        None => "no time".to_owned(),
        Some(micros) => {
            let written = time::format(micros);
            assert_eq!(time::parse(written.as_bytes()), Some(micros), "{written}");
            "a time".to_owned()
        }
    }
}

fn chunks(bytes: &[u8]) -> String {
    let read = || -> Result<(), Error> {
        // Of several points of one time, writing keeps the last.
        let points = chunk::decode(&chunk::encode(&chunk::decode(bytes)?)?)?;
        let again = chunk::decode(&chunk::encode(&points)?)?;
        assert_eq!(format!("{again:?}"), format!("{points:?}"));
        chunk::merge(bytes, bytes).map(drop)
    };
    format!("{} {}", told(read()), told(chunk::summary(bytes).map(drop)))
}

fn batches(bytes: &[u8]) -> String {
    let read = || -> Result<(), Error> {
        let columns = batch::decode(bytes)?;
        let again = batch::decode(&batch::encode(&columns)?)?;
        assert_eq!(format!("{again:?}"), format!("{columns:?}"));
        columns.by_property();
        Ok(())
    };
    told(read())
}

/// `NOTE` in the input is a good one: nothing but its own text ever opens.
fn ledger_note(bytes: &[u8]) -> String {
    const TEXT: &str = "theriac.example/mercy\n3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
    static SIGNED: OnceLock<(note::Signer, String)> = OnceLock::new();
    let (signer, good) = SIGNED.get_or_init(|| {
        let signer = note::Signer::generate("theriac.example/mercy").expect("a key can be made");
        let good = signer.sign(TEXT).expect("a text can be signed");
        (signer, good)
    });
    let tried = text(bytes).replace("NOTE", good);
    let opened = signer.verifier().open(&tried);
    assert!(opened.as_ref().is_err() || opened.as_ref().is_ok_and(|text| *text == TEXT), "{tried:?} is taken");
    let (checkpoint, key) = (note::Checkpoint::parse(&tried), tried.parse::<note::Verifier>());
    format!("{} {} {}", told(opened.map(drop)), told(checkpoint.map(drop)), told(key.map(drop)))
}

fn cursor(bytes: &[u8]) -> String {
    told(Cursors::new(b"a secret").open("bound", &text(bytes)).map(drop))
}

/// `TOKEN` in the input is a good one: what is around it is what is tried.
fn token(bytes: &[u8]) -> String {
    const ISSUER: &str = "urn:theriac:local";
    static KEYS: OnceLock<(Verifier, String)> = OnceLock::new();
    let (verifier, good) = KEYS.get_or_init(|| {
        let keys = Arc::new(SigningKeys::generate().expect("a key can be made"));
        let claims = Claims::new(ISSUER, "mercy", Role::Steward, "s", "1", 1_790_000_000, 3_600);
        let good = theriac_access::issue(&keys, &claims).expect("a token can be signed");
        (Verifier::new(keys, ISSUER), good)
    });
    let text = text(bytes);
    let tried = text.replace("TOKEN", good);
    let result = verifier.verify(&tried, "mercy", 1_790_000_001);
    assert!(result.is_err() || tried == *good, "{tried:?} is taken for a good token");
    told(result.map(drop))
}

fn address(bytes: &[u8]) -> String {
    let request = Request::new(Method::Get, "/", text(bytes));
    told(request.query_known(&["name", "from"]).map(drop))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_target_has_a_name_of_its_own_and_seeds() {
        let names: BTreeSet<&str> = TABLE.iter().map(|target| target.name).collect();
        assert_eq!(names.len(), TABLE.len());
        for name in names {
            assert!(!crate::corpus::read(name).expect(name).is_empty(), "{name}");
        }
    }

    #[test]
    fn the_first_seed_of_each_format_is_good() {
        for (name, expected) in [
            ("json", "an object"),
            ("fhir_structure", "good"),
            ("fhir_xml", "good"),
            ("fhir_json_xml", "good"),
            ("patch_json", "good"),
            ("patch_fhirpath", "good"),
            ("patch_xml", "good"),
            ("graphql", "good"),
            ("fhir_query", "good"),
            ("epcis_document", "good"),
            ("epcis_query", "good"),
            ("epcis_identifier", "good"),
            ("readings_json", "good "),
            ("readings_ndjson", "good "),
            ("readings_csv", "good "),
            ("equipment", "good"),
            ("b2mml_xml", "good"),
            ("b2mml_json", "good"),
            ("time", "a time"),
            ("chunk", "good good"),
            ("batch", "good"),
            ("cursor", "good"),
            ("ledger_entry", "good"),
            ("token", "good"),
            ("scope", "good"),
            ("address", "good"),
        ] {
            let target = TABLE.iter().find(|target| target.name == name).expect(name);
            let seeds = crate::corpus::read(name).expect(name);
            assert_eq!((target.run)(&seeds[0]), expected, "{name}");
        }
    }
}
