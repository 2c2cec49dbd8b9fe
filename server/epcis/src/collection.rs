//! The collections `eventTypes epcs bizSteps bizLocations readPoints dispositions`, and what is under each member.
//! REST binding of EPCIS 2.0, sections 12.4 and 12.8.
//!
//! A collection holds the standard's own words and those that events use. A caller who sees some events only finds
//! what those name.

use crate::Epcis;
use crate::event::EVENT_TYPES;
use crate::events::{Sight, visible};
use crate::identifier::{Identifier, Kind, canonical};
use crate::index::term;
use crate::namespaces::{Namespaces, is_uri};
use crate::page::Page;
use crate::store::word::{self, Word};
use crate::view::collection;
use crate::vocabulary::{BIZ_STEP, DISPOSITION, Vocabulary};
use serde_json::json;
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

/// What a member of a collection is.
#[derive(Clone, Copy)]
pub(crate) enum Member {
    EventType,
    Epc,
    Word(&'static Vocabulary),
    Place,
}

/// One collection: the name in the address, the brace of a member, the parameter its events are found by.
pub(crate) struct Collection {
    pub name: &'static str,
    pub brace: &'static str,
    /// The field of the index; also of [`Word`].
    pub field: &'static str,
    pub parameter: &'static str,
    pub member: Member,
}

#[rustfmt::skip]
pub(crate) static COLLECTIONS: &[Collection] = &[
    Collection { name: "eventTypes",   brace: "eventType",   field: "eventType",   parameter: "eventType",      member: Member::EventType },
    Collection { name: "epcs",         brace: "epc",         field: "anyEPC",      parameter: "MATCH_anyEPC",   member: Member::Epc },
    Collection { name: "bizSteps",     brace: "bizStep",     field: "bizStep",     parameter: "EQ_bizStep",     member: Member::Word(&BIZ_STEP) },
    Collection { name: "bizLocations", brace: "bizLocation", field: "bizLocation", parameter: "EQ_bizLocation", member: Member::Place },
    Collection { name: "readPoints",   brace: "readPoint",   field: "readPoint",   parameter: "EQ_readPoint",   member: Member::Place },
    Collection { name: "dispositions", brace: "disposition", field: "disposition", parameter: "EQ_disposition", member: Member::Word(&DISPOSITION) },
];

impl Collection {
    /// The fields of [`Word`]s that events are read for.
    pub(crate) fn fields() -> impl Iterator<Item = &'static str> {
        COLLECTIONS.iter().filter(|c| !matches!(c.member, Member::Epc)).map(|c| c.field)
    }

    /// The standard's own members, in the order of their hashes.
    fn standard(&self) -> Vec<Word> {
        let values: Vec<String> = match self.member {
            Member::EventType => EVENT_TYPES.iter().map(|(name, _)| (*name).to_owned()).collect(),
            Member::Word(words) => words.words.iter().map(|word| format!("{}{word}", words.web)).collect(),
            Member::Epc | Member::Place => Vec::new(),
        };
        let word = |value: String| Word { field: self.field, hash: term(self.field, &value), value };
        let mut words: Vec<Word> = values.into_iter().map(word).collect();
        words.sort_by_key(|word| word.hash);
        words
    }

    /// As the JSON binding writes it.
    fn shown(&self, value: &str) -> String {
        match self.member {
            Member::Word(words) => words.bare(value).to_owned(),
            _ => value.to_owned(),
        }
    }

    /// The canonical spelling of a member named in an address; nothing if it cannot be one.
    fn canonical(&self, text: &str) -> Option<String> {
        let spaces = Namespaces::default();
        let is_standard = EVENT_TYPES.iter().any(|(name, _)| *name == text);
        match self.member {
            Member::EventType => (is_standard || is_uri(text)).then(|| spaces.expand(text)),
            Member::Word(words) => words.canonical(text, &spaces),
            Member::Epc | Member::Place => is_uri(text).then(|| canonical(text).into_owned()),
        }
    }
}

/// Can there be such a member, as far as an address tells that names one?
pub(crate) fn check(request: &Request) -> Result<()> {
    let named = COLLECTIONS.iter().map(|of| (of, request.param(of.brace)));
    for (of, text) in named.filter(|(_, text)| !text.is_empty()) {
        of.canonical(text).ok_or_else(|| Error::not_found(of.name, text))?;
    }
    match request.param("eventID") {
        "" => Ok(()),
        id if is_uri(id) => Ok(()),
        id => Err(Error::not_found("event", id)),
    }
}

/// `GET /bizSteps` and its like
pub(crate) async fn list(
    epcis: Epcis,
    context: Context,
    request: Request,
    of: &'static Collection,
) -> Result<Response> {
    let page = Page::asked(&epcis, &context, &request)?;
    let sight = visible(&context.grant.rows());
    if matches!(of.member, Member::Epc) {
        return epcs(&context, &page, &sight).await;
    }
    let after = page.position.as_deref().and_then(|p| p.first().copied());
    let mut words = of.standard();
    words.retain(|word| after.is_none_or(|after| word.hash > after));
    if !matches!(sight, Sight::Nothing) {
        words.extend(word::list(&context.db, of.field, after, sight.terms(), page.size + 1).await?);
    }
    words.sort_by_key(|word| word.hash);
    words.dedup_by_key(|word| word.hash);
    let size = usize::try_from(page.size).unwrap_or(usize::MAX);
    let more = words.len() > size;
    words.truncate(size);
    let members: Vec<String> = words.iter().map(|word| of.shown(&word.value)).collect();
    let response = collection(json!(members))?;
    Ok(match words.last().filter(|_| more) {
        Some(last) => page.next(response, &[last.hash]),
        None => response,
    })
}

/// Items looked through for one page: a caller who sees few of them gets a short page rather than a long wait.
const LOOKED_THROUGH: i64 = 5_000;

async fn epcs(context: &Context, page: &Page, sight: &Sight) -> Result<Response> {
    let after = page.text.clone().unwrap_or_default();
    let look = if matches!(sight, Sight::All) { page.size } else { LOOKED_THROUGH };
    let mut epcs = match sight {
        Sight::Nothing => Vec::new(),
        _ => word::epcs(&context.db, &after, look + 1).await?,
    };
    let mut more = epcs.len() as i64 > look;
    epcs.truncate(usize::try_from(look).unwrap_or(usize::MAX));
    let mut last = epcs.last().cloned();
    epcs.retain(|epc| Identifier::parse(epc).map_or(true, |i| i.kind() != Kind::Class));
    if let Some(terms) = sight.terms() {
        let hashes = epcs.iter().map(|epc| term("anyEPC", epc)).collect();
        let used = word::used(&context.db, hashes, Some(terms)).await?;
        epcs.retain(|epc| used.contains(&term("anyEPC", epc)));
    }
    if epcs.len() as i64 > page.size {
        epcs.truncate(usize::try_from(page.size).unwrap_or(usize::MAX));
        (more, last) = (true, epcs.last().cloned());
    }
    let response = collection(json!(epcs))?;
    Ok(match last.filter(|_| more) {
        Some(last) => page.next_after(response, &last),
        None => response,
    })
}

/// `GET /bizSteps/{bizStep}` and its like: what is under a member that there is
pub(crate) async fn read(
    epcis: Epcis,
    context: Context,
    request: Request,
    of: &'static Collection,
) -> Result<Response> {
    Page::asked(&epcis, &context, &request)?;
    let text = request.param(of.brace);
    let missing = || Error::not_found(of.name, text);
    let value = of.canonical(text).ok_or_else(missing)?;
    let hash = term(of.field, &value);
    if of.standard().iter().any(|word| word.hash == hash) {
        return collection(json!(["events"]));
    }
    let sight = visible(&context.grant.rows());
    let used = match sight {
        Sight::Nothing => Default::default(),
        _ => word::used(&context.db, vec![hash], sight.terms()).await?,
    };
    if used.contains(&hash) { collection(json!(["events"])) } else { Err(missing()) }
}
