//! A stream equals the whole chart, and equals itself however often it is put down and taken up.

use super::*;
use crate::chart::Kind;
use crate::data::Data;
use crate::evaluate::evaluate;
use crate::rules::{Rule, RuleSet};
use crate::spec::{Cusum, Limits, Phase1};
use proptest::prelude::*;

const LIMITS: Parameters = Parameters { center: 10.0, sigma: 2.0, secondary: None };

fn given(kind: Kind, subgroup_size: Option<usize>) -> ChartSpec {
    let limits = Some(Limits { center: LIMITS.center, sigma: Some(LIMITS.sigma) });
    let chart = ChartSpec { subgroup_size, limits, ..ChartSpec::new("mixer.temperature", kind) };
    let all = matches!(kind, Kind::Ewma | Kind::Cusum);
    let rules = if all { RuleSet::only(Rule::Nelson1) } else { RuleSet::ALL };
    let sizes = kind.family().form.eq(&crate::chart::Form::Counts { sized: true }).then_some(Sizes::All(40.0));
    let limits = match kind {
        Kind::P => Some(Limits { center: 0.25, sigma: None }),
        Kind::LaneyP => Some(Limits { center: 0.25, sigma: Some(0.6) }),
        _ => limits,
    };
    ChartSpec { rules: Some(rules), sizes, limits, ..chart }
}

/// Every kind of chart a stream can be, and the size of its subgroups.
fn charts() -> Vec<ChartSpec> {
    let groups = [Kind::XbarR, Kind::XbarS, Kind::Ewma, Kind::Cusum].map(|kind| given(kind, Some(4)));
    let singles: [Kind; 9] =
        [Kind::IMr, Kind::P, Kind::Np, Kind::C, Kind::U, Kind::Ewma, Kind::Cusum, Kind::LaneyP, Kind::LaneyU];
    let singles = singles.map(|kind| given(kind, None));
    groups.into_iter().chain(singles).collect()
}

fn limits_of(spec: &ChartSpec) -> Parameters {
    spec.given(spec.sizes.as_ref().and_then(Sizes::single)).unwrap().unwrap()
}

fn values() -> impl Strategy<Value = Vec<f64>> {
    let piece = prop_oneof![
        (0..40_i32).prop_map(|v| vec![f64::from(v) / 2.0]),
        (0..20_i32, 1..40_usize).prop_map(|(v, n)| vec![f64::from(v); n]),
        prop::collection::vec(0.0..20.0_f64, 1..30),
        Just(vec![f64::NAN]),
    ];
    prop::collection::vec(piece, 1..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn put_down_anywhere_and_taken_up_it_goes_on_bit_for_bit(values in values(), cuts in prop::collection::vec(0..200_usize, 0..6)) {
        for spec in charts().into_iter().map(Arc::new) {
            let mut whole = Stream::new(spec.clone(), limits_of(&spec)).unwrap();
            let mut parts = whole.clone();
            for (i, value) in values.iter().enumerate() {
                if cuts.contains(&i) {
                    parts = Stream::restore(spec.clone(), &parts.state_bytes()).unwrap();
                }
                prop_assert_eq!(whole.push(*value), parts.push(*value));
                prop_assert_eq!(whole.state_bytes(), parts.state_bytes());
            }
        }
    }

    #[test]
    fn a_stream_gives_the_points_of_the_whole_chart(values in values()) {
        let values: Vec<f64> = values.into_iter().filter(|v| v.is_finite()).collect();
        for spec in charts() {
            let whole = evaluate(&spec, &Data::of_values(&values)).unwrap();
            let mut stream = Stream::new(spec.clone(), limits_of(&spec)).unwrap();
            let points: Vec<Point> = values.iter().filter_map(|v| stream.push(*v)).collect();
            let primary: Vec<_> = points.iter().map(|p| p.primary.clone()).collect();
            prop_assert_eq!(&primary, &whole.chart.points);
            let below: Vec<_> = points.into_iter().filter_map(|p| p.secondary).collect();
            prop_assert_eq!(below, whole.secondary.map(|s| s.chart.points).unwrap_or_default());
        }
    }
}

#[test]
fn state_has_one_length_whatever_has_been_fed() {
    let spec = Arc::new(given(Kind::XbarR, Some(5)));
    let mut stream = Stream::new(spec, LIMITS).unwrap();
    let length = stream.state_bytes().len();
    for i in 0..1000 {
        stream.push(f64::from(i));
        assert_eq!(stream.state_bytes().len(), length);
    }
}

#[test]
fn a_state_of_another_chart_is_refused() {
    let bytes = Stream::new(given(Kind::XbarR, Some(5)), LIMITS).unwrap().state_bytes();
    for (spec, word) in [
        (given(Kind::XbarS, Some(5)), "kind"),
        (given(Kind::XbarR, Some(4)), "subgroup size"),
        (given(Kind::IMr, None), "kind"),
    ] {
        let error = Stream::restore(spec, &bytes).unwrap_err();
        assert!(error.message.contains(word), "{error}");
    }
    let spec = Arc::new(given(Kind::XbarR, Some(5)));
    for length in 0..bytes.len() {
        assert!(Stream::restore(spec.clone(), &bytes[..length]).is_err(), "{length} bytes");
    }
}

#[test]
fn choice_12_new_limits_start_the_rules_anew_and_keep_counting_points() {
    let mut stream = Stream::new(given(Kind::IMr, None), LIMITS).unwrap();
    let flagged = |stream: &mut Stream, times: usize| {
        (0..times).filter_map(|_| stream.push(11.0)).filter(|p| p.primary.rules.contains(Rule::We4)).count()
    };
    assert_eq!(flagged(&mut stream, 8), 1);
    stream.set_limits(Parameters { center: 9.0, ..LIMITS }).unwrap();
    assert_eq!(flagged(&mut stream, 7), 0);
    assert_eq!(flagged(&mut stream, 1), 1);
    assert_eq!(stream.index(), 16);
}

#[test]
fn choice_12_windows_carry_from_phase_one_into_phase_two() {
    let phase1 = Some(Phase1 { first: 1, last: 7, exclude: Vec::new() });
    let spec = ChartSpec { limits: None, phase1, ..given(Kind::IMr, None) };
    let mut stream = Stream::new(spec, LIMITS).unwrap();
    let flagged: Vec<bool> =
        (0..8).filter_map(|_| stream.push(11.0)).map(|p| p.primary.rules.contains(Rule::We4)).collect();
    assert_eq!(flagged, [false, false, false, false, false, false, false, true]);
}

#[test]
fn contributors_are_named_by_their_position() {
    let mut stream = Stream::new(given(Kind::IMr, None), LIMITS).unwrap();
    let points: Vec<Point> = [10.0, 14.5, f64::NAN, 9.0, 15.0].into_iter().filter_map(|v| stream.push(v)).collect();
    let violation = points[3].primary.violations.iter().find(|v| v.rule == Rule::We2).unwrap();
    assert_eq!((violation.index, violation.begins, violation.contributors.as_slice()), (4, true, [2].as_slice()));
}

#[test]
fn a_count_that_cannot_be_is_missing() {
    let mut stream = Stream::new(given(Kind::P, None), limits_of(&given(Kind::P, None))).unwrap();
    assert!(stream.push(41.0).is_none() && stream.push(-1.0).is_none() && stream.push(f64::NAN).is_none());
    assert!(stream.push_count(41.0, 50.0).is_some());
    assert_eq!(stream.index(), 1);
}

#[test]
fn counts_of_items_need_one_size_and_sums_a_sigma() {
    let spec = ChartSpec { sizes: None, ..given(Kind::U, None) };
    assert_eq!(Stream::new(spec, LIMITS).unwrap_err().issues[0].path, "sizes");
    let spec = ChartSpec { cusum: Some(Cusum::default()), ..given(Kind::Cusum, None) };
    assert!(Stream::new(spec, Parameters { sigma: 0.0, ..LIMITS }).is_err());
}
