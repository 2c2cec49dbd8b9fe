//! What stood around the readings of a question: batches and phases, and the limits with their versions.

use super::question::Question;
use crate::catalogue::Known;
use crate::equipment::Address;
use crate::limits::Schedule;
use crate::run::{self, Run, Runs};
use crate::store;
use serde_json::{Map, Value, json};
use theriac_core::Result;
use theriac_platform::Context;

#[derive(Debug, Clone, Default)]
pub(super) struct Scene {
    runs: Runs,
    limits: Schedule,
    batch: Option<String>,
    phase: Option<String>,
    range: (i64, i64),
}

impl Scene {
    /// Nothing is looked up where nothing of it is asked for.
    pub async fn look(context: &Context, property: &Known, question: &Question) -> Result<Self> {
        let (batch, phase) = (question.batch.clone(), question.phase.clone());
        let mut scene = Self { batch, phase, range: (question.from, question.to), ..Self::default() };
        if question.context || scene.cuts() {
            let equipment = Address::parse(&property.address)?.equipment;
            scene.runs = run::runs(&context.db, &context.grant.rows(), equipment, scene.range).await?;
        }
        if question.context {
            let versions = store::limit::versions(&context.db, std::slice::from_ref(&property.address)).await?;
            versions.iter().filter_map(|version| version.scheduled()).for_each(|one| scene.limits.add(one));
        }
        Ok(scene)
    }

    /// Is only a part of the readings asked for?
    pub fn cuts(&self) -> bool {
        self.batch.is_some() || self.phase.is_some()
    }

    /// The stretch of time outside of which no reading is of the batch or phase that is asked for.
    pub fn range(&self, question: &Question) -> (i64, i64) {
        if !self.cuts() {
            return self.range;
        }
        let named = |wanted: &Option<String>, said: &Option<String>| wanted.is_none() || wanted == said;
        let told = |run: &&Run| named(&question.batch, &run.batch) || named(&question.phase, &run.phase);
        let told: Vec<&Run> = self.runs.all().iter().filter(told).collect();
        let from = told.iter().map(|run| run.starts).min().unwrap_or(question.from).max(question.from);
        let to = told.iter().map(|run| run.ends).max().unwrap_or(question.from).min(question.to);
        (from, to.max(from))
    }

    /// Is a reading of that time asked for?
    pub fn takes(&self, time: i64) -> bool {
        if !self.cuts() {
            return true;
        }
        let joined = self.runs.at(time);
        let fits = |wanted: &Option<String>, said: Option<&str>| wanted.is_none() || wanted.as_deref() == said;
        fits(&self.batch, joined.batch) && fits(&self.phase, joined.phase)
    }

    /// The reading with what it joins.
    pub fn joined(&self, time: i64, mut reading: Value) -> Value {
        let joined = self.runs.at(time);
        let said = [("batch", joined.batch), ("phase", joined.phase)];
        said.into_iter().filter_map(|(n, v)| Some((n, v?))).for_each(|(name, value)| reading[name] = value.into());
        if let Some(limits) = self.limits.at(time) {
            reading["limitVersion"] = limits.version.into();
        }
        reading
    }

    /// The runs and the versions of limits that the stretch of time touches.
    pub fn tell(&self, page: &mut Map<String, Value>) {
        let (from, to) = self.range;
        page.insert("runs".into(), self.runs.all().iter().map(Run::shown).collect());
        let version = |one: &crate::limits::Scheduled| {
            let mut shown = json!({ "version": one.version, "from": crate::time::format(one.effective) });
            let ends = [("low", one.limits.low), ("high", one.limits.high)];
            ends.into_iter().filter_map(|(n, e)| Some((n, e?))).for_each(|(name, end)| shown[name] = end.into());
            shown
        };
        page.insert("limits".into(), self.limits.within(from, to).iter().map(version).collect());
    }
}
