//! What a resource must satisfy, as data: a store compiles it to SQL, [`matches`] decides it in memory.
//! <http://hl7.org/fhir/R4/search.html#prefix>

mod holds;

use super::value::Prefix;

pub use holds::{matches, matches_among};

/// One condition; a query is all of them.
#[derive(Debug, Clone, PartialEq)]
pub enum Criterion {
    Ids {
        any: Vec<String>,
        negate: bool,
    },
    /// Against the instant at which the version was stored.
    LastUpdated {
        any: Vec<RangeTest>,
    },
    /// One of the tokens is (or with `negate`: none is) in `Index::tokens`.
    Tokens {
        any: Vec<i64>,
        negate: bool,
    },
    Dates {
        param: i32,
        any: Vec<RangeTest>,
    },
    /// One row passes a test of each: two bounds of what stands once in a resource.
    Period {
        param: i32,
        all: Vec<Vec<RangeTest>>,
    },
    Numbers {
        param: i32,
        any: Vec<NumberTest>,
    },
    /// Two numbers of one row, as a composite of two numbers leaves it: both tests of a pair hold.
    Pairs {
        param: i32,
        any: Vec<(NumberTest, NumberTest)>,
    },
    Strings {
        param: i32,
        any: Vec<StringTest>,
    },
    /// Text of a code (`:text`): a token `seed ^ hash(text)` of a text that begins with one of these.
    Texts {
        seed: i64,
        any: Vec<String>,
    },
    /// A position within the distance of one of the points.
    Near {
        any: Vec<Sphere>,
    },
    /// A reference leads to a resource that satisfies one of the arms, contained ones among them: `tokens` has
    /// `seed ^ own(target)`.
    Chain {
        seed: i64,
        any: Vec<Arm>,
    },
    /// A resource of type `source` that satisfies `criterion` points here: it has `seed ^ own(this)`.
    Has {
        source: String,
        seed: i64,
        criterion: Box<Criterion>,
    },
    /// A resource of that type inside this one satisfies the criterion.
    Contains {
        resource_type: String,
        criterion: Box<Criterion>,
    },
    /// A reference leads into a hierarchy, at or below (`:below`) or at or above (`:above`) one of the resources.
    Hierarchy(Hierarchy),
    All(Vec<Criterion>),
    Any(Vec<Criterion>),
    Not(Box<Criterion>),
}

/// Resources of one type that are part of one another, and a reference to one of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Hierarchy {
    /// Of the reference: it has `seed ^ own(resource)`.
    pub seed: i64,
    pub resource_type: String,
    /// Of the hierarchy: a part has `parent ^ own(whole)`.
    pub parent: i64,
    pub ids: Vec<String>,
    pub below: bool,
}

/// Where a chain may lead, and what must hold there.
#[derive(Debug, Clone, PartialEq)]
pub struct Arm {
    pub target: String,
    pub criterion: Criterion,
}

/// A test on a stored range, both `hi` exclusive. With stored `l..h` and searched `lo..hi`:
/// `eq` l >= lo and h <= hi; `ne` not eq; `gt` h > hi; `lt` l < lo; `ge` gt or eq; `le` lt or eq;
/// `sa` l >= hi; `eb` h <= lo; `ap` l < hi and h > lo (already widened).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RangeTest {
    pub prefix: Prefix,
    pub lo: i64,
    pub hi: i64,
}

/// A test on a stored number with inclusive ends `l..h` and the same unit. For `eq` and `ne` the searched `hi` is
/// exclusive: `eq` l >= lo and h < hi; `ne` not eq. Otherwise `lo` = `hi` (but for `ap`): `gt` h > hi; `lt` l < lo;
/// `ge` h >= hi; `le` l <= lo; `sa` l > hi; `eb` h < lo; `ap` l <= hi and h >= lo (already widened).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NumberTest {
    pub prefix: Prefix,
    pub lo: f64,
    pub hi: f64,
    pub measure: Measure,
}

/// Which rows a number is compared with, and in which unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// All, as they were written.
    Any,
    /// Those with that code or name of a unit (`hash::unit_name`), as they were written.
    Named(i32),
    /// Those of that unit (`hash::unit`), by their value in it.
    Unit(i64),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StringTest {
    /// Against the beginning of `folded`.
    Prefix(String),
    /// Anywhere in `folded`.
    Contains(String),
    /// At the end of `folded`.
    Suffix(String),
    /// The whole of `folded`.
    Folded(String),
    /// `folded` in the order of code points.
    Order(Prefix, String),
    /// Against `exact`.
    Exact(i64),
}

/// A ball round a point on the unit sphere: the chord to a position, squared, is no longer than `chord2`.
/// That is the haversine formula without its trigonometry: hav = chord^2 / 4.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sphere {
    pub point: [f64; 3],
    pub chord2: f64,
}

impl Criterion {
    /// Does it name what is looked for, and not only what is not?
    pub fn is_positive(&self) -> bool {
        match self {
            Self::Tokens { negate, .. } | Self::Ids { negate, .. } => !negate,
            Self::All(parts) => parts.iter().any(Self::is_positive),
            Self::Any(parts) => parts.iter().all(Self::is_positive),
            Self::Not(_) => false,
            _ => true,
        }
    }

    /// What does not satisfy it, resources without a value included.
    pub fn negated(self) -> Self {
        match self {
            Self::Tokens { any, negate } => Self::Tokens { any, negate: !negate },
            Self::Ids { any, negate } => Self::Ids { any, negate: !negate },
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }
}
