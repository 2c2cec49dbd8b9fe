//! The table of GS1 keys: one row ties an EPC scheme to its application identifiers and its digits.
//! TDS 2.0 chapters 6 and 7, GS1 Digital Link 1.3 chapter 4.

/// What a key names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One thing with a serial number.
    Instance,
    /// A trade item or a lot of it.
    Class,
    LogisticUnit,
    Location,
    Party,
    /// Documents, coupons, shipments, services: no physical item.
    Reference,
}

/// How the part after the primary key is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tail {
    None,
    /// Follows the primary key within the same application identifier.
    Suffix,
    /// Under an application identifier of its own.
    Qualifier(&'static str),
    /// As `Qualifier`, where `0` in the URN means that there is none.
    Extension(&'static str),
}

/// One row of the table.
#[derive(Debug, PartialEq, Eq)]
pub struct Key {
    /// The scheme's name in an EPC URN.
    pub scheme: &'static str,
    /// `id` or `class`: the part of the URN before the scheme.
    pub space: &'static str,
    /// The primary application identifier, and its name in old Digital Links.
    pub ai: &'static str,
    pub alias: &'static str,
    /// Digits of company prefix and reference together, without check digit; 0 if the reference is
    /// free text and there is no check digit.
    pub digits: usize,
    /// The first digit of the reference stands before the company prefix in the Digital Link.
    pub indicator: bool,
    /// A zero fills the Digital Link's first place.
    pub filler: bool,
    /// Two digits each of piece and total follow the check digit.
    pub pieces: bool,
    pub tail: Tail,
    /// The tail's greatest length; that of the free reference where there is no tail.
    pub longest: usize,
    pub kind: Kind,
}

const PLAIN: Key = Key {
    scheme: "",
    space: "id",
    ai: "",
    alias: "",
    digits: 12,
    indicator: false,
    filler: false,
    pieces: false,
    tail: Tail::None,
    longest: 30,
    kind: Kind::Instance,
};

/// Every key. Where several rows share an application identifier, the first is its class level.
#[rustfmt::skip]
pub static KEYS: &[Key] = &[
    Key { scheme: "sgtin", ai: "01", alias: "gtin", digits: 13, indicator: true, tail: Tail::Qualifier("21"), longest: 20, ..PLAIN },
    Key { scheme: "lgtin", ai: "01", space: "class", digits: 13, indicator: true, tail: Tail::Qualifier("10"), longest: 20, kind: Kind::Class, ..PLAIN },
    Key { scheme: "upui", ai: "01", digits: 13, indicator: true, tail: Tail::Qualifier("235"), longest: 28, ..PLAIN },
    Key { scheme: "sscc", ai: "00", alias: "sscc", digits: 17, indicator: true, kind: Kind::LogisticUnit, ..PLAIN },
    Key { scheme: "sgln", ai: "414", alias: "gln", tail: Tail::Extension("254"), longest: 20, kind: Kind::Location, ..PLAIN },
    Key { scheme: "pgln", ai: "417", alias: "party", kind: Kind::Party, ..PLAIN },
    Key { scheme: "grai", ai: "8003", alias: "grai", filler: true, tail: Tail::Suffix, longest: 16, ..PLAIN },
    Key { scheme: "giai", ai: "8004", alias: "giai", digits: 0, longest: 30, ..PLAIN },
    Key { scheme: "gsrn", ai: "8018", alias: "gsrn", digits: 17, kind: Kind::Reference, ..PLAIN },
    Key { scheme: "gsrnp", ai: "8017", alias: "gsrnp", digits: 17, kind: Kind::Reference, ..PLAIN },
    Key { scheme: "gdti", ai: "253", alias: "gdti", tail: Tail::Suffix, longest: 17, kind: Kind::Reference, ..PLAIN },
    Key { scheme: "cpi", ai: "8010", alias: "cpid", digits: 0, tail: Tail::Qualifier("8011"), longest: 12, ..PLAIN },
    Key { scheme: "sgcn", ai: "255", alias: "gcn", tail: Tail::Suffix, longest: 12, kind: Kind::Reference, ..PLAIN },
    Key { scheme: "ginc", ai: "401", alias: "ginc", digits: 0, kind: Kind::Reference, ..PLAIN },
    Key { scheme: "gsin", ai: "402", alias: "gsin", digits: 16, kind: Kind::Reference, ..PLAIN },
    Key { scheme: "itip", ai: "8006", alias: "itip", digits: 13, indicator: true, pieces: true, tail: Tail::Qualifier("21"), longest: 20, ..PLAIN },
    Key { scheme: "litip", ai: "8006", space: "class", digits: 13, indicator: true, pieces: true, tail: Tail::Qualifier("10"), longest: 20, kind: Kind::Class, ..PLAIN },
];

impl Key {
    pub fn by_scheme(scheme: &str) -> Option<&'static Self> {
        KEYS.iter().find(|k| k.scheme == scheme)
    }

    /// The rows of an application identifier or its old name.
    pub fn by_ai(ai: &str) -> impl Iterator<Item = &'static Self> {
        let ai = KEYS.iter().find(|k| k.ai == ai || (!k.alias.is_empty() && k.alias == ai)).map_or("", |k| k.ai);
        KEYS.iter().filter(move |k| k.ai == ai)
    }

    /// Digits of the primary key in a Digital Link; nothing if it is free text.
    pub fn link_digits(&self) -> Option<usize> {
        (self.digits > 0).then(|| self.digits + 1 + usize::from(self.filler) + if self.pieces { 4 } else { 0 })
    }

    pub fn has_class(&self) -> bool {
        self.tail != Tail::None
    }

    /// The row that stands for this key without its tail.
    pub fn class_key(&'static self) -> &'static Self {
        Self::by_ai(self.ai).next().unwrap_or(self)
    }
}
