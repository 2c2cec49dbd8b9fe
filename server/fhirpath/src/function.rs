//! The table of functions. One more is a row here and its body in the file of its group.
//! <http://hl7.org/fhirpath/N1/#functions>, <http://hl7.org/fhir/R4/fhirpath.html#functions>

mod boundary;
mod collection;
mod conversion;
mod encoding;
mod existence;
mod fhir;
mod html;
mod maths;
mod sort;
mod strings;
mod utility;

use crate::evaluate::Invocation;
use crate::fault::Result;
use crate::item::Items;
use crate::system::System;

pub type Body = for<'a, 'f> fn(&Invocation<'a, 'f>, Items<'a>) -> Result<Items<'a>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Evaluated once, where the call stands.
    Value,
    /// Evaluated with `$this` at each item.
    Each,
    /// The name of a type.
    Type,
}

#[derive(Debug)]
pub struct Parameter {
    pub name: &'static str,
    pub kind: Kind,
    pub optional: bool,
    /// May it be given again?
    pub repeats: bool,
}

/// What a function works on, for the checker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    Any,
    Text,
    Number,
    Boolean,
}

/// What comes out, for the checker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Items of the input.
    Same,
    /// The same, and at most one.
    One,
    System(System),
    /// Many of them.
    Systems(System),
    /// What the first argument gives.
    Argument,
    /// The type that is the argument.
    Type,
    /// Items of the input and of the argument.
    Union,
    /// What one of the later arguments gives.
    Branches,
    Extension,
    /// What only the document tells.
    Unknown,
}

pub struct Function {
    pub name: &'static str,
    pub input: Input,
    pub arguments: &'static [Parameter],
    pub output: Output,
    pub body: Body,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.signature())
    }
}

const fn parameter(name: &'static str, kind: Kind, optional: bool, repeats: bool) -> Parameter {
    Parameter { name, kind, optional, repeats }
}

/// `name` is evaluated once, `*name` on each item, `#name` is a type; `?` after it: may be left out, `+`: again and again.
macro_rules! arguments {
    () => { &[] };
    ($($text:literal),+) => { &[$(read($text)),+] };
}

const fn read(text: &'static str) -> Parameter {
    let bytes = text.as_bytes();
    let kind = match bytes[0] {
        b'*' => Kind::Each,
        b'#' => Kind::Type,
        _ => Kind::Value,
    };
    let last = bytes[bytes.len() - 1];
    let (_, tail) = text.split_at(if matches!(kind, Kind::Value) { 0 } else { 1 });
    let (name, _) = tail.split_at(tail.len() - if last == b'?' || last == b'+' { 1 } else { 0 });
    parameter(name, kind, last == b'?' || last == b'+', last == b'+')
}

macro_rules! table {
    ($($name:literal $input:ident ($($argument:literal),*) $output:expr, $body:path;)*) => {
        /// Every function, by group.
        pub const TABLE: &[Function] = &[$(Function {
            name: $name, input: Input::$input, arguments: arguments!($($argument),*), output: $output, body: $body,
        }),*];
    };
}

use Output::{Argument, Branches, Extension, One, Same, Type, Union, Unknown};

const fn gives(system: System) -> Output {
    Output::System(system)
}

const BOOLEAN: Output = gives(System::Boolean);
const INTEGER: Output = gives(System::Integer);
const DECIMAL: Output = gives(System::Decimal);
const STRING: Output = gives(System::String);
const DATE: Output = gives(System::Date);
const DATE_TIME: Output = gives(System::DateTime);
const TIME: Output = gives(System::Time);
const QUANTITY: Output = gives(System::Quantity);
const STRINGS: Output = Output::Systems(System::String);

table! {
    // Existence
    "empty"              Any ()                          BOOLEAN,  existence::empty;
    "exists"             Any ("*criteria?")              BOOLEAN,  existence::exists;
    "all"                Any ("*criteria")               BOOLEAN,  existence::all;
    "allTrue"            Boolean ()                      BOOLEAN,  existence::all_true;
    "anyTrue"            Boolean ()                      BOOLEAN,  existence::any_true;
    "allFalse"           Boolean ()                      BOOLEAN,  existence::all_false;
    "anyFalse"           Boolean ()                      BOOLEAN,  existence::any_false;
    "subsetOf"           Any ("other")                   BOOLEAN,  existence::subset_of;
    "supersetOf"         Any ("other")                   BOOLEAN,  existence::superset_of;
    "count"              Any ()                          INTEGER,  existence::count;
    "distinct"           Any ()                          Same,     existence::distinct;
    "isDistinct"         Any ()                          BOOLEAN,  existence::is_distinct;
    "not"                Any ()                          BOOLEAN,  existence::not;
    // Filtering, projection, parts, combining
    "where"              Any ("*criteria")               Same,     collection::filter;
    "select"             Any ("*projection")             Argument, collection::select;
    "repeat"             Any ("*projection")             Argument, collection::repeat;
    "ofType"             Any ("#type")                   Type,     collection::of_type;
    "single"             Any ()                          One,      collection::single;
    "first"              Any ()                          One,      collection::first;
    "last"               Any ()                          One,      collection::last;
    "tail"               Any ()                          Same,     collection::tail;
    "skip"               Any ("num")                     Same,     collection::skip;
    "take"               Any ("num")                     Same,     collection::take;
    "intersect"          Any ("other")                   Same,     collection::intersect;
    "exclude"            Any ("other")                   Same,     collection::exclude;
    "union"              Any ("other")                   Union,    collection::union;
    "combine"            Any ("other")                   Union,    collection::combine;
    "aggregate"          Any ("*aggregator", "init?")    Unknown,  collection::aggregate;
    "children"           Any ()                          Unknown,  collection::children;
    "descendants"        Any ()                          Unknown,  collection::descendants;
    "sort"               Any ("*key+")                   Same,     sort::sort;
    // Conversion
    "iif"                Any ("*criterion", "*true-result", "*otherwise-result?") Branches, conversion::iif;
    "toBoolean"          Any ()                          BOOLEAN,  conversion::to_boolean;
    "convertsToBoolean"  Any ()                          BOOLEAN,  conversion::converts_to_boolean;
    "toInteger"          Any ()                          INTEGER,  conversion::to_integer;
    "convertsToInteger"  Any ()                          BOOLEAN,  conversion::converts_to_integer;
    "toDecimal"          Any ()                          DECIMAL,  conversion::to_decimal;
    "convertsToDecimal"  Any ()                          BOOLEAN,  conversion::converts_to_decimal;
    "toDate"             Any ()                          DATE,     conversion::to_date;
    "convertsToDate"     Any ()                          BOOLEAN,  conversion::converts_to_date;
    "toDateTime"         Any ()                          DATE_TIME, conversion::to_date_time;
    "convertsToDateTime" Any ()                          BOOLEAN,  conversion::converts_to_date_time;
    "toTime"             Any ()                          TIME,     conversion::to_time;
    "convertsToTime"     Any ()                          BOOLEAN,  conversion::converts_to_time;
    "toString"           Any ()                          STRING,   conversion::to_string;
    "convertsToString"   Any ()                          BOOLEAN,  conversion::converts_to_string;
    "toQuantity"         Any ("unit?")                   QUANTITY, conversion::to_quantity;
    "convertsToQuantity" Any ("unit?")                   BOOLEAN,  conversion::converts_to_quantity;
    // Strings
    "indexOf"            Text ("substring")              INTEGER,  strings::index_of;
    "lastIndexOf"        Text ("substring")              INTEGER,  strings::last_index_of;
    "substring"          Text ("start", "length?")       STRING,   strings::substring;
    "startsWith"         Text ("prefix")                 BOOLEAN,  strings::starts_with;
    "endsWith"           Text ("suffix")                 BOOLEAN,  strings::ends_with;
    "contains"           Text ("substring")              BOOLEAN,  strings::contains;
    "upper"              Text ()                         STRING,   strings::upper;
    "lower"              Text ()                         STRING,   strings::lower;
    "replace"            Text ("pattern", "substitution") STRING,  strings::replace;
    "matches"            Text ("regex")                  BOOLEAN,  strings::matches;
    "matchesFull"        Text ("regex")                  BOOLEAN,  strings::matches_full;
    "replaceMatches"     Text ("regex", "substitution")  STRING,   strings::replace_matches;
    "length"             Text ()                         INTEGER,  strings::length;
    "toChars"            Text ()                         STRINGS,  strings::to_chars;
    "trim"               Text ()                         STRING,   strings::trim;
    "split"              Text ("separator")              STRINGS,  strings::split;
    "join"               Text ("separator?")             STRING,   strings::join;
    "encode"             Text ("format")                 STRING,   encoding::encode;
    "decode"             Text ("format")                 STRING,   encoding::decode;
    "escape"             Text ("target")                 STRING,   encoding::escape;
    "unescape"           Text ("target")                 STRING,   encoding::unescape;
    // Maths
    "abs"                Number ()                       One,      maths::abs;
    "ceiling"            Number ()                       INTEGER,  maths::ceiling;
    "floor"              Number ()                       INTEGER,  maths::floor;
    "truncate"           Number ()                       INTEGER,  maths::truncate;
    "round"              Number ("precision?")           DECIMAL,  maths::round;
    "exp"                Number ()                       DECIMAL,  maths::exp;
    "ln"                 Number ()                       DECIMAL,  maths::ln;
    "log"                Number ("base")                 DECIMAL,  maths::log;
    "power"              Number ("exponent")             One,      maths::power;
    "sqrt"               Number ()                       DECIMAL,  maths::sqrt;
    // Precision
    "precision"          Any ()                          INTEGER,  boundary::precision;
    "lowBoundary"        Any ("precision?")              One,      boundary::low;
    "highBoundary"       Any ("precision?")              One,      boundary::high;
    "comparable"         Any ("quantity")                BOOLEAN,  boundary::comparable;
    // Utility and types
    "now"                Any ()                          DATE_TIME, utility::now;
    "today"              Any ()                          DATE,     utility::today;
    "timeOfDay"          Any ()                          TIME,     utility::time_of_day;
    "trace"              Any ("name", "*projection?")    Same,     utility::trace;
    "type"               Any ()                          Unknown,  utility::type_of;
    "is"                 Any ("#type")                   BOOLEAN,  utility::is;
    "as"                 Any ("#type")                   Type,     utility::narrow;
    // FHIR's own
    "extension"          Any ("url")                     Extension, fhir::extension;
    "hasExtension"       Any ("url")                     BOOLEAN,  fhir::has_extension;
    "hasValue"           Any ()                          BOOLEAN,  fhir::has_value;
    "getValue"           Any ()                          Unknown,  fhir::get_value;
    "resolve"            Any ()                          Unknown,  fhir::resolve;
    "memberOf"           Any ("valueset")                BOOLEAN,  fhir::member_of;
    "subsumes"           Any ("code")                    BOOLEAN,  fhir::subsumes;
    "subsumedBy"         Any ("code")                    BOOLEAN,  fhir::subsumed_by;
    "conformsTo"         Any ("structure")               BOOLEAN,  fhir::conforms_to;
    "elementDefinition"  Any ()                          Unknown,  fhir::element_definition;
    "slice"              Any ("structure", "name")       Same,     fhir::slice;
    "checkModifiers"     Any ("modifier+")               Same,     fhir::check_modifiers;
    "htmlChecks"         Any ()                          BOOLEAN,  html::html_checks;
}

pub fn find(name: &str) -> Option<&'static Function> {
    TABLE.iter().find(|function| function.name == name)
}

/// A function whose name differs in case, or shares the longest beginning.
pub fn nearest(name: &str) -> Option<&'static str> {
    let same = TABLE.iter().find(|f| f.name.eq_ignore_ascii_case(name));
    let shared = |f: &&Function| f.name.bytes().zip(name.bytes()).take_while(|(a, b)| a == b).count();
    same.or_else(|| TABLE.iter().filter(|f| shared(f) >= 3).max_by_key(shared)).map(|f| f.name)
}

impl Function {
    pub fn least(&self) -> usize {
        self.arguments.iter().filter(|p| !p.optional).count()
    }

    pub fn is_open_ended(&self) -> bool {
        self.arguments.last().is_some_and(|p| p.repeats)
    }

    fn parameter(&self, place: usize) -> Option<&'static Parameter> {
        self.arguments.get(place).or_else(|| self.arguments.last().filter(|p| p.repeats))
    }

    pub fn argument(&self, place: usize) -> Option<Kind> {
        self.parameter(place).map(|p| p.kind)
    }

    pub fn parameter_name(&self, place: usize) -> &'static str {
        self.parameter(place).map_or("the argument", |p| p.name)
    }

    /// `substring(start, [length])`
    pub fn signature(&self) -> String {
        let shown = |p: &Parameter| match (p.optional, p.repeats) {
            (_, true) => format!("[{}, ...]", p.name),
            (true, _) => format!("[{}]", p.name),
            _ => p.name.to_owned(),
        };
        format!("{}({})", self.name, self.arguments.iter().map(shown).collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_reads_as_it_is_written() {
        assert_eq!(find("substring").unwrap().signature(), "substring(start, [length])");
        assert_eq!(find("sort").unwrap().signature(), "sort([key, ...])");
        assert_eq!(find("where").unwrap().argument(0), Some(Kind::Each));
        assert_eq!(find("ofType").unwrap().argument(0), Some(Kind::Type));
        assert_eq!(find("checkModifiers").unwrap().argument(9), Some(Kind::Value));
        let mut names: Vec<_> = TABLE.iter().map(|f| f.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), TABLE.len());
    }

    #[test]
    fn a_wrong_name_leads_to_a_near_one() {
        assert_eq!(nearest("startswith"), Some("startsWith"));
        assert_eq!(nearest("convertsToInt"), Some("convertsToInteger"));
        assert_eq!(nearest("zzz"), None);
    }
}
