//! Every rule and every pinned choice of the engine, one test each, and a slow model to agree with.

use super::*;
use proptest::prelude::*;

/// Positions, counted from 1, at which `rule` flags.
fn flagged(rule: Rule, zs: &[f64]) -> Vec<usize> {
    let mut state = State::default();
    let set = RuleSet::only(rule);
    zs.iter().enumerate().filter(|(_, z)| state.step(**z, set).rules.contains(rule)).map(|(i, _)| i + 1).collect()
}

fn alternating(count: usize) -> Vec<f64> {
    (0..count).map(|i| if i % 2 == 0 { 0.5 } else { -0.5 }).collect()
}

#[test]
fn choice_1_a_point_exactly_on_a_limit_is_not_out() {
    assert_eq!(flagged(Rule::We1, &[3.0, -3.0, 3.000_001, -3.000_001]), [3, 4]);
    assert!(flagged(Rule::We2, &[2.0, 2.0, 2.0]).is_empty());
    assert!(flagged(Rule::We3, &[1.0; 5]).is_empty());
}

#[test]
fn choice_2_a_point_on_the_centre_line_breaks_a_one_side_run() {
    let mut zs = vec![0.5; 7];
    zs.push(0.0);
    zs.extend([0.5; 8]);
    assert_eq!(flagged(Rule::We4, &zs), [16]);
}

#[test]
fn choice_3_the_last_point_is_flagged_and_earlier_members_contribute() {
    let mut state = State::default();
    let set = RuleSet::only(Rule::We2);
    assert!(state.step(2.5, set).rules.is_empty());
    assert!(state.step(0.0, set).rules.is_empty());
    let flags = state.step(2.1, set);
    assert!(flags.rules.contains(Rule::We2));
    assert_eq!(flags.lags(Rule::We2), 0b100);
    assert_eq!(flags.lags(Rule::Nelson3), 0b11_1110);
}

#[test]
fn choice_4_the_flagged_point_itself_must_be_beyond() {
    assert_eq!(flagged(Rule::Nelson5, &[2.5, 2.5, 0.0]), [2]);
    assert_eq!(flagged(Rule::Nelson6, &[1.5, 1.5, 1.5, 1.5, 0.0]), [4]);
    assert_eq!(flagged(Rule::Nelson6, &[1.5, 1.5, 1.5, 0.0, 1.5]), [5]);
}

#[test]
fn choice_5_points_beyond_3_sigma_count_for_the_narrower_zones() {
    assert_eq!(flagged(Rule::We2, &[3.5, 0.0, 2.5]), [3]);
    assert_eq!(flagged(Rule::We3, &[3.5, 2.5, 3.5, 1.5]), [4]);
}

#[test]
fn choice_6_a_trend_is_six_points_and_an_alternation_fourteen() {
    assert_eq!(flagged(Rule::Nelson3, &[0.1, 0.2, 0.3, 0.4, 0.5, 0.6]), [6]);
    assert_eq!(flagged(Rule::Nelson3, &[-0.1, -0.2, -0.3, -0.4, -0.5, -0.6]), [6]);
    assert_eq!(flagged(Rule::Nelson4, &alternating(14)), [14]);
}

#[test]
fn choice_7_a_tie_breaks_a_trend_and_an_alternation() {
    assert!(flagged(Rule::Nelson3, &[0.1, 0.2, 0.3, 0.3, 0.4, 0.5, 0.6]).is_empty());
    let mut zs = alternating(13);
    zs.push(zs[12]);
    zs.extend(alternating(13));
    assert!(flagged(Rule::Nelson4, &zs).is_empty());
}

#[test]
fn choice_8_one_sigma_exactly_is_neither_within_nor_outside() {
    let mut within = vec![0.5; 14];
    within.push(1.0);
    within.extend([0.5; 14]);
    assert!(flagged(Rule::Nelson7, &within).is_empty());
    let mut outside = vec![1.5; 7];
    outside.push(-1.0);
    outside.extend([1.5; 7]);
    assert!(flagged(Rule::Nelson8, &outside).is_empty());
    assert_eq!(flagged(Rule::Nelson7, &[0.5; 15]), [15]);
}

#[test]
fn choice_9_outside_one_sigma_may_be_one_side_alone() {
    assert_eq!(flagged(Rule::Nelson8, &[1.5; 8]), [8]);
    assert_eq!(flagged(Rule::Nelson8, &[1.5, -1.5, 1.5, -1.5, 1.5, -1.5, 1.5, -1.5]), [8]);
}

#[test]
fn choice_10_a_run_goes_on_being_flagged_but_begins_once() {
    let mut state = State::default();
    let zs = [[0.5; 10].as_slice(), &[-0.5], &[0.5; 8]].concat();
    let flags: Vec<Flags> = zs.iter().map(|z| state.step(*z, RuleSet::only(Rule::We4))).collect();
    let places = |pick: fn(&Flags) -> RuleSet| {
        let mut found = Vec::new();
        for (i, flags) in flags.iter().enumerate() {
            if !pick(flags).is_empty() {
                found.push(i + 1);
            }
        }
        found
    };
    assert_eq!(places(|f| f.rules), [8, 9, 10, 19]);
    assert_eq!(places(|f| f.begins), [8, 19]);
}

#[test]
fn choice_10_crossing_to_the_other_side_is_another_episode() {
    let mut state = State::default();
    let begins = [4.0, 4.0, -4.0].map(|z| !state.step(z, RuleSet::only(Rule::We1)).begins.is_empty());
    assert_eq!(begins, [true, false, true]);
}

#[test]
fn choice_11_a_missing_value_neither_breaks_nor_extends() {
    let zs = [[0.5; 4].as_slice(), &[f64::NAN; 3], &[0.5; 4]].concat();
    assert_eq!(flagged(Rule::We4, &zs), [11]);
    let rising = [0.1, 0.2, 0.3, f64::NAN, 0.4, 0.5, 0.6];
    assert_eq!(flagged(Rule::Nelson3, &rising), [7]);
}

#[test]
fn choice_12_windows_carry_over_a_change_of_rules_and_start_anew_when_replaced() {
    let mut state = State::default();
    (0..7).for_each(|_| assert!(state.step(0.5, RuleSet::NONE).rules.is_empty()));
    let mut replaced = State::default();
    assert!(state.step(0.5, RuleSet::WESTERN_ELECTRIC).begins.contains(Rule::We4));
    assert!(replaced.step(0.5, RuleSet::WESTERN_ELECTRIC).rules.is_empty());
}

#[test]
fn western_electric_runs_are_eight_and_nelson_runs_nine() {
    assert_eq!(flagged(Rule::We4, &[0.5; 9]), [8, 9]);
    assert_eq!(flagged(Rule::Nelson2, &[-0.5; 9]), [9]);
}

#[test]
fn two_of_three_needs_one_side() {
    assert!(flagged(Rule::We2, &[2.5, -2.5, 0.0, 2.5, -2.5]).is_empty());
    assert_eq!(flagged(Rule::We2, &[2.5, -2.5, 2.5]), [3]);
}

#[test]
fn trends_follow_the_plotted_value_where_sigma_varies() {
    let mut state = State::default();
    let xs = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    let zs = [0.5, 0.4, 0.6, 0.5, 0.7, 0.6];
    let flags: Vec<bool> =
        xs.iter().zip(zs).map(|(x, z)| !state.step_at(z, *x, RuleSet::NELSON).rules.is_empty()).collect();
    assert_eq!(flags, [false, false, false, false, false, true]);
}

#[test]
fn a_rule_switched_off_is_silent() {
    let mut state = State::default();
    let all_but_one = RuleSet(RuleSet::ALL.0 & !Rule::We1.bit());
    assert_eq!(state.step(5.0, all_but_one).rules, RuleSet::only(Rule::Nelson1));
}

/// What a person would do with the whole series on paper: the model the engine must agree with.
fn on_paper(rule: Rule, zs: &[f64]) -> bool {
    let span = usize::from(rule.row().span);
    let last = |n: usize| zs.len().checked_sub(n).map(|from| &zs[from..]);
    let of = |k: usize, n: usize, limit: f64| {
        let from = zs.len().saturating_sub(n);
        [1.0, -1.0].iter().any(|side| {
            let beyond = |z: &f64| z * side > limit;
            zs.last().is_some_and(beyond) && zs[from..].iter().filter(|z| beyond(z)).count() >= k
        })
    };
    let all = |test: &dyn Fn(&[f64]) -> bool| last(span).is_some_and(test);
    match rule {
        Rule::We1 | Rule::Nelson1 => zs.last().is_some_and(|z| z.abs() > 3.0),
        Rule::We2 | Rule::Nelson5 => of(2, 3, 2.0),
        Rule::We3 | Rule::Nelson6 => of(4, 5, 1.0),
        Rule::We4 | Rule::Nelson2 => all(&|w| w.iter().all(|z| *z > 0.0) || w.iter().all(|z| *z < 0.0)),
        Rule::Nelson3 => all(&|w| w.windows(2).all(|p| p[1] > p[0]) || w.windows(2).all(|p| p[1] < p[0])),
        Rule::Nelson4 => all(&|w| w.windows(3).all(|p| (p[1] - p[0]) * (p[2] - p[1]) < 0.0)),
        Rule::Nelson7 => all(&|w| w.iter().all(|z| z.abs() < 1.0)),
        Rule::Nelson8 => all(&|w| w.iter().all(|z| z.abs() > 1.0)),
    }
}

/// Half sigmas, so that points on lines and ties are frequent; `scale` makes long runs likely.
fn series() -> impl Strategy<Value = Vec<f64>> {
    let bounds = prop_oneof![Just((-7, 7)), Just((-1, 1)), Just((0, 3)), Just((-4, -2)), Just((3, 7))];
    let piece = bounds.prop_flat_map(|(low, high)| prop::collection::vec(low..=high, 1..20));
    let ramp = (1..10_i32).prop_map(|n| (0..n).collect::<Vec<_>>());
    let zigzag = (1..20_i32).prop_map(|n| (0..n).map(|i| i % 2).collect::<Vec<_>>());
    prop::collection::vec(prop_oneof![3 => piece, 1 => ramp, 1 => zigzag], 1..8)
        .prop_map(|pieces| pieces.concat().into_iter().map(|half| f64::from(half) / 2.0).collect())
}

proptest! {
    #[test]
    fn the_engine_flags_what_paper_flags(zs in series()) {
        let mut state = State::default();
        for end in 1..=zs.len() {
            let flags = state.step(zs[end - 1], RuleSet::ALL);
            let paper: RuleSet = RuleSet::ALL.iter().filter(|rule| on_paper(*rule, &zs[..end])).collect();
            prop_assert_eq!(flags.rules, paper, "after {:?}", &zs[..end]);
        }
    }

    #[test]
    fn state_restored_from_bytes_is_the_same_state(zs in series(), cut in 0..100_usize) {
        let mut whole = State::default();
        let mut parts = State::default();
        for (i, z) in zs.iter().enumerate() {
            if i == cut {
                parts = State::from_bytes(&parts.to_bytes());
            }
            prop_assert_eq!(whole.step(*z, RuleSet::ALL), parts.step(*z, RuleSet::ALL));
            prop_assert_eq!(whole.to_bytes(), parts.to_bytes());
        }
    }
}
