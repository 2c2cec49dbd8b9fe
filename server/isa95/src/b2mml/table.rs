//! The table of types: `v0700.txt`, generated from the schema, and `own.txt`, what Theriac's documents say beyond it.
//!
//! A line each, words parted by blanks:
//! `noun NAME TYPE VERB...`, a document with messages; `element NAME TYPE`, a document without;
//! `text TYPE BASE @ATTRIBUTE... =VALUE|VALUE`, a value; `type TYPE @ATTRIBUTE... NAME:TYPE...`, members in the
//! schema's order, `-` before a name that is of no namespace, after each `~` if it may be nil, then nothing, `?`, `*` or `+` for how often it stands; `( ... )`
//! are members to choose one of; `any` is a place for what other schemas say. `own TYPE NAME:TYPE` adds members.

use std::collections::HashMap;
use std::sync::LazyLock;

pub const NAMESPACE: &str = "http://www.mesa.org/xml/B2MML";

const V0700: &str = include_str!("v0700.txt");
const OWN: &str = include_str!("own.txt");

/// A type of the schema.
#[derive(Debug)]
pub struct Kind {
    pub name: &'static str,
    /// Is it text? Otherwise it has members.
    pub text: Option<Text>,
    /// `!` is cut off; whether an attribute is needed, stands in `needed`.
    pub attributes: Vec<&'static str>,
    pub needed: Vec<&'static str>,
    pub members: Vec<Member>,
    /// Holds what other schemas say, which is not read.
    pub any: bool,
}

#[derive(Debug)]
pub struct Text {
    /// The built-in type of XML Schema, without prefix.
    pub base: &'static str,
    /// What it must be one of; none: anything.
    pub values: Vec<&'static str>,
    /// Types without attributes are bare in B2MML's JSON, too.
    pub bare: bool,
}

#[derive(Debug)]
pub struct Member {
    /// As B2MML writes it; none for what B2MML cannot say.
    pub element: Option<&'static str>,
    /// As plain documents write it.
    pub plain: String,
    kind: &'static str,
    /// In XML it is of no namespace: a part of the schema forgot to say that its elements are of one.
    pub bare: bool,
    pub nillable: bool,
    pub needed: bool,
    pub many: bool,
    /// Members of the same number exclude one another.
    pub choice: Option<Choice>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    pub number: usize,
    pub needed: bool,
    pub many: bool,
}

/// A global element that is a document of its own.
#[derive(Debug)]
pub struct Document {
    pub element: &'static str,
    pub kind: &'static str,
    pub verbs: Vec<Verb>,
}

macro_rules! verbs {
    ($($verb:ident)*) => {
        /// What a message wants (ISA-95 part 5, transaction verbs).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Verb { $($verb),* }

        impl Verb {
            pub const ALL: &[Self] = &[$(Self::$verb),*];

            pub fn name(self) -> &'static str {
                match self { $(Self::$verb => stringify!($verb)),* }
            }
        }
    };
}

verbs! { Get Show Process Acknowledge Change Respond Cancel Sync Confirm Notify }

impl Member {
    pub fn kind(&self) -> &'static Kind {
        kind(self.kind).unwrap_or(&ANY)
    }
}

impl Kind {
    pub fn plain(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.plain == name)
    }

    pub fn element(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.element == Some(name))
    }
}

struct Table {
    kinds: HashMap<&'static str, Kind>,
    documents: HashMap<&'static str, Document>,
}

static TABLE: LazyLock<Table> = LazyLock::new(parse);
static ANY: LazyLock<Kind> = LazyLock::new(|| Kind {
    name: "any",
    text: None,
    attributes: Vec::new(),
    needed: Vec::new(),
    members: Vec::new(),
    any: true,
});

/// The type that has no members, and takes none.
pub fn nothing() -> &'static Kind {
    &ANY
}

pub fn kind(name: &str) -> Option<&'static Kind> {
    TABLE.kinds.get(name)
}

/// The document of that element's name, such as `MaterialLot`.
pub fn document(element: &str) -> Option<&'static Document> {
    TABLE.documents.get(element)
}

pub fn documents() -> impl Iterator<Item = &'static Document> {
    TABLE.documents.values()
}

/// `SyncMaterialLot` is `Sync` and `MaterialLot`.
pub fn message_parts(element: &str) -> Option<(Verb, &'static Document)> {
    let mut parts = Verb::ALL.iter().filter_map(|verb| Some((*verb, document(element.strip_prefix(verb.name())?)?)));
    parts.find(|(verb, document)| document.verbs.contains(verb))
}

fn parse() -> Table {
    let mut table = Table { kinds: HashMap::new(), documents: HashMap::new() };
    let lines = V0700.lines().chain(OWN.lines()).filter(|line| !line.starts_with('#'));
    let mut own = Vec::new();
    for line in lines {
        let mut words = line.split(' ');
        match (words.next(), words.next()) {
            (Some("noun" | "element"), Some(element)) => {
                let kind = words.next().unwrap_or_default();
                let verb = |word: &str| Verb::ALL.iter().copied().find(|verb| verb.name() == word);
                let verbs = words.filter_map(verb).collect();
                table.documents.insert(element, Document { element, kind, verbs });
            }
            (Some("text"), Some(name)) => drop(table.kinds.insert(name, text(name, line))),
            (Some("type"), Some(name)) => drop(table.kinds.insert(name, members(name, words, false))),
            (Some("own"), Some(name)) => own.push(members(name, words, true)),
            _ => {}
        }
    }
    for more in own {
        if let Some(kind) = table.kinds.get_mut(more.name) {
            kind.members.extend(more.members);
        }
    }
    built_in(&mut table.kinds);
    table
}

fn text(name: &'static str, line: &'static str) -> Kind {
    let (line, values) = line.split_once(" =").map_or((line, Vec::new()), |(l, v)| (l, v.split('|').collect()));
    let mut words = line.split(' ').skip(2);
    let base = words.next().unwrap_or("string");
    let (attributes, needed) = attributes(words);
    let text = Text { base, values, bare: attributes.is_empty() };
    Kind { name, text: Some(text), attributes, needed, members: Vec::new(), any: false }
}

/// Names after `@`, and those of them with `!` behind.
fn attributes(words: impl Iterator<Item = &'static str>) -> (Vec<&'static str>, Vec<&'static str>) {
    let given: Vec<&str> = words.filter_map(|word| word.strip_prefix('@')).collect();
    let needed = given.iter().filter_map(|name| name.strip_suffix('!')).collect();
    (given.iter().map(|name| name.trim_end_matches('!')).collect(), needed)
}

fn members(name: &'static str, words: impl Iterator<Item = &'static str> + Clone, own: bool) -> Kind {
    let (attributes, needed) = attributes(words.clone());
    let mut kind = Kind { name, text: None, attributes, needed, members: Vec::new(), any: false };
    let (mut choices, mut open) = (0, None);
    for word in words.filter(|word| !word.starts_with('@')) {
        match word {
            "any" => kind.any = true,
            "(" => open = Some(kind.members.len()),
            _ if word.starts_with(')') => {
                let occurs = occurs(&word[1..]);
                let choice = Choice { number: choices, needed: occurs.0, many: occurs.1 };
                choices += 1;
                for member in kind.members.iter_mut().skip(open.take().unwrap_or_default()) {
                    member.choice = Some(choice);
                    member.many |= choice.many;
                    member.needed = false;
                }
            }
            _ => kind.members.extend(member(word, own)),
        }
    }
    kind
}

fn member(word: &'static str, own: bool) -> Option<Member> {
    let (name, rest) = word.split_once(':')?;
    let (bare, name) = name.strip_prefix('-').map_or((false, name), |name| (true, name));
    let typed = rest.trim_end_matches(['?', '*', '+']);
    let (needed, many) = occurs(&rest[typed.len()..]);
    let kind = typed.trim_end_matches('~');
    let nillable = typed.len() > kind.len();
    let plain = if own { name.to_owned() } else { plain_name(name) };
    let element = (!own).then_some(name);
    Some(Member { element, plain, kind, bare, nillable, needed, many, choice: None })
}

/// Is it needed, may it stand many times?
fn occurs(mark: &str) -> (bool, bool) {
    (matches!(mark, "" | "+"), matches!(mark, "*" | "+"))
}

/// The first word in lower case, and every kind of property by one name.
fn plain_name(element: &str) -> String {
    if element != "EvaluatedProperty" && (element.ends_with("Property") || element.ends_with("PropertyChild")) {
        return "properties".to_owned();
    }
    let bytes = element.as_bytes();
    let capitals = bytes.iter().take_while(|b| b.is_ascii_uppercase()).count();
    // Of `URILocation` the L begins the next word; `ID` is one word.
    let first = if capitals > 1 && capitals < bytes.len() { capitals - 1 } else { capitals };
    format!("{}{}", element[..first].to_ascii_lowercase(), &element[first..])
}

/// The types of XML Schema itself that members have.
fn built_in(kinds: &mut HashMap<&'static str, Kind>) {
    for name in ["xsd:string", "xsd:token", "xsd:normalizedString", "xsd:double", "xsd:integer"] {
        let text = Text { base: &name[4..], values: Vec::new(), bare: true };
        let kind = Kind {
            name,
            text: Some(text),
            attributes: Vec::new(),
            needed: Vec::new(),
            members: Vec::new(),
            any: false,
        };
        kinds.insert(name, kind);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_member_has_a_type_that_is_known() {
        for kind in TABLE.kinds.values() {
            for member in &kind.members {
                let known = member.kind == "any" || TABLE.kinds.contains_key(member.kind);
                assert!(known, "{}.{}: {}", kind.name, member.plain, member.kind);
            }
        }
        assert!(TABLE.kinds.len() > 300, "{}", TABLE.kinds.len());
    }

    #[test]
    fn plain_names_are_the_standards_and_stand_once_in_their_type() {
        for (element, plain) in [
            ("ID", "id"),
            ("MaterialDefinitionID", "materialDefinitionID"),
            ("URILocation", "uriLocation"),
            ("SRIDAuthority", "sridAuthority"),
            ("RRNProperty", "properties"),
            ("MaterialLotPropertyChild", "properties"),
            ("EvaluatedProperty", "evaluatedProperty"),
        ] {
            assert_eq!(plain_name(element), plain);
        }
        let mut twice = Vec::new();
        for kind in TABLE.kinds.values() {
            let mut seen = HashSet::new();
            let again = kind.members.iter().filter(|member| !seen.insert(member.plain.as_str()));
            twice.extend(again.map(|member| format!("{}.{}", kind.name, member.plain)));
        }
        assert_eq!(twice, [""; 0]);
    }

    #[test]
    fn a_message_is_a_verb_and_a_noun() {
        let parts = |name| message_parts(name).map(|(verb, document)| (verb, document.element));
        assert_eq!(parts("SyncMaterialLot"), Some((Verb::Sync, "MaterialLot")));
        assert_eq!(parts("ProcessProcessSegment"), Some((Verb::Process, "ProcessSegment")));
        assert_eq!(parts("ProcessSegment"), None);
        assert_eq!(parts("SyncTransactionProfile"), None, "it has Get and Show only");
    }

    #[test]
    fn what_is_to_choose_from_is_known_as_such() {
        let scope = kind("HierarchyScopeType").unwrap();
        let choice = scope.element("EquipmentLevel").unwrap().choice.unwrap();
        assert_eq!((choice.needed, choice.many), (true, false));
        assert_eq!(scope.element("EquipmentElementLevel").unwrap().choice, Some(choice));
        assert!(kind("SegmentDependencyType").unwrap().element("SegmentID").unwrap().many);
    }
}
