//! A statement in the making: its parameters, and the sets that are computed once before it.
//!
//! Nothing a caller wrote ever stands in the text: texts repeat, so that prepared statements are found again.

use super::moment::Moment;
use crate::policy::Visible;
use theriac_platform::db::{Engine, TenantDb, Value};

/// Where current resources stand.
pub(super) const TABLE: &str = "fhir_resource";

/// The same on PostgreSQL. Under row-level security PostgreSQL uses no index whose operators are not leak-proof,
/// and those of GIN on arrays are not: this view has the policy's condition, and its owner reads past the policy.
pub(super) const VIEW: &str = "fhir_current";

/// Where versions stand that are no longer current.
pub(super) const PAST: &str = "fhir_history";

/// Where contained resources stand, and the same as [`VIEW`].
pub(super) const CONTAINED: &str = "fhir_contained";
const WITHIN: &str = "fhir_within";

/// What the rows of an alias are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Place {
    Current,
    /// Earlier versions.
    Past,
    /// Contained resources: there for whoever sees the version that contains them.
    Inside,
}

/// Parameters so far; `$1` is the tenant.
pub(in crate::store) struct Sql<'v> {
    pub engine: Engine,
    pub visible: &'v Visible,
    /// Of which moment; none for now.
    pub moment: Option<&'v Moment>,
    /// Of the alias at hand.
    place: Place,
    params: Vec<Value>,
    sets: Vec<String>,
    aliases: usize,
    grows: bool,
}

impl<'v> Sql<'v> {
    pub fn new(db: &TenantDb, visible: &'v Visible, moment: Option<&'v Moment>) -> Self {
        let (engine, params) = (db.engine(), vec![db.tenant()]);
        Self { engine, visible, moment, place: Place::Current, params, sets: Vec::new(), aliases: 0, grows: false }
    }

    /// Where this engine finds resources of the place.
    pub fn table(&self) -> &'static str {
        match (self.place, self.is_postgres()) {
            (Place::Past, _) => PAST,
            (Place::Current, true) => VIEW,
            (Place::Current, false) => TABLE,
            (Place::Inside, true) => WITHIN,
            (Place::Inside, false) => CONTAINED,
        }
    }

    pub fn is_past(&self) -> bool {
        self.place == Place::Past
    }

    pub fn is_inside(&self) -> bool {
        self.place == Place::Inside
    }

    /// What is made meanwhile is about rows of [`PAST`], or about current ones.
    pub fn about<T>(&mut self, past: bool, make: impl FnOnce(&mut Self) -> T) -> T {
        self.of(if past { Place::Past } else { Place::Current }, make)
    }

    /// What is made meanwhile is about rows of that place.
    pub fn of<T>(&mut self, place: Place, make: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.place, place);
        let made = make(self);
        self.place = before;
        made
    }

    pub fn is_postgres(&self) -> bool {
        self.engine == Engine::Postgres
    }

    /// The parameter's place, `$7`. Each place is used: PostgreSQL learns its type from where it stands.
    pub fn bind(&mut self, value: impl Into<Value>) -> String {
        self.params.push(value.into());
        format!("${}", self.params.len())
    }

    /// Numbers as one parameter: an array, or JSON for `json_each`.
    pub fn bind_list(&mut self, numbers: &[i64]) -> String {
        match self.engine {
            Engine::Postgres => self.bind(numbers.to_vec()),
            Engine::Sqlite => self.bind(serde_json::json!(numbers).to_string()),
        }
    }

    /// Texts likewise.
    pub fn bind_texts(&mut self, texts: &[String]) -> String {
        match self.engine {
            Engine::Postgres => self.bind(texts.to_vec()),
            Engine::Sqlite => self.bind(serde_json::json!(texts).to_string()),
        }
    }

    /// A name that no other table of the statement has.
    pub fn alias(&mut self, letter: char) -> String {
        self.aliases += 1;
        format!("{letter}{}", self.aliases)
    }

    /// A set that is computed at most once, before the statement; gives its name.
    pub fn set(&mut self, select: &str) -> String {
        let name = self.alias('w');
        self.sets.push(format!("{name} AS MATERIALIZED ({select})"));
        name
    }

    /// A set that grows out of itself until nothing is new; `select` gets its name.
    pub fn growing(&mut self, select: impl FnOnce(&str) -> String) -> String {
        let name = self.alias('w');
        self.sets.push(format!("{name}(h) AS MATERIALIZED ({})", select(&name)));
        self.grows = true;
        name
    }

    /// The last parameter's place: a statement that names it binds all.
    pub fn last(&self) -> usize {
        self.params.len()
    }

    pub fn params(&self) -> Vec<Value> {
        self.params.clone()
    }

    /// The sets and the statement.
    pub fn finish(self, select: &str) -> (String, Vec<Value>) {
        let text = match self.sets.is_empty() {
            true => select.to_owned(),
            false => format!("WITH {}{} {select}", if self.grows { "RECURSIVE " } else { "" }, self.sets.join(", ")),
        };
        compacted(&text, self.params)
    }
}

/// Only the parameters the text names, numbered anew: of a condition with several forms some are left over, and
/// neither engine takes a parameter that stands nowhere.
fn compacted(text: &str, params: Vec<Value>) -> (String, Vec<Value>) {
    let mut places: Vec<Option<usize>> = vec![None; params.len()];
    let mut kept = 0;
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..=at]);
        rest = &rest[at + 1..];
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number = rest[..digits].parse::<usize>().ok().and_then(|n| places.get_mut(n.wrapping_sub(1)));
        if let Some(place) = number {
            let new = *place.get_or_insert_with(|| {
                kept += 1;
                kept
            });
            out.push_str(&new.to_string());
            rest = &rest[digits..];
        }
    }
    out.push_str(rest);
    let mut ordered: Vec<(usize, Value)> = places.into_iter().zip(params).filter_map(|(p, v)| Some((p?, v))).collect();
    ordered.sort_by_key(|(place, _)| *place);
    (out, ordered.into_iter().map(|(_, value)| value).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_that_stand_nowhere_are_left_out() {
        let params = vec![Value::Int(1), Value::Int(2), Value::Int(3), Value::Int(4)];
        let (text, params) = compacted("a = $4 AND b = $1 AND c > $4", params);
        assert_eq!(text, "a = $1 AND b = $2 AND c > $1");
        assert!(matches!(params.as_slice(), [Value::Int(4), Value::Int(1)]), "{params:?}");
    }
}
