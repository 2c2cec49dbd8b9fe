//! What a resource leaves in the search index, and how two entries compare.

/// Which way of indexing this program writes. A database whose rows were made another way is indexed anew before it
/// is searched (docs/adr/0004).
pub const GENERATION: i32 = 4;

/// Everything by which one resource can be found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Index {
    pub id: String,
    /// `hash::own(type, id)`: what reference tokens of others are made of.
    pub own: i64,
    /// `meta.lastUpdated`, if the document carries it; stores that set it themselves know better.
    pub last_updated: Option<Range>,
    /// Sorted, each once: everything that is answered by equality.
    pub tokens: Vec<i64>,
    pub dates: Vec<Range>,
    pub numbers: Vec<NumberRow>,
    pub strings: Vec<StringRow>,
    /// What some of the tokens were made of, for sorting: the hash of the value and the value.
    pub values: Vec<(i64, String)>,
    pub places: Vec<Place>,
    /// Folded texts of codes, sorted, each once: the tokens hold their hashes, a table of all tells which is which.
    pub texts: Vec<String>,
    /// `Patient/123`: the compartments the resource belongs to, sorted.
    pub compartments: Vec<String>,
    pub contained: Vec<Contained>,
}

/// A resource inside another one. Its `own` names the version of its container, so that only that version's references
/// lead to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Contained {
    pub resource_type: String,
    pub index: Index,
}

/// Longest value that is sorted by; longer ones are cut.
const VALUE_CHARS: usize = 128;

impl Index {
    /// The parameters, or parts of such, that have rows in the ordered indexes.
    pub fn numbers_used(&self) -> impl Iterator<Item = i64> + '_ {
        let dates = self.dates.iter().map(|row| row.param);
        let numbers = self.numbers.iter().map(|row| row.param);
        let strings = self.strings.iter().map(|row| row.param);
        dates.chain(numbers).chain(strings).map(i64::from)
    }

    /// Remembers what a value hash, [`theriac_core::hash::index_hash`] of a token's parts, was made of.
    pub fn value(&mut self, hash: i64, text: &str) {
        let end = text.char_indices().nth(VALUE_CHARS).map_or(text.len(), |(end, _)| end);
        // No text of PostgreSQL holds U+0000.
        self.values.push((hash, text[..end].replace('\0', "\u{1}")));
    }
}

/// Microseconds since 1970, `hi` exclusive; open ends are `i64::MIN` and `i64::MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub param: i32,
    pub lo: i64,
    pub hi: i64,
}

/// A number or quantity, ends inclusive; open ends are infinite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NumberRow {
    pub param: i32,
    /// `hash::unit_name` of the unit as it was written; 0 for numbers.
    pub code: i32,
    /// `hash::unit`; 0 for numbers, and for the row of a second name of the unit.
    pub unit: i64,
    /// As it was written.
    pub lo: f64,
    pub hi: f64,
    /// In the canonical unit; of a composite of two numbers, the second one.
    pub low: f64,
    pub high: f64,
}

impl NumberRow {
    /// A number without a unit.
    pub fn plain(param: i32, lo: f64, hi: f64) -> Self {
        Self { param, code: 0, unit: 0, lo, hi, low: lo, high: hi }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StringRow {
    pub param: i32,
    /// `fold::folded`: case, accents, punctuation and whitespace folded, at most 256 characters.
    pub folded: String,
    /// `index_hash(&[text])` of the whole text as it was written.
    pub exact: i64,
}

/// A position as a point on the unit sphere.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    pub x: f64,
    pub y: f64,
    pub z: f64,
}
