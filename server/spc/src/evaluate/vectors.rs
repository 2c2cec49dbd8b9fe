//! A T2 chart evaluated: phase I makes the model and is judged by it, what follows is judged as new.

use super::{Chart, Evaluation};
use crate::chart::t2::limited_at;
use crate::data::Data;
use crate::estimate::Observation;
use crate::fold::{Fold, Plot};
use crate::multivariate::Model;
use crate::{ChartSpec, Parameters};
use serde::Serialize;
use std::collections::BTreeMap;
use theriac_core::Result;

/// What the distance of a point that is out loses without each property.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contribution {
    pub index: u64,
    pub properties: BTreeMap<String, f64>,
}

pub fn evaluate(spec: &ChartSpec, data: &Data) -> Result<Evaluation> {
    let vectors = data.vectors_of(spec)?;
    let last = spec.phase1.as_ref().map_or(vectors.len(), |phase1| phase1.last.min(vectors.len()));
    let model = Model::of(&basis(spec, &vectors[..last]))?;
    let (first, then) = limits(spec, &model)?;
    let mut fold = Fold::new(first);
    let mut points: Vec<Plot> = Vec::with_capacity(vectors.len());
    for (at, vector) in vectors.iter().enumerate() {
        if at == last {
            fold = Fold { index: fold.index, ..Fold::new(then) };
        }
        let observation = vector.as_ref().map(|v| Observation::single(model.t2(v)));
        points.push(fold.next(spec, observation.as_ref()).primary);
    }
    let contributions = contributions(spec, &model, &points, &vectors);
    Ok(Evaluation {
        kind: spec.kind,
        constants: spec.constants,
        estimator: None,
        estimated_from: Some(model.vectors),
        sigma: then.sigma,
        parameters: then,
        chart: Chart::of(points),
        secondary: None,
        capability: None,
        model: Some(model),
        contributions,
    })
}

/// Limits in phase I, and after it.
pub fn limits(spec: &ChartSpec, model: &Model) -> Result<(Parameters, Parameters)> {
    let alpha = spec.alpha();
    Ok((spec.usable(limited_at(model.phase1_limit(alpha)))?, spec.usable(limited_at(model.phase2_limit(alpha)))?))
}

fn basis(spec: &ChartSpec, vectors: &[Option<Vec<f64>>]) -> Vec<Vec<f64>> {
    let first = spec.phase1.as_ref().map_or(1, |phase1| phase1.first as u64);
    let counted = (1..).zip(vectors).filter(|(index, _)| *index >= first && !spec.excludes(*index));
    counted.filter_map(|(_, vector)| vector.clone()).collect()
}

fn contributions(spec: &ChartSpec, model: &Model, points: &[Plot], vectors: &[Option<Vec<f64>>]) -> Vec<Contribution> {
    let out = points.iter().zip(vectors).filter(|(point, _)| !point.rules.is_empty());
    out.filter_map(|(point, vector)| {
        Some(Contribution { index: point.index, properties: by_property(spec, &model.contributions(vector.as_ref()?)) })
    })
    .collect()
}

pub fn by_property(spec: &ChartSpec, contributions: &[f64]) -> BTreeMap<String, f64> {
    spec.properties().map(str::to_owned).zip(contributions.iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use crate::chart::Kind;
    use crate::{ChartSpec, Data, evaluate};

    /// Two properties that move together, and at the end one vector in which they do not: each for itself is normal.
    fn data() -> Data {
        let mut rows: Vec<String> = (0..24)
            .map(|i| {
                let (x, noise) = (f64::from((i * 7) % 11) - 5.0, f64::from((i * 5) % 3) - 1.0);
                format!("[{x},{}]", 2.0 * x + 0.5 * noise)
            })
            .collect();
        rows.extend(["[4,-8]".to_owned(), "[null,3]".to_owned()]);
        Data::parse(format!(r#"{{"vectors":[{}]}}"#, rows.join(",")).as_bytes()).unwrap()
    }

    #[test]
    fn a_vector_that_breaks_the_pattern_is_out_though_each_value_is_usual() {
        let chart = r#"{"property":"a.x","with":["a.y"],"kind":"t2","phase1":{"first":1,"last":24}}"#;
        let result = evaluate(&ChartSpec::parse(chart.as_bytes()).unwrap(), &data()).unwrap();
        assert_eq!(result.chart.flagged(), [25]);
        assert_eq!(result.estimated_from, Some(24));
        assert_eq!(result.chart.points[25].value, None);
        let blamed = &result.contributions[0];
        assert_eq!((blamed.index, blamed.properties.len()), (25, 2));
        let first = result.chart.points[0].lines.unwrap().upper_limit;
        let then = result.chart.points[24].lines.unwrap().upper_limit;
        assert!(first < then, "phase I has the tighter limit: {first} and {then}");
    }

    #[test]
    fn what_does_not_fit_several_properties_is_refused() {
        for (chart, word) in [
            (r#"{"property":"a.x","kind":"t2"}"#, "with"),
            (r#"{"property":"a.x","with":["a.x"],"kind":"t2"}"#, "twice"),
            (r#"{"property":"a.x","with":["a.y"],"kind":"i-mr"}"#, "belongs to kind t2"),
            (r#"{"property":"a.x","with":["a.y"],"kind":"t2","limits":{"center":1,"sigma":1}}"#, "phase1"),
            (r#"{"property":"a.x","with":["a.y"],"kind":"t2","alpha":0.7}"#, "alpha"),
            (r#"{"property":"a.x","kind":"i-mr","alpha":0.01}"#, "belongs to kind t2"),
            (r#"{"property":"a.x","with":["a.y"],"kind":"t2","rules":["nelson2"]}"#, "cannot be used"),
        ] {
            let error = ChartSpec::parse(chart.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(word), "{chart}: {error}");
        }
        let spec = ChartSpec { with: vec!["a.y".into()], ..ChartSpec::new("a.x", Kind::T2) };
        for (data, word) in [(r#"{"values":[1,2]}"#, "give vectors"), (r#"{"vectors":[[1,2],[1]]}"#, "vectors[1]")] {
            let error = evaluate(&spec, &Data::parse(data.as_bytes()).unwrap()).unwrap_err().to_string();
            assert!(error.contains(word), "{data}: {error}");
        }
        let single = ChartSpec::new("a.x", Kind::IMr);
        let vectors = Data::parse(br#"{"vectors":[[1,2]]}"#).unwrap();
        assert!(evaluate(&single, &vectors).unwrap_err().to_string().contains("give values"));
    }
}
