//! The numbers an evaluation takes, and how a chart sees them as observations.

use crate::ChartSpec;
use crate::capability::Specification;
use crate::chart::{Form, Kind};
use crate::constants::LARGEST_RANGE;
use crate::estimate::Observation;
use crate::spec::unreadable;
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use theriac_core::{Code, Error, Issue, Result};

/// `{"values":[...]}`, `{"subgroups":[[...]]}` or `{"counts":[...],"sizes":[...]}`, for T2
/// `{"vectors":[[...]]}`; `null` is a missing value.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<Option<f64>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subgroups: Option<Vec<Vec<Option<f64>>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<Vec<Option<f64>>>,
    /// One value of each property of the chart, in the chart's order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vectors: Option<Vec<Vec<Option<f64>>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sizes: Option<Sizes>,
    /// Takes the place of the chart's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub specification: Option<Specification>,
}

/// Items inspected: one number for all counts, or one for each.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Sizes {
    All(f64),
    Each(Vec<f64>),
}

struct SizesVisitor;

impl<'de> Visitor<'de> for SizesVisitor {
    type Value = Sizes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one number, or a list with one number for each count")
    }

    fn visit_f64<E>(self, size: f64) -> Result<Sizes, E> {
        Ok(Sizes::All(size))
    }

    fn visit_u64<E>(self, size: u64) -> Result<Sizes, E> {
        Ok(Sizes::All(size as f64))
    }

    fn visit_i64<E>(self, size: i64) -> Result<Sizes, E> {
        Ok(Sizes::All(size as f64))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Sizes, A::Error> {
        let mut sizes = Vec::new();
        while let Some(size) = list.next_element()? {
            sizes.push(size);
        }
        Ok(Sizes::Each(sizes))
    }
}

impl<'de> Deserialize<'de> for Sizes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SizesVisitor)
    }
}

impl Sizes {
    /// The size a stream can count on; a list has none.
    pub fn single(&self) -> Option<f64> {
        match self {
            Self::All(size) => Some(*size),
            Self::Each(_) => None,
        }
    }

    pub fn at(&self, index: usize) -> Option<f64> {
        match self {
            Self::All(size) => Some(*size),
            Self::Each(sizes) => sizes.get(index).copied(),
        }
    }

    pub fn issues(&self, path: &str, found: &mut Vec<Issue>) {
        let wrong = |size: &f64| !(size.is_finite() && *size > 0.0);
        let refused = match self {
            Self::All(size) => wrong(size).then(|| (path.to_owned(), *size)),
            Self::Each(sizes) => sizes.iter().position(wrong).map(|i| (format!("{path}[{i}]"), sizes[i])),
        };
        if let Some((path, size)) = refused {
            found.push(Issue::new(Code::Invalid, path, format!("is {size}; a size is greater than 0")));
        }
    }
}

/// A chart's observations in order; `None` is a missing point. `raw` holds the measurements of point `i`.
#[derive(Debug, Default)]
pub struct Series {
    pub observations: Vec<Option<Observation>>,
    raw: Vec<f64>,
    ends: Vec<usize>,
}

impl Series {
    fn push(&mut self, measurements: impl Iterator<Item = f64>) {
        let start = self.raw.len();
        self.raw.extend(measurements);
        self.observations.push(Observation::of(&self.raw[start..]));
        self.ends.push(self.raw.len());
    }

    fn push_count(&mut self, observation: Option<Observation>) {
        self.observations.push(observation);
        self.ends.push(0);
    }

    /// The measurements behind point `index`, counted from 0.
    pub fn measurements(&self, index: usize) -> &[f64] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.raw[start..self.ends[index]]
    }
}

impl Data {
    pub fn parse(json: &[u8]) -> Result<Self> {
        serde_json::from_slice(json).map_err(|e| unreadable("data", &e))
    }

    pub fn of_values(values: &[f64]) -> Self {
        Self { values: Some(values.iter().copied().map(Some).collect()), ..Self::default() }
    }

    pub fn of_subgroups(groups: &[Vec<f64>]) -> Self {
        let groups = groups.iter().map(|g| g.iter().copied().map(Some).collect()).collect();
        Self { subgroups: Some(groups), ..Self::default() }
    }

    pub fn of_counts(counts: &[f64], sizes: Option<Sizes>) -> Self {
        Self { counts: Some(counts.iter().copied().map(Some).collect()), sizes, ..Self::default() }
    }

    /// What `spec` plots of these numbers.
    pub fn observe(&self, spec: &ChartSpec) -> Result<Series> {
        self.one_list()?;
        if self.vectors.is_some() {
            return Err(misfit(spec, "vectors", "values, or subgroups or counts where the kind plots them"));
        }
        match (spec.family().form, self) {
            (Form::Counts { sized }, Self { counts: Some(counts), .. }) => self.counted(spec, "counts", counts, sized),
            (Form::Counts { sized }, Self { values: Some(counts), .. }) => self.counted(spec, "values", counts, sized),
            (Form::Counts { .. }, _) => Err(misfit(spec, "subgroups", "counts")),
            (_, Self { counts: Some(_), .. }) => Err(misfit(spec, "counts", "values or subgroups")),
            _ if self.sizes.is_some() => Err(misfit(spec, "sizes", "values or subgroups alone")),
            (Form::Individuals, Self { subgroups: Some(_), .. }) => Err(misfit(spec, "subgroups", "values")),
            (_, Self { subgroups: Some(groups), .. }) => grouped(spec, groups),
            (_, Self { values: Some(values), .. }) => valued(spec, values),
            _ => Err(Error::invalid("give exactly one of values, subgroups, counts and vectors")),
        }
    }

    fn one_list(&self) -> Result<()> {
        let given = [self.values.is_some(), self.subgroups.is_some(), self.counts.is_some(), self.vectors.is_some()];
        if given.iter().filter(|g| **g).count() != 1 {
            return Err(Error::invalid("give exactly one of values, subgroups, counts and vectors"));
        }
        Ok(())
    }

    /// The vectors of a T2 chart; one with a missing value is missing.
    pub fn vectors_of(&self, spec: &ChartSpec) -> Result<Vec<Option<Vec<f64>>>> {
        self.one_list()?;
        let Some(vectors) = &self.vectors else { return Err(misfit(spec, "these", "vectors")) };
        let width = spec.properties().count();
        for (at, vector) in vectors.iter().enumerate() {
            if vector.len() != width {
                let message = format!("has {} values; the chart judges {width} properties", vector.len());
                return Err(Error::invalid(message).at(format!("vectors[{at}]")));
            }
        }
        Ok(vectors.iter().map(|vector| vector.iter().copied().collect()).collect())
    }

    fn counted(&self, spec: &ChartSpec, path: &str, counts: &[Option<f64>], sized: bool) -> Result<Series> {
        let sizes = self.sizes.as_ref().or(spec.sizes.as_ref()).filter(|_| sized);
        self.check_sizes(spec, sizes, counts.len(), sized)?;
        let mut series = Series::default();
        for (i, count) in counts.iter().enumerate() {
            let size = sizes.and_then(|s| s.at(i)).unwrap_or(1.0);
            if let Some(count) = count {
                check_count(spec.kind, *count, size).map_err(|e| e.at(format!("{path}[{i}]")))?;
            }
            series.push_count(count.map(|count| Observation::counted(count, size)));
        }
        Ok(series)
    }

    fn check_sizes(&self, spec: &ChartSpec, sizes: Option<&Sizes>, counts: usize, sized: bool) -> Result<()> {
        let name = spec.family().name;
        if !sized && self.sizes.is_some() {
            return Err(misfit(spec, "sizes", "counts alone; use u where the size varies"));
        }
        let Some(sizes) = sizes else {
            let missing = Error::invalid(format!("sizes is missing; {name} needs the items behind each count"));
            return if sized { Err(missing.at("sizes")) } else { Ok(()) };
        };
        let mut issues = Vec::new();
        sizes.issues("sizes", &mut issues);
        if let Sizes::Each(list) = sizes {
            if list.len() != counts {
                let message = format!("has {} numbers for {counts} counts; give one for each", list.len());
                issues.push(Issue::new(Code::Invalid, "sizes", message));
            } else if spec.kind == Kind::Np && list.windows(2).any(|pair| pair[0] != pair[1]) {
                issues.push(Issue::new(Code::Invalid, "sizes", "vary; np needs one size, use p"));
            }
        }
        if issues.is_empty() { Ok(()) } else { Err(Error::from_issues(issues)) }
    }
}

fn misfit(spec: &ChartSpec, given: &str, wanted: &str) -> Error {
    Error::invalid(format!("{given} do not fit a chart of kind {}; give {wanted}", spec.family().name)).at(given)
}

/// A count is not negative, and of items no more than were inspected.
pub fn check_count(kind: Kind, count: f64, size: f64) -> Result<()> {
    if !count.is_finite() || count < 0.0 {
        return Err(Error::invalid(format!("is {count}; a count is 0 or more")));
    }
    if kind.counts_items() && count > size {
        return Err(Error::invalid(format!("is {count}, more than the {size} items inspected")));
    }
    Ok(())
}

fn grouped(spec: &ChartSpec, groups: &[Vec<Option<f64>>]) -> Result<Series> {
    let mut series = Series::default();
    for (i, group) in groups.iter().enumerate() {
        if spec.kind == Kind::XbarR && group.len() > LARGEST_RANGE {
            let message = format!("has {} values; ranges serve up to {LARGEST_RANGE}, use xbar-s", group.len());
            return Err(Error::invalid(message).at(format!("subgroups[{i}]")));
        }
        series.push(group.iter().copied().flatten());
    }
    Ok(series)
}

/// Single values, or subgroups formed in order; values after the last full subgroup wait, as in a stream.
fn valued(spec: &ChartSpec, values: &[Option<f64>]) -> Result<Series> {
    let mut series = Series::default();
    if spec.is_grouped() {
        let Some(size) = spec.subgroup_size.filter(|n| *n > 0) else {
            return Err(Error::invalid("subgroupSize is missing; give it, or give subgroups").at("subgroupSize"));
        };
        let present: Vec<f64> = values.iter().copied().flatten().collect();
        present.chunks_exact(size).for_each(|group| series.push(group.iter().copied()));
    } else {
        values.iter().for_each(|value| series.push(value.iter().copied()));
    }
    Ok(series)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(kind: Kind, json: &str) -> String {
        let spec = ChartSpec { subgroup_size: Some(2), ..ChartSpec::new("a.b", kind) };
        Data::parse(json.as_bytes()).and_then(|data| data.observe(&spec)).unwrap_err().to_string()
    }

    #[test]
    fn refuses_numbers_that_do_not_fit_the_chart() {
        for (kind, json, word) in [
            (Kind::IMr, "{}", "exactly one"),
            (Kind::IMr, r#"{"values":[1],"counts":[1]}"#, "exactly one"),
            (Kind::IMr, r#"{"subgroups":[[1,2]]}"#, "give values"),
            (Kind::C, r#"{"subgroups":[[1,2]]}"#, "give counts"),
            (Kind::XbarR, r#"{"counts":[1]}"#, "subgroups"),
            (Kind::C, r#"{"counts":[1],"sizes":5}"#, "use u"),
            (Kind::P, r#"{"counts":[1]}"#, "sizes is missing"),
            (Kind::P, r#"{"counts":[1,2],"sizes":[5]}"#, "1 numbers for 2 counts"),
            (Kind::P, r#"{"counts":[1,2],"sizes":[5,0]}"#, "sizes[1]"),
            (Kind::P, r#"{"counts":[1,6],"sizes":5}"#, "counts[1]"),
            (Kind::U, r#"{"counts":[-1],"sizes":5}"#, "0 or more"),
            (Kind::Np, r#"{"counts":[1,2],"sizes":[5,6]}"#, "use p"),
            (Kind::P, r#"{"counts":[1],"sizes":"five"}"#, "one number, or a list"),
            (Kind::IMr, r#"{"values":["1"]}"#, "expected f64"),
            (Kind::IMr, r#"{"valus":[1]}"#, "unknown field `valus`"),
        ] {
            let refusal = refusal(kind, json);
            assert!(refusal.contains(word), "{json}: {refusal}");
        }
    }

    #[test]
    fn values_form_subgroups_in_order_and_the_rest_waits() {
        let spec = ChartSpec { subgroup_size: Some(2), ..ChartSpec::new("a.b", Kind::XbarR) };
        let series = Data::parse(br#"{"values":[1,3,null,5,9,7]}"#).unwrap().observe(&spec).unwrap();
        let means: Vec<f64> = series.observations.iter().flatten().map(|o| o.value).collect();
        assert_eq!(means, [2.0, 7.0]);
        assert_eq!(series.measurements(1), [5.0, 9.0]);
    }

    #[test]
    fn an_empty_subgroup_is_a_missing_point() {
        let spec = ChartSpec { subgroup_size: Some(2), ..ChartSpec::new("a.b", Kind::XbarS) };
        let series = Data::parse(br#"{"subgroups":[[1,2],[null],[3]]}"#).unwrap().observe(&spec).unwrap();
        assert!(series.observations[1].is_none());
        assert_eq!(series.observations[2].map(|o| o.size), Some(1.0));
    }
}
