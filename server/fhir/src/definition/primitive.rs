//! The primitive types, <http://hl7.org/fhir/R4/datatypes.html#primitive>.

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Primitive {
    Base64Binary,
    Boolean,
    Canonical,
    Code,
    Date,
    DateTime,
    Decimal,
    Id,
    Instant,
    Integer,
    Markdown,
    Oid,
    PositiveInt,
    String,
    Time,
    UnsignedInt,
    Uri,
    Url,
    Uuid,
    Xhtml,
}

use Primitive as P;

pub const TABLE: &[(&str, Primitive)] = &[
    ("base64Binary", P::Base64Binary),
    ("boolean", P::Boolean),
    ("canonical", P::Canonical),
    ("code", P::Code),
    ("date", P::Date),
    ("dateTime", P::DateTime),
    ("decimal", P::Decimal),
    ("id", P::Id),
    ("instant", P::Instant),
    ("integer", P::Integer),
    ("markdown", P::Markdown),
    ("oid", P::Oid),
    ("positiveInt", P::PositiveInt),
    ("string", P::String),
    ("time", P::Time),
    ("unsignedInt", P::UnsignedInt),
    ("uri", P::Uri),
    ("url", P::Url),
    ("uuid", P::Uuid),
    ("xhtml", P::Xhtml),
];

impl Primitive {
    pub fn of(name: &str) -> Option<Self> {
        TABLE.iter().find(|(n, _)| *n == name).map(|(_, p)| *p)
    }

    pub fn name(self) -> &'static str {
        TABLE.iter().find(|(_, p)| *p == self).map_or("", |(n, _)| n)
    }
}
