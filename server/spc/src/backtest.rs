//! `POST /{tenant}/spc/charts/{id}/backtest`: what other settings would have said of the stored history, beside what
//! the chart's own would have said. Nothing is stored; readings are read in order of time, group by group.

use crate::run::{Fired, Run, Stage};
use crate::service::Spc;
use crate::show::{spec_of, visible};
use crate::spec::unreadable;
use crate::{ChartSpec, Rule, RuleSet};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use theriac_core::{Error, Instant, Result};
use theriac_isa95::{Point, Span};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

/// Episodes listed in the answer; all are counted.
const LISTED: usize = 100;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    /// Within.
    from: String,
    /// Without.
    to: String,
    /// Rules in place of the chart's.
    #[serde(default)]
    rules: Option<RuleSet>,
    /// Or all settings in place of the chart's.
    #[serde(default)]
    settings: Option<Value>,
}

/// What a chart would have said.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Verdict {
    rules: RuleSet,
    /// Alerts it would have raised: the beginnings of unbroken episodes.
    episodes: u64,
    by_rule: BTreeMap<&'static str, u64>,
    /// The first of them.
    first: Vec<Value>,
    /// Why it has no limits.
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
}

pub(crate) async fn backtest(_: Spc, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let stored = visible(&context, request.param("id")).await?;
    let own = spec_of(&stored.document)?;
    let question: Question = serde_json::from_slice(&request.body).map_err(|e| unreadable("body", &e))?;
    let proposed = proposed(&own, &question)?;
    let (from, to) = (instant("from", &question.from)?, instant("to", &question.to)?);
    let mut trials = [Trial::new(own.clone()), Trial::new(proposed)];
    let readings = feed(&context, &own, (from, to), &mut trials).await?;
    let [current, proposed] = trials.map(Trial::verdict);
    let answer = json!({ "from": question.from, "to": question.to, "readings": readings, "current": current, "proposed": proposed });
    Response::json(200, &answer)
}

fn instant(name: &str, text: &str) -> Result<i64> {
    let wrong = || Error::invalid(format!("'{name}' is {text:?}, not {}", theriac_isa95::time::EXPECTED)).at(name);
    theriac_isa95::time::parse(text.as_bytes()).ok_or_else(wrong)
}

fn proposed(own: &ChartSpec, question: &Question) -> Result<ChartSpec> {
    let spec = match (&question.settings, question.rules) {
        (Some(settings), None) => ChartSpec::parse(settings.to_string().as_bytes())?,
        (None, Some(rules)) => ChartSpec { rules: Some(rules), phase2_rules: None, ..own.clone() },
        _ => return Err(Error::invalid("give either 'rules' or 'settings', to be tried in place of the chart's")),
    };
    if spec.properties().ne(own.properties()) {
        let message = "the settings are of other properties than the chart; the history is of the chart's";
        return Err(Error::invalid(message).at("settings.property"));
    }
    spec.check()?;
    Ok(spec)
}

struct Trial {
    run: Run,
    verdict: Verdict,
}

impl Trial {
    fn new(spec: ChartSpec) -> Self {
        let rules = spec.rules_at(true);
        Self { run: Run::new(spec), verdict: Verdict { rules, ..Verdict::default() } }
    }

    fn push(&mut self, place: usize, point: &Point) {
        let mut fired = Vec::new();
        self.run.push(place, point.time, point.value, &mut fired);
        fired.iter().for_each(|fired| self.verdict.add(fired));
    }

    fn verdict(mut self) -> Verdict {
        if let Stage::Faulty(why) = self.run.stage() {
            self.verdict.fault = Some(why.clone());
        }
        self.verdict
    }
}

impl Verdict {
    fn add(&mut self, fired: &Fired) {
        self.episodes += 1;
        *self.by_rule.entry(Rule::name(fired.rule)).or_default() += 1;
        if self.first.len() < LISTED {
            let last = fired.points.last();
            self.first.push(json!({
                "rule": fired.rule.name(),
                "plot": fired.secondary.unwrap_or("primary"),
                "time": last.map(|point| Instant(point.time).rfc3339()),
                "value": last.and_then(|point| if fired.secondary.is_some() { point.secondary } else { point.value }),
            }));
        }
    }
}

/// Every reading of the chart's properties in the order of time.
async fn feed(context: &Context, spec: &ChartSpec, range: (i64, i64), trials: &mut [Trial]) -> Result<u64> {
    let addresses: Vec<String> = spec.properties().map(str::to_owned).collect();
    let known = theriac_isa95::properties(&context.db, &addresses).await?;
    let mut series = Vec::new();
    for (place, address) in addresses.iter().enumerate() {
        if let Some(known) = known.iter().find(|known| known.address == *address) {
            series.push(Series::open(context, place, known.key, range).await?);
        }
    }
    let mut readings = 0;
    while let Some((place, point)) = earliest(&mut series).await? {
        trials.iter_mut().for_each(|trial| trial.push(place, &point));
        readings += 1;
    }
    Ok(readings)
}

/// One property's readings, a group at a time.
struct Series<'c> {
    place: usize,
    span: Span<'c>,
    waiting: VecDeque<Point>,
}

impl<'c> Series<'c> {
    async fn open(context: &'c Context, place: usize, key: i64, (from, to): (i64, i64)) -> Result<Self> {
        Ok(Self { place, span: Span::open(context, key, from, to).await?, waiting: VecDeque::new() })
    }

    /// The time of its next reading.
    async fn peek(&mut self) -> Result<Option<i64>> {
        while self.waiting.is_empty() {
            let Some(points) = self.span.next().await? else { return Ok(None) };
            self.waiting.extend(points.into_iter().filter(Point::is_good));
            tokio::task::yield_now().await;
        }
        Ok(self.waiting.front().map(|point| point.time))
    }
}

async fn earliest(series: &mut [Series<'_>]) -> Result<Option<(usize, Point)>> {
    let mut first: Option<(i64, usize)> = None;
    for (at, one) in series.iter_mut().enumerate() {
        if let Some(time) = one.peek().await?
            && first.is_none_or(|(earliest, _)| time < earliest)
        {
            first = Some((time, at));
        }
    }
    let Some(one) = first.and_then(|(_, at)| series.get_mut(at)) else { return Ok(None) };
    Ok(one.waiting.pop_front().map(|point| (one.place, point)))
}
