//! The spellings that callers ask for: identifiers as Digital Link or URN (`GS1-EPC-Format`), words of the CBV as
//! Web URI or URN (`GS1-CBV-XML-Format`). EPCIS 2.0 REST binding, section 12.3; CBV 2.0, section 7.
//!
//! Events are kept as they came; they are spelled anew when they go out. A Digital Link becomes a URN only where
//! the length of the company prefix is known: it cannot be read off the link, and is never guessed.

use crate::identifier::Identifier;
use crate::namespaces::Namespaces;
use crate::vocabulary::{
    BIZ_STEP, BIZ_TRANSACTION_TYPE, COMPONENT, DISPOSITION, ERROR_REASON, MEASUREMENT_TYPE, SENSOR_ALERT_TYPE,
    SOURCE_DESTINATION_TYPE, Vocabulary,
};
use std::collections::HashSet;
use theriac_core::json::{Node, Object};
use theriac_core::{Error, Result};
use theriac_platform::http::Request;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EpcFormat {
    NoPreference,
    /// "If absent the default value is `Always_GS1_Digital_Link`".
    #[default]
    AlwaysGs1DigitalLink,
    AlwaysEpcUrn,
    NeverTranslates,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CbvXmlFormat {
    #[default]
    NoPreference,
    AlwaysWebUri,
    AlwaysUrn,
    NeverTranslates,
}

pub const EPC_FORMATS: &[(&str, EpcFormat)] = &[
    ("No_Preference", EpcFormat::NoPreference),
    ("Always_GS1_Digital_Link", EpcFormat::AlwaysGs1DigitalLink),
    ("Always_EPC_URN", EpcFormat::AlwaysEpcUrn),
    ("Never_Translates", EpcFormat::NeverTranslates),
];

pub const CBV_XML_FORMATS: &[(&str, CbvXmlFormat)] = &[
    ("No_Preference", CbvXmlFormat::NoPreference),
    ("Always_Web_URI", CbvXmlFormat::AlwaysWebUri),
    ("Always_URN", CbvXmlFormat::AlwaysUrn),
    ("Never_Translates", CbvXmlFormat::NeverTranslates),
];

impl EpcFormat {
    /// # Errors
    /// A value that the standard does not know.
    pub fn asked(request: &Request) -> Result<Self> {
        header(request, "GS1-EPC-Format", EPC_FORMATS)
    }

    pub fn name(self) -> &'static str {
        EPC_FORMATS.iter().find(|(_, format)| *format == self).map_or("", |(name, _)| name)
    }
}

impl CbvXmlFormat {
    /// # Errors
    /// A value that the standard does not know.
    pub fn asked(request: &Request) -> Result<Self> {
        header(request, "GS1-CBV-XML-Format", CBV_XML_FORMATS)
    }

    pub fn name(self) -> &'static str {
        CBV_XML_FORMATS.iter().find(|(_, format)| *format == self).map_or("", |(name, _)| name)
    }
}

fn header<T: Copy + Default>(request: &Request, name: &'static str, table: &[(&str, T)]) -> Result<T> {
    let Some(asked) = request.header(&name.to_ascii_lowercase()) else { return Ok(T::default()) };
    let found = table.iter().find(|(known, _)| known.eq_ignore_ascii_case(asked.trim())).map(|(_, format)| *format);
    found.ok_or_else(|| {
        let names: Vec<&str> = table.iter().map(|(name, _)| *name).collect();
        Error::invalid(format!("{name} is one of {}, not `{asked}`", names.join(", "))).at(name)
    })
}

/// Members that hold a word, wherever they stand in an event; `type` stands in several places.
pub const WORDS: &[(&str, &Vocabulary)] = &[
    ("bizStep", &BIZ_STEP),
    ("disposition", &DISPOSITION),
    ("type", &MEASUREMENT_TYPE),
    ("exception", &SENSOR_ALERT_TYPE),
    ("component", &COMPONENT),
];

/// A word in the spelling that XML asks for; what is no word of the standard stays as it is.
pub fn word(words: &Vocabulary, text: &str, spaces: &Namespaces, format: CbvXmlFormat) -> String {
    let Some(known) = words.word(text, spaces) else { return text.to_owned() };
    let bare = known == text.trim();
    match (format, words.urn) {
        (CbvXmlFormat::NeverTranslates, _) if !bare => text.to_owned(),
        (CbvXmlFormat::AlwaysWebUri, _) => format!("{}{known}", words.web),
        (_, Some(urn)) => format!("{urn}{known}"),
        (_, None) if words.web.ends_with('/') => format!("gs1:{known}"),
        (_, None) => format!("{}{known}", words.web),
    }
}

/// Gives the standard's words their bare spelling, the only one that the JSON binding has for them.
pub fn bare_words(event: &mut Object<'_>, spaces: &Namespaces) {
    let plain = |node: Option<&mut Node<'_>>, words: &Vocabulary| {
        if let Some(node) = node
            && let Some(word) = node.as_str().and_then(|text| words.word(text, spaces))
            && node.as_str() != Some(word)
        {
            *node = Node::string(word);
        }
    };
    plain(event.get_mut("bizStep"), &BIZ_STEP);
    plain(event.get_mut("disposition"), &DISPOSITION);
    for which in ["set", "unset"] {
        let list = event.get_mut("persistentDisposition").and_then(Node::as_object_mut).and_then(|o| o.get_mut(which));
        each(list, |node| plain(Some(node), &DISPOSITION));
    }
    let lists = [
        ("bizTransactionList", &BIZ_TRANSACTION_TYPE),
        ("sourceList", &SOURCE_DESTINATION_TYPE),
        ("destinationList", &SOURCE_DESTINATION_TYPE),
    ];
    for (list, words) in lists {
        each(event.get_mut(list), |entry| plain(member(entry, "type"), words));
    }
    let declaration = event.get_mut("errorDeclaration").and_then(|d| member(d, "reason"));
    plain(declaration, &ERROR_REASON);
    each(event.get_mut("sensorElementList"), |element| {
        each(member(element, "sensorReport"), |report| {
            for (name, words) in &WORDS[2..] {
                plain(member(report, name), words);
            }
        });
    });
}

fn member<'n, 'a>(node: &'n mut Node<'a>, name: &str) -> Option<&'n mut Node<'a>> {
    node.as_object_mut()?.get_mut(name)
}

/// The node itself, or each of its items.
fn each<'a>(node: Option<&mut Node<'a>>, mut work: impl FnMut(&mut Node<'a>)) {
    match node {
        Some(Node::Array(items)) => items.iter_mut().for_each(work),
        Some(one) => work(one),
        None => {}
    }
}

/// Members that hold identifiers, and the member inside where they are objects.
const IDENTIFIERS: &[(&str, &str)] = &[
    ("epcList", ""),
    ("parentID", ""),
    ("childEPCs", ""),
    ("inputEPCList", ""),
    ("outputEPCList", ""),
    ("transformationID", ""),
    ("quantityList", "epcClass"),
    ("childQuantityList", "epcClass"),
    ("inputQuantityList", "epcClass"),
    ("outputQuantityList", "epcClass"),
    ("readPoint", "id"),
    ("bizLocation", "id"),
    ("bizTransactionList", "bizTransaction"),
    ("sourceList", "source"),
    ("destinationList", "destination"),
];

/// The lengths of company prefixes that a tenant has registered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prefixes(Vec<String>);

impl Prefixes {
    /// Prefixes with commas or blanks between them.
    pub fn read(text: &str) -> Self {
        let split = text.split(|c: char| c == ',' || c.is_whitespace());
        Self(split.filter(|prefix| !prefix.is_empty()).map(str::to_owned).collect())
    }

    /// The digits of the prefix that the identifier begins with; the longest of those that fit.
    pub fn digits(&self, identifier: &Identifier) -> Option<usize> {
        let digits = identifier.company_digits();
        self.0.iter().filter(|prefix| digits.starts_with(prefix.as_str())).map(String::len).max()
    }
}

/// One identifier in the spelling asked for; anything else stays as it is.
pub fn identifier(text: &str, format: EpcFormat, prefixes: &Prefixes) -> Option<String> {
    let urn = text.trim().starts_with("urn:epc:");
    match format {
        EpcFormat::AlwaysGs1DigitalLink if urn => Some(Identifier::parse(text.trim()).ok()?.link()),
        EpcFormat::AlwaysEpcUrn if !urn => {
            let identifier = Identifier::parse(text.trim()).ok()?;
            // A URN has no check digit: a wrong one would be lost, and come back as another.
            let digits = prefixes.digits(&identifier).filter(|_| identifier.is_checked())?;
            identifier.urn(digits).ok()
        }
        _ => None,
    }
}

/// Spells all identifiers of an event anew.
pub fn identifiers(event: &mut Object<'_>, format: EpcFormat, prefixes: &Prefixes) {
    if matches!(format, EpcFormat::NoPreference | EpcFormat::NeverTranslates) {
        return;
    }
    let spell = |node: &mut Node<'_>| {
        if let Some(text) = node.as_str().and_then(|text| identifier(text, format, prefixes)) {
            *node = Node::string(text);
        }
    };
    for (name, inner) in IDENTIFIERS {
        match (event.get_mut(name), *inner) {
            (Some(Node::Array(items)), "") => list(items, format, prefixes),
            (node, "") => each(node, spell),
            (node, inner) => each(node, |node| {
                if let Some(node) = member(node, inner) {
                    spell(node);
                }
            }),
        }
    }
    each(event.get_mut("sensorElementList"), |element| {
        for name in ["sensorMetadata", "sensorReport"] {
            each(member(element, name), |part| {
                if let Some(node) = member(part, "deviceID") {
                    spell(node);
                }
            });
        }
    });
}

/// A list holds no text twice: of two spellings of one identifier the second stays as it came.
fn list(items: &mut [Node<'_>], format: EpcFormat, prefixes: &Prefixes) {
    let mut there: HashSet<String> = items.iter().filter_map(Node::as_str).map(str::to_owned).collect();
    for item in items {
        let spelled = item.as_str().and_then(|text| identifier(text, format, prefixes));
        if let Some(text) = spelled.filter(|text| there.insert(text.clone())) {
            *item = Node::string(text);
        }
    }
}
