//! What the rows of the route tables do not say of themselves: query parameters, bodies, statuses, notes.

use theriac_platform::http::Method::{self, Delete, Get, Options, Post, Put};

/// Name, type, meaning.
pub type Parameter = (&'static str, &'static str, &'static str);

/// Empty fields mean what is usual in the domain.
pub struct Detail {
    query: &'static [&'static [Parameter]],
    /// Name of a schema, or [`NOTHING`].
    pub takes: &'static str,
    pub takes_media: &'static [&'static str],
    pub gives: &'static str,
    pub gives_media: &'static [&'static str],
    pub status: u16,
    /// Statuses of success besides.
    pub also: &'static [u16],
    pub note: &'static str,
}

/// No body.
pub const NOTHING: &str = "-";

const USUAL: Detail =
    Detail { query: &[], takes: "", takes_media: &[], gives: "", gives_media: &[], status: 0, also: &[], note: "" };

impl Detail {
    pub fn query(&self) -> impl Iterator<Item = &'static Parameter> + use<> {
        self.query.iter().flat_map(|group| group.iter())
    }
}

pub fn of(method: Method, path: &str) -> &'static Detail {
    TABLE.iter().find(|row| row.0 == method && row.1 == path).map_or(&USUAL, |row| &row.2)
}

/// What stands between the braces of a path.
pub fn brace(name: &str) -> Option<&'static str> {
    BRACES.iter().find(|(known, _)| *known == name).map(|(_, meaning)| *meaning)
}

#[rustfmt::skip]
const BRACES: &[(&str, &str)] = &[
    ("tenant", "The tenant's name"),
    ("type", "FHIR resource type, as in Patient"),
    ("id", "The record's id"),
    ("vid", "The version, as in ETag and meta.versionId"),
    ("resource", "ISA-95 resource type, as in equipment, materialLots, jobOrders"),
    ("version", "The version, as in ETag"),
    ("patient", "The patient's id"),
    ("property", "{equipment id}.{property id}"),
    ("captureID", "The job's id, as in the Location header of a capture"),
    ("eventID", "The event's id, percent-encoded"),
    ("eventType", "As in ObjectEvent"),
    ("bizStep", "Business step of the CBV, as in shipping"),
    ("bizLocation", "SGLN as URN or GS1 Digital Link, percent-encoded"),
    ("readPoint", "SGLN as URN or GS1 Digital Link, percent-encoded"),
    ("disposition", "Disposition of the CBV, as in in_transit"),
    ("gln", "GLN of 13 digits"),
    ("gtin", "GTIN of 14 digits"),
    ("serial", "Serial number, percent-encoded"),
    ("lot", "Lot, percent-encoded"),
    ("epc", "EPC as URN or GS1 Digital Link, percent-encoded"),
];

#[rustfmt::skip]
const SEARCH: &[Parameter] = &[
    ("_count",      "integer", "Resources on a page"),
    ("_sort",       "string",  "Search parameters to sort by, separated by commas; - in front turns the order round"),
    ("_include",    "string",  "Type:parameter whose references come along"),
    ("_revinclude", "string",  "Type:parameter of resources that refer to the matches"),
    ("_summary",    "string",  "true, false, text, data or count"),
    ("_elements",   "string",  "Elements to return, separated by commas"),
    ("_total",      "string",  "none, estimate or accurate"),
    ("_id",         "string",  "Logical ids, separated by commas"),
    ("_lastUpdated","string",  "Date with an optional prefix: ge2024-01-01"),
    ("_tag",        "string",  "system|code"),
    ("_profile",    "string",  "Canonical address"),
    ("_security",   "string",  "system|code"),
];
#[rustfmt::skip]
const HISTORY: &[Parameter] = &[
    ("_count", "integer", "Versions on a page"),
    ("_since", "string",  "Only versions from this instant on"),
];
#[rustfmt::skip]
const PAGES: &[Parameter] = &[
    ("perPage",       "integer", "Entries on a page"),
    ("nextPageToken", "string",  "From the Link header of the page before"),
];
#[rustfmt::skip]
const EVENTS: &[Parameter] = &[
    ("eventType",     "string",  "ObjectEvent, AggregationEvent, AssociationEvent, TransactionEvent, TransformationEvent"),
    ("GE_eventTime",  "date-time", "Events from this time on"),
    ("LT_eventTime",  "date-time", "Events before this time"),
    ("GE_recordTime", "date-time", "Recorded from this time on"),
    ("LT_recordTime", "date-time", "Recorded before this time"),
    ("EQ_action",     "string",  "ADD, OBSERVE or DELETE"),
    ("EQ_bizStep",    "string",  "CBV business step"),
    ("EQ_disposition","string",  "CBV disposition"),
    ("EQ_readPoint",  "string",  "SGLN of the read point"),
    ("EQ_bizLocation","string",  "SGLN of the business location"),
    ("MATCH_epc",     "string",  "EPC or pattern in epcList or childEPCs"),
    ("MATCH_anyEPC",  "string",  "EPC or pattern anywhere in the event"),
    ("EQ_eventID",    "string",  "Event id"),
    ("orderBy",       "string",  "eventTime or recordTime"),
    ("orderDirection","string",  "ASC or DESC"),
];
const AT: &[Parameter] = &[("at", "date-time", "A past moment; default: now")];
const DEPTH: &[Parameter] = &[("depth", "string", "Steps, from 1 to 16, or `all`")];
const LOT: &[Parameter] = &[("lot", "string", "The lot: its LGTIN or GS1 Digital Link")];
#[rustfmt::skip]
const RECALL: &[Parameter] = &[
    ("lot",   "string",  "The lot: its LGTIN or GS1 Digital Link"),
    ("from",  "string",  "The `next` of the page before"),
    ("count", "integer", "Serials on a page, at most 10000"),
];
#[rustfmt::skip]
const PRINTED: &[Parameter] = &[
    ("lot",    "string", "The batch as printed"),
    ("expiry", "string", "The expiry as printed, 280131, or as a date"),
];
#[rustfmt::skip]
const ASKED: &[Parameter] = &[
    ("linkType", "string", "verificationService"),
    ("context",  "string", "dscsaSaleableReturn"),
    ("reqGLN",   "string", "GLN of whoever asks; a partner's own"),
    ("corrUUID", "string", "Correlates answer and request"),
    ("exp",      "string", "The expiry as printed, 280131"),
    ("17",       "string", "The same under its application identifier"),
    ("10",       "string", "The lot, where the path does not hold it"),
    ("ctrlPossessAtt", "string", "true or false: whoever asks has the pack"),
    ("email",     "string", "Whom to contact; not kept"),
    ("telephone", "string", "Whom to contact; not kept"),
];
#[rustfmt::skip]
const CONNECTIVITY: &[Parameter] = &[
    ("gtin",    "string", "GTIN of 14 digits"),
    ("reqGLN",  "string", "GLN of whoever asks"),
    ("context", "string", "dscsaSaleableReturn"),
];
#[rustfmt::skip]
const KEPT: &[Parameter] = &[
    ("state",   "string",  "Records in this state alone"),
    ("subject", "string",  "Records about this item or lot"),
    ("from",    "string",  "The `next` of the page before"),
    ("count",   "integer", "Records on a page, at most 1000"),
];
#[rustfmt::skip]
const EXCEPTIONS: &[Parameter] = &[
    ("state",   "string",  "open or resolved"),
    ("rule",    "string",  "A code of exceptionRules"),
    ("epc",     "string",  "Of this item"),
    ("eventID", "string",  "Of this event"),
    ("from",    "string",  "The `next` of the page before"),
    ("count",   "integer", "Exceptions on a page, at most 1000"),
];
#[rustfmt::skip]
const READINGS: &[Parameter] = &[
    ("property",  "string",    "{equipment id}.{property id}"),
    ("from",      "date-time", "From this time on"),
    ("to",        "date-time", "Before this time"),
    ("bucket",    "string",    "Length of a bucket of aggregates, as in 1m"),
    ("aggregate", "string",    "Of each bucket, separated by commas: count, min, max, mean, last, histogram"),
    ("bins",      "string",    "Of a histogram: LOW:HIGH:COUNT, as in 20:80:12"),
    ("batch",     "string",    "Readings of this lot only, by the runs of the property's equipment"),
    ("phase",     "string",    "Readings of this work master only"),
    ("context",   "boolean",   "Each reading with its batch, phase and the version of its limits; default false"),
    ("count",     "integer",   "Readings or buckets on a page; default 1000"),
];
#[rustfmt::skip]
const RECORDS: &[Parameter] = &[
    ("id",             "string",    "Ids, separated by commas"),
    ("parent",         "string",    "Only what is part of this record"),
    ("hierarchyScope", "string",    "Equipment named in the record's hierarchy scope"),
    ("level",          "string",    "equipmentLevel"),
    ("status",         "string",    "Status, disposition or state"),
    ("effective",      "date-time", "In effect at this moment"),
    ("property",       "string",    "A property's id, alone or with a value: potency, potency=99.5, potency>=99"),
    ("class",          "string",    "Names this class"),
    ("definition",     "string",    "Names this material definition, operations definition or work master"),
    ("lot",            "string",    "Names this lot or sublot"),
    ("equipment",      "string",    "Names this equipment"),
    ("physicalAsset",  "string",    "Names this physical asset"),
    ("person",         "string",    "Names this person"),
    ("segment",        "string",    "Names this process or operations segment"),
    ("jobOrder",       "string",    "Names this job order"),
    ("test",           "string",    "Names this test specification"),
    ("from",           "string",    "The next of the page before"),
    ("count",          "integer",   "Records on a page, at most 1000"),
];
#[rustfmt::skip]
const LISTED: &[Parameter] = &[
    ("from",  "string",  "The next of the page before"),
    ("count", "integer", "Entries on a page, at most 1000"),
];
const REFERENCES: &[Parameter] =
    &[("references", "string", "refuse (default) or report what names records that are not there")];
#[rustfmt::skip]
const WALK: &[Parameter] = &[
    ("direction", "string",  "down (what came of it, default) or up (what it came from)"),
    ("depth",     "integer", "Steps, at most 64"),
];
const IN_STATE: &[Parameter] = &[("state", "string", "State of the job orders, as in Running")];
#[rustfmt::skip]
const CHARTS: &[Parameter] = &[
    ("property", "string",  "Only charts over this property"),
    ("from",     "string",  "The next of the page before"),
    ("count",    "integer", "Charts on a page, at most 1000"),
];
#[rustfmt::skip]
const ALERTS: &[Parameter] = &[
    ("state", "string",  "open or acknowledged"),
    ("from",  "string",  "The next of the page before"),
    ("count", "integer", "Alerts on a page, at most 1000"),
];
#[rustfmt::skip]
const EMERGENCIES: &[Parameter] = &[
    ("state",   "string",  "open or ended"),
    ("review",  "string",  "awaiting, justified or unjustified"),
    ("person",  "string",  "Opened to this person"),
    ("patient", "string",  "Of this patient, as in Patient/1"),
    ("from",    "string",  "The next of the page before"),
    ("count",   "integer", "Accesses on a page, at most 1000"),
];
#[rustfmt::skip]
const ACCESS: &[Parameter] = &[
    ("format",  "string",  "json, ndjson or csv"),
    ("dormant", "boolean", "Only accounts that are dormant, or are not"),
    ("unused",  "boolean", "Only accounts with rights that nobody uses, or without"),
];
const AS_FILE: &[Parameter] = &[("format", "string", "json, ndjson or csv")];
#[rustfmt::skip]
const OWN_EMERGENCIES: &[Parameter] = &[
    ("state",   "string",  "open or ended"),
    ("from",    "string",  "The next of the page before"),
    ("count",   "integer", "Accesses on a page, at most 1000"),
];
#[rustfmt::skip]
const FEED: &[Parameter] = &[
    ("topics", "string", "Separated by commas: alerts, spc, items, fhir.Patient"),
    ("from",   "string", "now, start or a cursor"),
    ("ticket", "string", "Instead of a token, for WebSockets of browsers"),
];
#[rustfmt::skip]
const ENTRIES: &[Parameter] = &[
    ("from",  "integer", "First position, from 0"),
    ("count", "integer", "At most 10000; default 1000"),
];
#[rustfmt::skip]
const INCLUSION: &[Parameter] = &[
    ("leaf", "integer", "Position of the entry, from 0"),
    ("size", "integer", "Size of the tree; default: the present one"),
];
#[rustfmt::skip]
const CONSISTENCY: &[Parameter] = &[
    ("from", "integer", "Size of the older tree"),
    ("to",   "integer", "Size of the newer tree; default: the present one"),
];

const TYPED: &str = "Also every search parameter of the type, with prefixes and modifiers; the CapabilityStatement \
    lists them.";
const CRITERIA: &str = "The query says which, by search parameters of the type.";
const PARTNER: &str = "{\"name\", \"gtins\"?, \"companyPrefixes\"?, \"addresses\": {\"verification\"?, \"notices\"?, \"tracing\"?, \"exceptions\"?}, \"token\"?}; the token is never \
    given out, and stays when it is left out.";
const EVENT_QUERY: &str = "Every parameter of the standard's event query is taken; these are the common ones.";
const LIMITS: Detail = Detail { gives: NOTHING, status: 204, note: "The answer is in its headers.", ..USUAL };
const TEXT: &[&str] = &["text/plain"];
const B2MML: &[&str] =
    &["application/json", "application/vnd.b2mml+json", "application/vnd.b2mml+xml", "application/xml", "text/xml"];
const NAMED: &str = "The list has the name of the type. In B2MML's forms the answer is the Show message.";
const CONTROL: &str =
    "ReturnStatus is a bit map: 1 no error, 2 unknown order, 8 invalid status, 16 cannot accept, 2^32 invalid request.";
const TABULAR: &[&str] = &["application/json", "application/x-ndjson", "text/csv"];

const FORM: &[&str] = &["application/x-www-form-urlencoded"];
const HTML: &[&str] = &["text/html"];

#[rustfmt::skip]
const TABLE: &[(Method, &str, Detail)] = &[
    (Get,    "/healthz",                               Detail { gives: "Status", ..USUAL }),
    (Get,    "/readyz",                                Detail { gives: "Status", ..USUAL }),
    (Get,    "/metrics",                               Detail { gives_media: TEXT, ..USUAL }),
    (Get,    "/docs",                                  Detail { gives_media: &["text/html"], ..USUAL }),
    (Get,    "/{tenant}/auth/jwks.json",               Detail { gives: "JWKS", ..USUAL }),
    (Post,   "/{tenant}/auth/token",                            Detail { takes_media: FORM, ..USUAL }),
    (Post,   "/{tenant}/auth/introspect",                       Detail { takes_media: FORM, ..USUAL }),
    (Post,   "/{tenant}/auth/revoke",                           Detail { takes_media: FORM, gives: NOTHING, ..USUAL }),
    (Post,   "/{tenant}/auth/sign-in",                          Detail { takes_media: FORM, gives_media: HTML, ..USUAL }),
    (Post,   "/{tenant}/auth/second-factor",                    Detail { takes_media: FORM, gives_media: HTML, ..USUAL }),
    (Post,   "/{tenant}/auth/enrol",                            Detail { takes_media: FORM, gives_media: HTML, ..USUAL }),
    (Post,   "/{tenant}/auth/password",                         Detail { takes_media: FORM, gives_media: HTML, ..USUAL }),
    (Post,   "/{tenant}/auth/consent",                          Detail { takes_media: FORM, gives_media: HTML, ..USUAL }),
    (Post,   "/{tenant}/auth/sign-out",                         Detail { takes_media: FORM, gives_media: HTML, ..USUAL }),
    (Get,    "/{tenant}/auth/authorize",                        Detail { gives_media: HTML, ..USUAL }),
    (Post,   "/{tenant}/auth/authorize",                        Detail { takes_media: FORM, gives: NOTHING, status: 303, ..USUAL }),
    (Get,    "/{tenant}/auth/account",                          Detail { gives_media: HTML, ..USUAL }),
    (Get,    "/{tenant}/auth/style.css",                        Detail { gives_media: &["text/css"], ..USUAL }),
    (Get,    "/{tenant}/auth/external/{id}",                    Detail { gives: NOTHING, status: 303, ..USUAL }),
    (Get,    "/{tenant}/auth/external/{id}/callback",           Detail { gives: NOTHING, status: 303, ..USUAL }),
    (Post,   "/{tenant}/auth/register",                         Detail { status: 201, ..USUAL }),
    (Post,   "/{tenant}/auth/launch",                           Detail { status: 201, ..USUAL }),
    (Post,   "/{tenant}/admin/clients",                         Detail { status: 201, ..USUAL }),
    (Post,   "/{tenant}/admin/users/{id}/password",             Detail { status: 201, ..USUAL }),
    (Post,   "/{tenant}/admin/clients/{id}/secret",             Detail { status: 201, ..USUAL }),
    (Post,   "/{tenant}/admin/keys/rotate",                     Detail { takes: NOTHING, status: 201, ..USUAL }),
    (Post,   "/{tenant}/admin/users/{id}/disable",              Detail { takes: NOTHING, ..USUAL }),
    (Post,   "/{tenant}/admin/users/{id}/enable",               Detail { takes: NOTHING, ..USUAL }),
    (Post,   "/{tenant}/admin/clients/{id}/disable",            Detail { takes: NOTHING, ..USUAL }),
    (Post,   "/{tenant}/admin/clients/{id}/enable",             Detail { takes: NOTHING, ..USUAL }),
    (Post,   "/{tenant}/admin/clients/{id}/approve",            Detail { takes: NOTHING, ..USUAL }),
    (Post,   "/{tenant}/admin/providers/{id}/disable",          Detail { takes: NOTHING, ..USUAL }),
    (Post,   "/{tenant}/admin/providers/{id}/enable",           Detail { takes: NOTHING, ..USUAL }),
    (Post,   "/{tenant}/admin/users/{id}/second-factor/reset",  Detail { takes: NOTHING, gives: NOTHING, status: 204, ..USUAL }),
    (Put,    "/{tenant}/admin/providers/{id}/secret",           Detail { gives: NOTHING, status: 204, ..USUAL }),
    (Delete, "/{tenant}/admin/assignments/{id}/Patient/{patient}",Detail { gives: NOTHING, status: 204, ..USUAL }),
    (Get,    "/{tenant}/feed",                         Detail { query: &[FEED], gives: "Message", gives_media: &["text/event-stream"],
             note: "Each message is one JSON object; server-sent events carry the cursor as id and take it back as Last-Event-ID.", ..USUAL }),
    (Post,   "/{tenant}/feed/tickets",                 Detail { takes: NOTHING, gives: "Ticket", status: 201, ..USUAL }),
    (Get,    "/{tenant}/ledger/checkpoint",            Detail { gives_media: TEXT, ..USUAL }),
    (Get,    "/{tenant}/ledger/key",                   Detail { gives_media: TEXT, ..USUAL }),
    (Get,    "/{tenant}/ledger/entries",               Detail { query: &[ENTRIES], gives: "Entries", ..USUAL }),
    (Get,    "/{tenant}/ledger/proofs/inclusion",      Detail { query: &[INCLUSION], gives: "Proof", ..USUAL }),
    (Get,    "/{tenant}/ledger/proofs/consistency",    Detail { query: &[CONSISTENCY], gives: "Proof", ..USUAL }),
    (Get,    "/{tenant}/fhir/.well-known/smart-configuration", Detail { gives: "Any", gives_media: &["application/json"], ..USUAL }),
    (Get,    "/{tenant}/fhir/metadata",                    Detail { note: "Public, as the standard wants.", ..USUAL }),
    (Get,    "/{tenant}/fhir",                             Detail { query: &[SEARCH], gives: "Bundle", ..USUAL }),
    (Post,   "/{tenant}/fhir",                             Detail { takes: "Bundle", gives: "Bundle", ..USUAL }),
    (Get,    "/{tenant}/fhir/_history",                    Detail { query: &[HISTORY], gives: "Bundle", ..USUAL }),
    (Get,    "/{tenant}/fhir/{type}",                      Detail { query: &[SEARCH], gives: "Bundle", note: TYPED, ..USUAL }),
    (Post,   "/{tenant}/fhir/{type}",                      Detail { status: 201, note: "If-None-Exist makes it conditional.", ..USUAL }),
    (Put,    "/{tenant}/fhir/{type}",                      Detail { note: CRITERIA, ..USUAL }),
    (Delete, "/{tenant}/fhir/{type}",                      Detail { note: CRITERIA, ..USUAL }),
    (Post,   "/{tenant}/fhir/{type}/_search",              Detail { query: &[SEARCH], gives: "Bundle", note: TYPED,
             takes_media: &["application/x-www-form-urlencoded"], ..USUAL }),
    (Get,    "/{tenant}/fhir/{type}/_history",             Detail { query: &[HISTORY], gives: "Bundle", ..USUAL }),
    (Get,    "/{tenant}/fhir/{type}/{id}/_history",        Detail { query: &[HISTORY], gives: "Bundle", ..USUAL }),
    (Put,    "/{tenant}/fhir/{type}/{id}",                 Detail { note: "If-Match guards against a change in between; an unknown id is created (201).", ..USUAL }),
    (Options, "/{tenant}/epcis",                           LIMITS),
    (Options, "/{tenant}/epcis/capture",                   LIMITS),
    (Options, "/{tenant}/epcis/events",                    LIMITS),
    (Get,    "/{tenant}/epcis",                            Detail { gives: "Collection", ..USUAL }),
    (Post,   "/{tenant}/epcis/capture",                    Detail { takes: "EPCISDocument", gives: NOTHING, status: 202, note: "The Location header names the capture job.", ..USUAL }),
    (Get,    "/{tenant}/epcis/capture",                    Detail { query: &[PAGES], gives: "CaptureJobs", ..USUAL }),
    (Get,    "/{tenant}/epcis/capture/{captureID}",        Detail { gives: "CaptureJob", ..USUAL }),
    (Post,   "/{tenant}/epcis/events",                     Detail { takes: "EPCISEvent", gives: NOTHING, status: 201, ..USUAL }),
    (Get,    "/{tenant}/epcis/events",                     Detail { query: &[PAGES, EVENTS], gives: "EPCISDocument", note: EVENT_QUERY, ..USUAL }),
    (Get,    "/{tenant}/epcis/eventTypes",                 Detail { gives: "Collection", ..USUAL }),
    (Get,    "/{tenant}/epcis/bizSteps",                   Detail { gives: "Collection", ..USUAL }),
    (Get,    "/{tenant}/epcis/dispositions",               Detail { gives: "Collection", ..USUAL }),
    (Get,    "/{tenant}/epcis/eventTypes/{eventType}/events",     Detail { query: &[PAGES, EVENTS], gives: "EPCISDocument", note: EVENT_QUERY, ..USUAL }),
    (Get,    "/{tenant}/epcis/epcs/{epc}/events",                 Detail { query: &[PAGES, EVENTS], gives: "EPCISDocument", note: EVENT_QUERY, ..USUAL }),
    (Get,    "/{tenant}/epcis/bizSteps/{bizStep}/events",         Detail { query: &[PAGES, EVENTS], gives: "EPCISDocument", note: EVENT_QUERY, ..USUAL }),
    (Get,    "/{tenant}/epcis/bizLocations/{bizLocation}/events", Detail { query: &[PAGES, EVENTS], gives: "EPCISDocument", note: EVENT_QUERY, ..USUAL }),
    (Get,    "/{tenant}/epcis/readPoints/{readPoint}/events",     Detail { query: &[PAGES, EVENTS], gives: "EPCISDocument", note: EVENT_QUERY, ..USUAL }),
    (Get,    "/{tenant}/epcis/dispositions/{disposition}/events", Detail { query: &[PAGES, EVENTS], gives: "EPCISDocument", note: EVENT_QUERY, ..USUAL }),
    (Get,    "/{tenant}/epcis/items/{epc}",                Detail { query: &[AT], gives: "Item", ..USUAL }),
    (Get,    "/{tenant}/epcis/items/{epc}/history",        Detail { query: &[PAGES], ..USUAL }),
    (Get,    "/{tenant}/epcis/items",                      Detail { query: &[LOT, PAGES], gives: "Items", ..USUAL }),
    (Get,    "/{tenant}/epcis/items/{epc}/children",       Detail { query: &[DEPTH, AT, PAGES], gives: "Items", ..USUAL }),
    (Get,    "/{tenant}/epcis/items/{epc}/parents",        Detail { query: &[DEPTH, AT], gives: "Items", ..USUAL }),
    (Get,    "/{tenant}/epcis/items/{epc}/inputs",         Detail { query: &[AT], ..USUAL }),
    (Get,    "/{tenant}/epcis/items/{epc}/outputs",        Detail { query: &[AT], ..USUAL }),
    (Get,    "/{tenant}/dscsa/recall",                     Detail { query: &[RECALL], ..USUAL }),
    (Get,    "/{tenant}/dscsa/partners",                   Detail { query: &[KEPT], ..USUAL }),
    (Put,    "/{tenant}/dscsa/partners/{gln}",             Detail { note: PARTNER, ..USUAL }),
    (Delete, "/{tenant}/dscsa/partners/{gln}",             Detail { takes: NOTHING, gives: NOTHING, status: 204, ..USUAL }),
    (Get,    "/{tenant}/dscsa/verify/gtin/{gtin}/lot/{lot}/ser/{serial}", Detail { query: &[ASKED], ..USUAL }),
    (Get,    "/{tenant}/dscsa/verify/gtin/{gtin}/ser/{serial}",           Detail { query: &[ASKED], ..USUAL }),
    (Get,    "/{tenant}/dscsa/verify/01/{gtin}/10/{lot}/21/{serial}",     Detail { query: &[ASKED], ..USUAL }),
    (Get,    "/{tenant}/dscsa/verify/01/{gtin}/21/{serial}",              Detail { query: &[ASKED], ..USUAL }),
    (Get,    "/{tenant}/dscsa/checkConnectivity",          Detail { query: &[CONNECTIVITY], ..USUAL }),
    (Get,    "/{tenant}/dscsa/verifications",              Detail { query: &[KEPT], ..USUAL }),
    (Post,   "/{tenant}/dscsa/verifications",              Detail { status: 201, note: "{\"epc\", \"lot\", \"expiry\", \"context\"?} as printed on the pack", ..USUAL }),
    (Get,    "/{tenant}/dscsa/returns",                    Detail { query: &[KEPT], ..USUAL }),
    (Post,   "/{tenant}/dscsa/returns",                    Detail { status: 201, note: "{\"epc\", \"lot\", \"expiry\", \"from\"}: as printed on the pack, and the GLN of whoever sent it back", ..USUAL }),
    (Post,   "/{tenant}/dscsa/returns/{id}/verify",        Detail { takes: NOTHING, ..USUAL }),
    (Get,    "/{tenant}/dscsa/investigations",             Detail { query: &[KEPT], ..USUAL }),
    (Post,   "/{tenant}/dscsa/investigations",             Detail { status: 201, note: "{\"epcs\"?, \"lots\"?, \"description\"}", ..USUAL }),
    (Post,   "/{tenant}/dscsa/investigations/{id}/transition", Detail { note: "{\"to\", \"reason\", \"classification\"?}", ..USUAL }),
    (Post,   "/{tenant}/dscsa/investigations/{id}/notify", Detail { note: "{\"fdaSubmittedAt\"?, \"incidentNumber\"?, \"told\"?}: partners with an address for notices are sent one", ..USUAL }),
    (Get,    "/{tenant}/dscsa/issuers",                    Detail { query: &[KEPT], ..USUAL }),
    (Put,    "/{tenant}/dscsa/issuers/{id}",               Detail { note: "{\"name\", \"did\", \"jwks\"}", ..USUAL }),
    (Delete, "/{tenant}/dscsa/issuers/{id}",               Detail { takes: NOTHING, gives: NOTHING, status: 204, ..USUAL }),
    (Put,    "/{tenant}/dscsa/credential",                 Detail { note: "{\"credential\"}: a JWT as the wallet made it; never given out here", ..USUAL }),
    (Post,   "/{tenant}/dscsa/traceRequests",              Detail { note: "{\"traceUUID\", \"requestedBy\", \"epc\", \"reason\", \"incidentNumber\"?, \"circumstances\"?, \"vp\"?}", ..USUAL }),
    (Get,    "/{tenant}/dscsa/traces",                     Detail { query: &[KEPT], ..USUAL }),
    (Post,   "/{tenant}/dscsa/traces",                     Detail { status: 201, note: "{\"to\", \"epc\", \"reason\", \"incidentNumber\"?, \"circumstances\"?}", ..USUAL }),
    (Post,   "/{tenant}/dscsa/traces/{id}/ask",            Detail { takes: NOTHING, ..USUAL }),
    (Get,    "/{tenant}/dscsa/exceptions",                 Detail { query: &[KEPT], ..USUAL }),
    (Post,   "/{tenant}/dscsa/exceptions",                 Detail { status: 201, note: "{\"to\", \"report\" or \"response\"}: messages of the Partnership for DSCSA Governance", ..USUAL }),
    (Post,   "/{tenant}/dscsa/exceptions/{id}/send",       Detail { takes: NOTHING, ..USUAL }),
    (Post,   "/{tenant}/dscsa/exceptionReports",           Detail { status: 201, note: "ExceptionReport; 200 in a case that is known", ..USUAL }),
    (Post,   "/{tenant}/dscsa/exceptionResponses",         Detail { note: "ExceptionResponse", ..USUAL }),
    (Get,    "/{tenant}/dscsa/transactions",               Detail { query: &[KEPT], ..USUAL }),
    (Post,   "/{tenant}/dscsa/transactions/{eventID}/check",     Detail { takes: NOTHING, ..USUAL }),
    (Post,   "/{tenant}/dscsa/transactions/{eventID}/statement", Detail { note: "{\"affirmTransactionStatement\", \"legalNotice\"?}", ..USUAL }),
    (Post,   "/{tenant}/dscsa/notices",                    Detail { status: 201, note: "{\"notice\", \"type\", \"from\", \"epcs\"?, \"lots\"?, \"classification\"?, \"determinedAt\"?, \"description\"}; 200 for one that was known", ..USUAL }),
    (Get,    "/{tenant}/dscsa/packs/{epc}/verify",         Detail { query: &[PRINTED], ..USUAL }),
    (Get,    "/{tenant}/epcis/exceptions",                 Detail { query: &[EXCEPTIONS], ..USUAL }),
    (Get,    "/{tenant}/isa95/{resource}",                 Detail { query: &[RECORDS], gives: "Records", gives_media: B2MML, note: NAMED, ..USUAL }),
    (Post,   "/{tenant}/isa95/{resource}",                 Detail { query: &[REFERENCES], takes: "Record", takes_media: B2MML, gives: "Record", gives_media: B2MML, status: 201, ..USUAL }),
    (Get,    "/{tenant}/isa95/{resource}/{id}",            Detail { query: &[AT], gives: "Record", gives_media: B2MML, ..USUAL }),
    (Put,    "/{tenant}/isa95/{resource}/{id}",            Detail { query: &[REFERENCES], takes: "Record", takes_media: B2MML, gives: "Record", gives_media: B2MML, ..USUAL }),
    (Get,    "/{tenant}/isa95/{resource}/{id}/_history",   Detail { query: &[LISTED], gives: "Versions", ..USUAL }),
    (Get,    "/{tenant}/isa95/{resource}/{id}/_history/{version}", Detail { gives: "Record", gives_media: B2MML, ..USUAL }),
    (Get,    "/{tenant}/isa95/danglingReferences",         Detail { query: &[LISTED], ..USUAL }),
    (Post,   "/{tenant}/isa95/messages",                   Detail { query: &[REFERENCES], takes_media: B2MML, gives_media: B2MML, note: "B2MML V0700; messages of V0401 in XML are brought up to it. Get is answered by Show, Process by Acknowledge, Change by Respond, Sync and Cancel by ConfirmBOD.", ..USUAL }),
    (Get,    "/{tenant}/isa95/materialLots/{id}/$genealogy",    Detail { query: &[WALK], gives: "Genealogy", ..USUAL }),
    (Get,    "/{tenant}/isa95/materialSubLots/{id}/$genealogy", Detail { query: &[WALK], gives: "Genealogy", ..USUAL }),
    (Post,   "/{tenant}/isa95/jobOrders/$store",           Detail { takes: "JobOrderStored", gives: "JobOrderMoved", status: 201, note: CONTROL, ..USUAL }),
    (Post,   "/{tenant}/isa95/jobOrders/$storeAndStart",   Detail { takes: "JobOrderStored", gives: "JobOrderMoved", status: 201, note: CONTROL, ..USUAL }),
    (Post,   "/{tenant}/isa95/jobOrders/{id}/$update",     Detail { takes: "JobOrderStored", gives: "JobOrderMoved", note: CONTROL, ..USUAL }),
    (Post,   "/{tenant}/isa95/jobOrders/{id}/$start",       Detail { takes: "JobOrderCalled", gives: "JobOrderMoved", note: CONTROL, ..USUAL }),
    (Post,   "/{tenant}/isa95/jobOrders/{id}/$revokeStart", Detail { takes: "JobOrderCalled", gives: "JobOrderMoved", note: CONTROL, ..USUAL }),
    (Post,   "/{tenant}/isa95/jobOrders/{id}/$pause",       Detail { takes: "JobOrderCalled", gives: "JobOrderMoved", note: CONTROL, ..USUAL }),
    (Post,   "/{tenant}/isa95/jobOrders/{id}/$resume",      Detail { takes: "JobOrderCalled", gives: "JobOrderMoved", note: CONTROL, ..USUAL }),
    (Post,   "/{tenant}/isa95/jobOrders/{id}/$stop",        Detail { takes: "JobOrderCalled", gives: "JobOrderMoved", note: CONTROL, ..USUAL }),
    (Post,   "/{tenant}/isa95/jobOrders/{id}/$abort",       Detail { takes: "JobOrderCalled", gives: "JobOrderMoved", note: CONTROL, ..USUAL }),
    (Post,   "/{tenant}/isa95/jobOrders/{id}/$cancel",      Detail { takes: "JobOrderCalled", gives: "JobOrderMoved", note: CONTROL, ..USUAL }),
    (Post,   "/{tenant}/isa95/jobOrders/{id}/$clear",       Detail { takes: "JobOrderCalled", gives: "JobOrderMoved", note: CONTROL, ..USUAL }),
    (Post,   "/{tenant}/isa95/jobOrders/{id}/$advance",    Detail { takes: "JobOrderAdvanced", gives: "JobOrderMoved", note: CONTROL, ..USUAL }),
    (Get,    "/{tenant}/isa95/jobOrders/$requestJobResponse", Detail { query: &[IN_STATE], ..USUAL }),
    (Get,    "/{tenant}/isa95/retention",                  Detail { gives: "Retention", ..USUAL }),
    (Put,    "/{tenant}/isa95/retention",                  Detail { takes: "Retention", gives: "Retention", ..USUAL }),
    (Get,    "/{tenant}/isa95/limits/{property}",          Detail { query: &[AT], ..USUAL }),
    (Post,   "/{tenant}/isa95/limits/{property}",          Detail { status: 201, note: "{\"low\", \"high\", \"effective\", \"reason\"}; somebody else approves them, giving a reason.", ..USUAL }),
    (Get,    "/{tenant}/isa95/readings",                   Detail { query: &[READINGS], gives: "ReadingsPage", ..USUAL }),
    (Post,   "/{tenant}/isa95/readings",                   Detail { takes: "Readings", takes_media: TABULAR, gives: "ReadingsTaken", status: 202, ..USUAL }),
    (Get,    "/{tenant}/spc/charts",                       Detail { query: &[CHARTS], gives: "Charts", ..USUAL }),
    (Get,    "/{tenant}/spc/charts/{id}",                  Detail { gives: "Chart", ..USUAL }),
    (Put,    "/{tenant}/spc/charts/{id}",                  Detail { takes: "ChartDefinition", gives: "ChartDefinition", ..USUAL }),
    (Post,   "/{tenant}/spc/charts/{id}/evaluate",         Detail { takes: "Values", gives: "Evaluation", ..USUAL }),
    (Post,   "/{tenant}/spc/evaluate",                     Detail { takes: "ValuesOnSettings", gives: "Evaluation", ..USUAL }),
    (Get,    "/{tenant}/alerts",                           Detail { query: &[ALERTS], gives: "Alerts", ..USUAL }),
    (Get,    "/{tenant}/alerts/{id}",                      Detail { gives: "Alert", ..USUAL }),
    (Get,    "/{tenant}/admin/access",                     Detail { query: &[ACCESS], gives_media: TABULAR, ..USUAL }),
    (Get,    "/{tenant}/admin/reviews",                    Detail { query: &[LISTED], ..USUAL }),
    (Post,   "/{tenant}/admin/reviews",                    Detail { status: 201, note: "{\"title\", \"due\", \"scope\": {\"kinds\", \"roles\"}, \"everyDays\"}", ..USUAL }),
    (Get,    "/{tenant}/admin/reviews/{id}",               Detail { query: &[AS_FILE], gives_media: TABULAR, ..USUAL }),
    (Post,   "/{tenant}/admin/reviews/{review}/{kind}/{id}", Detail { note: "{\"decision\": attest or revoke, \"comment\"}, by somebody else than whose account it is.", ..USUAL }),
    (Get,    "/{tenant}/emergencies",                      Detail { query: &[EMERGENCIES], ..USUAL }),
    (Get,    "/{tenant}/emergencies/own",                  Detail { query: &[OWN_EMERGENCIES], ..USUAL }),
    (Get,    "/{tenant}/emergencies/{id}/reads",           Detail { query: &[LISTED], ..USUAL }),
    (Post,   "/{tenant}/emergencies",                      Detail { status: 201, note: "{\"patient\", \"purpose\": BTG or ETREAT, \"reason\", \"until\"}; the tenant's setting policy.emergency.minutes says for how long at most.", ..USUAL }),
    (Post,   "/{tenant}/emergencies/{id}/end",             Detail { takes: NOTHING, ..USUAL }),
    (Post,   "/{tenant}/emergencies/{id}/review",          Detail { note: "{\"decision\": justified or unjustified, \"comment\"}, by somebody else than whom it was opened to.", ..USUAL }),
    (Post,   "/{tenant}/alerts/{id}/acknowledge",          Detail { takes: "Reason", gives: "Alert", ..USUAL }),
];

/// The routes this table speaks of.
#[cfg(test)]
pub fn spoken_of() -> impl Iterator<Item = (Method, &'static str)> {
    TABLE.iter().map(|row| (row.0, row.1))
}

/// The schemas this table names.
#[cfg(test)]
pub fn schemas() -> impl Iterator<Item = &'static str> {
    TABLE.iter().flat_map(|row| [row.2.takes, row.2.gives]).filter(|name| !name.is_empty() && *name != NOTHING)
}
