//! The standard's own definitions (R4, 4.0.1), packed into the program: `fhir-profiles/r4/definitions.{idx,zst}`.
//! A definition is unpacked when it is first asked for, and kept.

use super::{Canonical, Canonicals, Definition};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};
use theriac_core::json;

const INDEX: &str = include_str!("../../../../fhir-profiles/r4/definitions.idx");
const PACKED: &[u8] = include_bytes!("../../../../fhir-profiles/r4/definitions.zst");

pub struct Embedded {
    by_type: HashMap<&'static str, ByAddress>,
}

/// The versions of each address, the newest last.
type ByAddress = HashMap<&'static str, Vec<Place>>;

struct Place {
    version: &'static str,
    frame: Frame,
    bytes: Range<usize>,
    read: OnceLock<Option<Definition>>,
}

#[derive(Debug, Clone)]
struct Frame {
    packed: Range<usize>,
    size: usize,
}

impl Embedded {
    pub fn r4() -> Arc<Self> {
        static R4: OnceLock<Arc<Embedded>> = OnceLock::new();
        R4.get_or_init(|| Arc::new(Self { by_type: places() })).clone()
    }
}

impl Canonicals for Embedded {
    fn find(&self, resource_type: &str, canonical: &str) -> Option<Definition> {
        let canonical = Canonical::of(canonical);
        let versions = self.by_type.get(resource_type)?.get(canonical.url)?;
        let place = match canonical.version {
            Some(version) => versions.iter().find(|place| place.version == version)?,
            None => versions.last()?,
        };
        place.read.get_or_init(|| place.unpack()).clone()
    }

    fn addresses(&self, resource_type: &str) -> Vec<String> {
        let places = self.by_type.get(resource_type).into_iter();
        places.flat_map(HashMap::keys).map(|url| (*url).to_owned()).collect()
    }
}

impl Place {
    /// Nothing for bytes that do not unpack, which the tests show not to be.
    fn unpack(&self) -> Option<Definition> {
        let packed = PACKED.get(self.frame.packed.clone())?;
        let frame = zstd::bulk::decompress(packed, self.frame.size).ok()?;
        let node = json::parse(frame.get(self.bytes.clone())?).ok()?;
        Some(Arc::new(node.into_owned()))
    }
}

/// Lines `@ from length size` begin a frame; the lines after it are the definitions in it.
fn places() -> HashMap<&'static str, ByAddress> {
    let mut frame = Frame { packed: 0..0, size: 0 };
    let mut places: HashMap<&str, ByAddress> = HashMap::new();
    for line in INDEX.lines() {
        let fields: Vec<&'static str> = line.split('\t').collect();
        let number = |place: usize| fields.get(place).and_then(|n| n.parse().ok()).unwrap_or(0usize);
        match fields[..] {
            ["@", ..] => frame = Frame { packed: number(1)..number(1) + number(2), size: number(3) },
            [kind, url, version, ..] => {
                // Some tables of HL7 version 2 have their version in the address instead.
                let Canonical { url, version: own, .. } = Canonical::of(url);
                let bytes = number(3)..number(3) + number(4);
                let place =
                    Place { version: own.unwrap_or(version), frame: frame.clone(), bytes, read: OnceLock::new() };
                places.entry(kind).or_default().entry(url).or_default().push(place);
            }
            _ => {}
        }
    }
    places
}
