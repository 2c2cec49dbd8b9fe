//! A run against the whole-series evaluation: the same violations, wherever it is put down and taken up.

use super::*;
use crate::chart::Kind;
use crate::evaluate;
use proptest::prelude::*;

fn spec(json: &str) -> ChartSpec {
    ChartSpec::parse(json.as_bytes()).unwrap()
}

fn feed(run: &mut Run, from: usize, values: &[f64]) -> Vec<Fired> {
    let mut fired = Vec::new();
    for (i, value) in values.iter().enumerate() {
        run.push(0, (from + i) as i64 * 1_000_000, *value, &mut fired);
    }
    fired
}

/// As [`feed`], put down and taken up again before every value.
fn feed_interrupted(run: Run, values: &[f64]) -> (Run, Vec<Fired>) {
    let (mut run, mut fired) = (run, Vec::new());
    for (i, value) in values.iter().enumerate() {
        run = Run::restore(run.spec().clone(), &run.to_bytes()).unwrap();
        run.push(0, i as i64 * 1_000_000, *value, &mut fired);
    }
    (run, fired)
}

const CHARTS: &[&str] = &[
    r#"{"property":"a.b","kind":"i-mr","limits":{"center":10,"sigma":1},"rules":["we1","we2","we3","we4","nelson3"]}"#,
    r#"{"property":"a.b","kind":"i-mr","phase1":{"first":1,"last":20,"exclude":[3]}}"#,
    r#"{"property":"a.b","kind":"xbar-r","subgroupSize":4,"phase1":{"first":1,"last":8}}"#,
    r#"{"property":"a.b","kind":"ewma","limits":{"center":10,"sigma":1}}"#,
    r#"{"property":"a.b","kind":"cusum","limits":{"center":10,"sigma":1}}"#,
];

#[test]
fn a_chart_without_limits_takes_its_first_25_points_as_phase_one() {
    let mut run = Run::new(ChartSpec::new("a.b", Kind::IMr));
    let calm: Vec<f64> = (0..24).map(|i| 10.0 + f64::from(i % 3)).collect();
    assert!(feed(&mut run, 0, &calm).is_empty());
    assert!(matches!(run.stage(), Stage::Collecting(readings) if readings.values.len() == 24));
    feed(&mut run, 24, &[11.0]);
    let Stage::Judging(window) = run.stage() else { panic!("{run:?}") };
    assert_eq!(window.points().len(), 25);
    assert!((window.limits().center - 11.0).abs() < 0.1);
}

#[test]
fn an_unbroken_episode_fires_once_and_names_its_points() {
    let mut run = Run::new(spec(CHARTS[0]));
    let mut values = vec![10.1; 3];
    values.extend([14.0, 14.5, 14.2, 10.0, 15.0]);
    let fired: Vec<Fired> = feed(&mut run, 0, &values).into_iter().filter(|f| f.secondary.is_none()).collect();
    let beyond: Vec<u64> = fired.iter().filter(|f| f.rule == Rule::We1).map(|f| f.index).collect();
    assert_eq!(beyond, [4, 8]);
    let first = &fired[0];
    assert_eq!((first.center, first.lower, first.upper, first.sigma), (Some(10.0), Some(7.0), Some(13.0), 1.0));
    assert_eq!(
        first.points,
        [Plotted { index: 4, time: 3_000_000, value: Some(14.0), secondary: first.points[0].secondary }]
    );
    let pair = fired.iter().find(|f| f.rule == Rule::We2).unwrap();
    assert_eq!(pair.points.iter().map(|p| p.index).collect::<Vec<_>>(), [4, 5]);
}

#[test]
fn a_reading_sent_again_is_counted_and_not_plotted() {
    let mut run = Run::new(spec(CHARTS[0]));
    feed(&mut run, 5, &[10.0, 11.0]);
    let before = run.clone();
    feed(&mut run, 5, &[99.0, 99.0]);
    assert_eq!(run, Run { late: 2, ..before });
}

#[test]
fn a_reading_out_of_order_is_plotted_as_it_comes_but_not_from_before_what_is_remembered() {
    let mut run = Run::new(spec(CHARTS[0]));
    feed(&mut run, 10, &[10.0, 11.0]);
    let fired = feed(&mut run, 3, &[15.0]);
    assert!(fired.iter().any(|f| f.rule == Rule::We1 && f.index == 3), "{fired:?}");
    feed(&mut run, 20, &vec![10.0; 400]);
    let before = run.clone();
    feed(&mut run, 4, &[15.0]);
    assert_eq!(run, Run { late: 1, ..before });
}

#[test]
fn a_damaged_state_is_not_taken_up() {
    let bytes = Run::new(spec(CHARTS[0])).to_bytes();
    assert!((0..bytes.len()).all(|end| Run::restore(spec(CHARTS[0]), &bytes[..end]).is_err()));
    assert!(Run::restore(spec(CHARTS[2]), &bytes).is_err());
}

#[test]
fn a_chart_that_cannot_be_fed_says_why() {
    let run = Run::new(spec(r#"{"property":"a.b","kind":"p"}"#));
    assert!(matches!(run.stage(), Stage::Faulty(why) if why.contains("number of items")), "{run:?}");
    assert_eq!(Run::restore(run.spec().clone(), &run.to_bytes()).unwrap(), run);
}

#[test]
fn the_state_stays_small() {
    let mut run = Run::new(spec(CHARTS[0]));
    let values: Vec<f64> = (0..10_000).map(|i| 10.0 + f64::from(i % 7) * 0.1).collect();
    feed(&mut run, 0, &values);
    let Stage::Judging(window) = run.stage() else { panic!("{run:?}") };
    assert!((100..200).contains(&window.points().len()));
    assert_eq!(window.points().last().unwrap().1.primary.index, 10_000);
    assert!(run.to_bytes().len() < 5_000);
}

proptest! {
    #[test]
    fn fires_what_the_whole_series_begins(
        chart in 0..CHARTS.len(), values in proptest::collection::vec(60i32..140, 60..300),
    ) {
        let values: Vec<f64> = values.into_iter().map(|v| f64::from(v) / 10.0).collect();
        let whole = evaluate(&spec(CHARTS[chart]), &Data::of_values(&values)).unwrap();
        let begun = |violations: &[Violation]| {
            violations.iter().filter(|v| v.begins).map(|v| (v.index, v.rule)).collect::<Vec<_>>()
        };
        let fired = feed(&mut Run::new(spec(CHARTS[chart])), 0, &values);
        let of = |secondary: bool| {
            fired.iter().filter(|f| f.secondary.is_some() == secondary).map(|f| (f.index, f.rule)).collect::<Vec<_>>()
        };
        prop_assert_eq!(of(false), begun(&whole.chart.violations));
        prop_assert_eq!(of(true), whole.secondary.map(|s| begun(&s.chart.violations)).unwrap_or_default());
    }

    #[test]
    fn interrupted_before_every_value_it_goes_on_to_the_last_bit(
        chart in 0..CHARTS.len(), values in proptest::collection::vec(60i32..140, 1..120),
    ) {
        let values: Vec<f64> = values.into_iter().map(|v| f64::from(v) / 10.0).collect();
        let mut run = Run::new(spec(CHARTS[chart]));
        let fired = feed(&mut run, 0, &values);
        let (interrupted, same) = feed_interrupted(Run::new(spec(CHARTS[chart])), &values);
        prop_assert_eq!(fired, same);
        prop_assert_eq!(run.to_bytes(), interrupted.to_bytes());
    }
}

const TWO: &str = r#"{"property":"a.x","with":["a.y"],"kind":"t2","phase1":{"first":1,"last":24,"exclude":[2]}}"#;

/// Two properties that move together but for noise; the vectors at 30 and 31 do not.
fn pairs() -> Vec<(f64, f64)> {
    let usual =
        |i: i32| (f64::from((i * 7) % 11) - 5.0, 2.0 * f64::from((i * 7) % 11) - 10.0 + f64::from((i * 5) % 3) / 2.0);
    (0..40).map(|i| if i == 30 || i == 31 { (4.0, -8.0) } else { usual(i) }).collect()
}

#[test]
fn a_live_t2_chart_agrees_with_the_evaluated_one_and_survives_being_put_down() {
    let rows: Vec<Vec<Option<f64>>> = pairs().iter().map(|(x, y)| vec![Some(*x), Some(*y)]).collect();
    let whole = evaluate(&spec(TWO), &Data { vectors: Some(rows), ..Data::default() }).unwrap();
    let (mut steady, mut broken) = (Run::new(spec(TWO)), Run::new(spec(TWO)));
    let (mut fired, mut again) = (Vec::new(), Vec::new());
    for (time, (x, y)) in (0_i64..).zip(pairs()) {
        // The properties come one by one, now the one first, now the other.
        let order = if time % 2 == 0 { [(0, x), (1, y)] } else { [(1, y), (0, x)] };
        for (place, value) in order {
            steady.push(place, time, value, &mut fired);
            broken = Run::restore(broken.spec().clone(), &broken.to_bytes()).unwrap();
            broken.push(place, time, value, &mut again);
        }
    }
    assert_eq!((&fired, &steady), (&again, &broken));
    assert_eq!(steady.to_bytes(), broken.to_bytes());
    let begun: Vec<u64> = whole.chart.violations.iter().filter(|v| v.begins).map(|v| v.index).collect();
    assert_eq!((begun.as_slice(), fired.iter().map(|f| f.index).collect::<Vec<_>>()), ([31].as_slice(), vec![31]));
    assert_eq!(fired[0].upper, whole.chart.points[30].lines.map(|lines| lines.upper_limit));
    assert_eq!(fired[0].contributions.len(), 2);
    let Stage::Judging(window) = steady.stage() else { panic!("{steady:?}") };
    let live: Vec<_> = window.points().into_iter().map(|(_, point)| point.primary.value).collect();
    assert_eq!(live, whole.chart.points[24..].iter().map(|point| point.value).collect::<Vec<_>>());
}

#[test]
fn a_state_of_one_property_is_no_state_of_several() {
    let one = Run::new(ChartSpec::new("a.x", Kind::IMr)).to_bytes();
    assert!(Run::restore(spec(TWO), &one).is_err());
    assert!(Run::restore(ChartSpec::new("a.x", Kind::IMr), &Run::new(spec(TWO)).to_bytes()).is_err());
}
