//! What equipment was busy with: the runs that job orders and job responses tell of, and what a reading of a moment
//! joins (ISA-95.00.04, job response; ISA-88.00.01: batch, phase).
//!
//! A job response runs from its start to its end on the equipment of its actuals; a job order, from when it came to run
//! until it ended, on the equipment of its requirements or of its hierarchy scope. Its batch is the lot that it produces, its
//! phase the work master. Where several runs cover a moment the nearest equipment counts first, then what was done before
//! what was ordered, then what began last; what one of them leaves open, the next may say.

use crate::job::{State, Status};
use crate::resource::JOB_ORDERS;
use crate::store;
use serde::Serialize;
use serde_json::{Value, json};
use theriac_access::Rows;
use theriac_core::Result;
use theriac_core::json::Node;
use theriac_platform::db::TenantDb;

pub(crate) const JOB_RESPONSES: &str = "jobResponses";
/// A run that has not ended.
pub(crate) const OPEN: i64 = i64::MAX;

/// What a document tells of runs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Told {
    /// It runs there from `starts` on; a run that was begun keeps its start.
    Runs {
        equipment: Vec<String>,
        starts: i64,
        ends: i64,
        batch: Option<String>,
        phase: Option<String>,
        anew: bool,
    },
    /// What ran has ended.
    Ended(i64),
    Nothing,
}

/// What a record of that type tells at `now`.
pub(crate) fn told(address: &str, document: &Node<'_>, now: i64) -> Told {
    match address {
        JOB_RESPONSES => response(document),
        JOB_ORDERS => order(document, now),
        _ => Told::Nothing,
    }
}

fn response(document: &Node<'_>) -> Told {
    let time = |name: &str| crate::b2mml::micros(text(document, name)?);
    let Some(starts) = time("startTime") else { return Told::Nothing };
    Told::Runs {
        equipment: ids(document, "equipmentActual", "equipmentID"),
        starts,
        ends: time("endTime").unwrap_or(OPEN),
        batch: produced(document, "materialActual"),
        phase: text(document, "workMasterID").map(str::to_owned),
        anew: true,
    }
}

fn order(document: &Node<'_>, now: i64) -> Told {
    match Status::of(document).map(|status| status.state) {
        Some(State::Running) => {
            let mut equipment = ids(document, "equipmentRequirement", "equipmentID");
            if equipment.is_empty() {
                equipment.extend(innermost(document));
            }
            let phase = text(document, "workMasterID").map(str::to_owned);
            let batch = produced(document, "materialRequirement");
            Told::Runs { equipment, starts: now, ends: OPEN, batch, phase, anew: false }
        }
        Some(State::Ended | State::Aborted) => Told::Ended(now),
        _ => Told::Nothing,
    }
}

fn text<'n>(node: &'n Node<'_>, name: &str) -> Option<&'n str> {
    node.get(name).and_then(crate::resource_value).filter(|text| !text.is_empty())
}

fn items<'n, 'a>(node: &'n Node<'a>, name: &str) -> &'n [Node<'a>] {
    node.get(name).map(Node::items).unwrap_or_default()
}

fn ids(document: &Node<'_>, list: &str, name: &str) -> Vec<String> {
    let found = items(document, list).iter().flat_map(|item| items(item, name)).filter_map(crate::resource_value);
    let mut ids: Vec<String> = found.filter(|id| !id.is_empty()).map(str::to_owned).collect();
    ids.sort();
    ids.dedup();
    ids
}

fn innermost(document: &Node<'_>) -> Option<String> {
    let mut at = document.get("hierarchyScope");
    let mut found = None;
    while let Some(scope) = at {
        found = text(scope, "equipmentID").or(found);
        at = scope.get("hierarchyScopeChild");
    }
    found.map(str::to_owned)
}

/// The lot that is produced, or where it is known its sublot.
fn produced(document: &Node<'_>, list: &str) -> Option<String> {
    let made =
        |item: &&Node<'_>| text(item, "materialUse").is_some_and(|used| crate::genealogy::PRODUCED.contains(&used));
    let lot = |item: &Node<'_>| {
        let first = |name| items(item, name).iter().filter_map(crate::resource_value).find(|id| !id.is_empty());
        first("materialSubLotID").or_else(|| first("materialLotID")).map(str::to_owned)
    };
    items(document, list).iter().filter(made).find_map(lot)
}

/// A run near a property.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Steps up from the property's equipment.
    pub depth: i64,
    pub equipment: String,
    /// Type and id of the record that tells of it.
    pub record: (String, String),
    pub starts: i64,
    /// Without; the largest number for a run that has not ended.
    pub ends: i64,
    pub batch: Option<String>,
    pub phase: Option<String>,
}

impl Run {
    pub fn shown(&self) -> Value {
        let mut shown = json!({
            "equipment": self.equipment,
            "record": format!("{}/{}", self.record.0, self.record.1),
            "from": crate::time::format(self.starts),
        });
        let said = [("batch", self.batch.clone()), ("phase", self.phase.clone())];
        let to = ("to", (self.ends != OPEN).then(|| crate::time::format(self.ends)));
        said.into_iter()
            .chain([to])
            .filter_map(|(n, v)| Some((n, v?)))
            .for_each(|(name, value)| shown[name] = value.into());
        shown
    }
}

/// What a reading joins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Joined<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<&'r str>,
}

/// The runs near a property over a stretch of time, those that count first in front.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Runs(Vec<Run>);

impl Runs {
    pub(crate) fn new(mut runs: Vec<Run>) -> Self {
        let done = |run: &Run| run.record.0 != JOB_RESPONSES;
        runs.sort_by(|a, b| (a.depth, done(a), b.starts, &a.record).cmp(&(b.depth, done(b), a.starts, &b.record)));
        Self(runs)
    }

    pub fn all(&self) -> &[Run] {
        &self.0
    }

    /// What a reading of that time joins.
    pub fn at(&self, time: i64) -> Joined<'_> {
        let mut joined = Joined::default();
        for run in self.0.iter().filter(|run| (run.starts..run.ends).contains(&time)) {
            joined.batch = joined.batch.or(run.batch.as_deref());
            joined.phase = joined.phase.or(run.phase.as_deref());
        }
        joined
    }
}

/// The runs on this equipment and on what it is part of, that touch `from..to`; as far as the caller sees them.
///
/// # Errors
/// The database's.
pub async fn runs(db: &TenantDb, rows: &Rows, equipment: &str, (from, to): (i64, i64)) -> Result<Runs> {
    store::run::near(db, rows, equipment, (from, to)).await.map(Runs::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_core::json;

    fn of(address: &str, document: &str) -> Told {
        told(address, &json::parse(document.as_bytes()).unwrap(), 77)
    }

    #[test]
    fn a_response_runs_from_its_start_to_its_end() {
        let document = r#"{"id":"R1","startTime":"1970-01-01T00:00:01Z","endTime":"1970-01-01T00:00:02Z","workMasterID":"granulate",
            "equipmentActual":[{"id":"1","equipmentID":["mixer","scale"]},{"id":"2","equipmentID":["mixer"]}],
            "materialActual":[{"id":"1","materialLotID":["API"],"materialUse":"Consumed"},
                              {"id":"2","materialLotID":["B7"],"materialUse":"Produced"}]}"#;
        let expected = Told::Runs {
            equipment: vec!["mixer".into(), "scale".into()],
            starts: 1_000_000,
            ends: 2_000_000,
            batch: Some("B7".into()),
            phase: Some("granulate".into()),
            anew: true,
        };
        assert_eq!(of("jobResponses", document), expected);
        assert_eq!(of("jobResponses", r#"{"id":"R1"}"#), Told::Nothing);
        assert_eq!(of("workMasters", document), Told::Nothing);
    }

    #[test]
    fn an_order_runs_from_when_it_does_until_it_ended() {
        let document = |state: &str, number: u8| {
            format!(
                r#"{{"id":"O1","state":{{"stateText":"{state}","stateNumber":{number}}},"hierarchyScope":{{"equipmentID":"basel",
                "hierarchyScopeChild":{{"equipmentID":"mixer"}}}}}}"#
            )
        };
        let Told::Runs { equipment, starts, ends, anew, .. } = of("jobOrders", &document("Running", 3)) else {
            panic!()
        };
        assert_eq!((equipment, starts, ends, anew), (vec!["mixer".to_owned()], 77, OPEN, false));
        assert_eq!(of("jobOrders", &document("Aborted", 6)), Told::Ended(77));
        assert_eq!(of("jobOrders", &document("AllowedToStart", 2)), Told::Nothing);
    }

    #[test]
    fn the_nearest_run_counts_first_and_another_may_complete_it() {
        let run = |depth, kind: &str, (starts, ends), batch: Option<&str>, phase: Option<&str>| Run {
            depth,
            equipment: "mixer".into(),
            record: (kind.into(), "1".into()),
            starts,
            ends,
            batch: batch.map(str::to_owned),
            phase: phase.map(str::to_owned),
        };
        let runs = Runs::new(vec![
            run(1, "jobResponses", (0, OPEN), Some("line"), Some("fill")),
            run(0, "jobOrders", (10, 30), Some("order"), Some("mix")),
            run(0, "jobResponses", (15, 20), Some("done"), None),
        ]);
        let at = |time| (runs.at(time).batch, runs.at(time).phase);
        assert_eq!(at(-1), (None, None));
        assert_eq!(at(9), (Some("line"), Some("fill")));
        assert_eq!(at(10), (Some("order"), Some("mix")));
        assert_eq!(at(15), (Some("done"), Some("mix")));
        assert_eq!(at(20), (Some("order"), Some("mix")), "an end is without");
        assert_eq!(at(30), (Some("line"), Some("fill")));
    }
}
