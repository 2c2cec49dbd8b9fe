//! What a query asks of master data: places with all below them (`WD_`), and fields whose value has an attribute
//! (`HASATTR_`, `EQATTR_`). EPCIS 2.0, 6.5 and 8.2.7.1.
//!
//! Both become sets of index terms before the events are asked for. A caller who sees some events only knows the
//! attributes of its own places and parties only.

use super::{AnyOf, Attributed, Family, Query};
use crate::identifier::canonical;
use crate::index::{spelling, term};
use crate::master::{self, BIZ_LOCATIONS, READ_POINTS};
use crate::namespaces::Namespaces;
use crate::store::master::{Asked, find};
use crate::vocabulary::{BIZ_STEP, DISPOSITION, Vocabulary};
use theriac_access::Rows;
use theriac_core::{Code, Error, Result};
use theriac_platform::db::TenantDb;

/// Elements of master data that one parameter may mean.
const MOST: i64 = 5_000;

/// Fields of events that hold elements of vocabularies, the field of the index, and how a word is spelt there.
const FIELDS: &[(&str, &str, Option<&Vocabulary>)] = &[
    ("bizStep", "bizStep", Some(&BIZ_STEP)),
    ("disposition", "disposition", Some(&DISPOSITION)),
    ("readPoint", "readPoint", None),
    ("bizLocation", "bizLocation", None),
    ("epcClass", "anyEPCClass", None),
];

/// The field that a parameter's name begins with, and what follows it after `_`.
pub(super) fn split<'n>(rest: &'n str, spaces: &Namespaces) -> Option<(Field, &'n str)> {
    let standard = FIELDS.iter().enumerate().find_map(|(at, (name, ..))| {
        let after = rest.strip_prefix(name)?;
        let attribute = if after.is_empty() { Some("") } else { after.strip_prefix('_') };
        Some((Field::Standard(at), attribute?))
    });
    standard.or_else(|| {
        let colon = rest.find(':')?;
        let end = rest[colon..].find('_').map_or(rest.len(), |at| colon + at);
        let field = crate::index::extension_field(&rest[..end], spaces)?;
        Some((Field::Extension(field), rest.get(end + 1..).unwrap_or_default()))
    })
}

/// The names of the standard's fields, for a refusal.
pub(super) fn known() -> String {
    FIELDS.iter().map(|(name, ..)| *name).collect::<Vec<_>>().join(", ")
}

/// A field of events that is looked up in master data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// A row of the standard's.
    Standard(usize),
    /// `{namespace}local`
    Extension(String),
}

impl Field {
    fn term(&self, id: &str) -> i64 {
        match self {
            Self::Standard(at) => {
                let (_, field, words) = FIELDS[*at];
                let word = words.and_then(|words| words.canonical(id, &Namespaces::default()));
                term(field, &word.unwrap_or_else(|| canonical(id).into_owned()))
            }
            Self::Extension(field) => term(&format!("EQ_{field}"), &spelling(id)),
        }
    }
}

/// Turns what is asked of master data into sets of terms.
///
/// # Errors
/// `TooCostly` if too many elements are meant; the database's.
pub(crate) async fn resolve(db: &TenantDb, rows: &Rows, query: &mut Query) -> Result<()> {
    for Family { parameter, field, roots } in std::mem::take(&mut query.families) {
        let vocabularies = if field == "readPoint" { READ_POINTS } else { BIZ_LOCATIONS };
        let places = master::descendants(db, vocabularies, roots).await?;
        let terms = places.iter().map(|place| term(field, place)).collect();
        query.all_of.push(any_of(parameter, terms)?);
    }
    for Attributed { parameter, field, terms } in std::mem::take(&mut query.attributed) {
        let glns = match rows {
            Rows::All => None,
            Rows::Labels(labels) => {
                Some(labels.iter().filter_map(|l| l.strip_prefix("gln/")).map(str::to_owned).collect())
            }
            Rows::Nothing => Some(Vec::new()),
        };
        let asked = Asked { terms: vec![terms], glns, after: i64::MIN, most: MOST + 1, ..Asked::default() };
        let found = find(db, &asked).await?;
        query.all_of.push(any_of(parameter, found.iter().map(|element| field.term(&element.id)).collect())?);
    }
    Ok(())
}

/// No element at all is a set that no event meets.
fn any_of(parameter: String, mut terms: Vec<i64>) -> Result<AnyOf> {
    if terms.len() as i64 > MOST {
        let message = format!("`{parameter}` means more than {MOST} elements of the master data; ask for fewer");
        return Err(Error::new(Code::TooCostly, message).named("QueryTooComplexException").at(parameter));
    }
    if terms.is_empty() {
        terms.push(term("nothing", ""));
    }
    terms.sort_unstable();
    terms.dedup();
    Ok(AnyOf { parameter, terms })
}
