//! The statistics of pairs agree with scipy, and with counting every sign and every resample, to 1e-12.
//!
//! The reference values are made by `data/reference_paired.py`.

use openvm_kpi::stats::{
    hodges_lehmann, hodges_lehmann_interval, holm_adjusted, signed_rank_p_above,
    signed_rank_p_below, smallest_signed_rank_p, Looks,
};
use proptest::prelude::*;
use serde::Deserialize;

const TOLERANCE: f64 = 1e-12;

#[derive(Deserialize)]
struct Reference {
    p_above: Vec<PCase>,
    estimates: Vec<EstimateCase>,
    intervals: Vec<IntervalCase>,
    holm: Vec<HolmCase>,
}

#[derive(Deserialize)]
struct PCase {
    differences: Vec<f64>,
    center: f64,
    p: f64,
}

#[derive(Deserialize)]
struct EstimateCase {
    differences: Vec<f64>,
    estimate: f64,
}

#[derive(Deserialize)]
struct IntervalCase {
    differences: Vec<f64>,
    confidence: f64,
    interval: (f64, f64),
}

#[derive(Deserialize)]
struct HolmCase {
    p_values: Vec<f64>,
    adjusted: Vec<f64>,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("data/reference_paired.json")).expect("reference values")
}

fn assert_close(ours: f64, theirs: f64, what: &str) {
    assert!(
        (ours - theirs).abs() <= TOLERANCE * theirs.abs().max(1.0),
        "{what}: ours {ours:e}, reference {theirs:e}"
    );
}

#[test]
fn p_values_match_scipy_and_the_count_of_all_signs() {
    let cases = reference().p_above;
    assert_eq!(cases.len(), 11);
    for case in cases {
        let what = format!(
            "{} differences, center {}",
            case.differences.len(),
            case.center
        );
        assert_close(
            signed_rank_p_above(&case.differences, case.center),
            case.p,
            &what,
        );
        let mirrored: Vec<f64> = case.differences.iter().map(|d| -d).collect();
        assert_close(signed_rank_p_below(&mirrored, -case.center), case.p, &what);
    }
}

#[test]
fn estimates_are_the_median_of_all_means_of_pairs() {
    let cases = reference().estimates;
    assert_eq!(cases.len(), 9);
    for case in cases {
        let ours = hodges_lehmann(&case.differences).expect("differences");
        assert_close(ours, case.estimate, "estimate");
    }
    assert_eq!(hodges_lehmann(&[]), None);
}

#[test]
fn intervals_hold_the_centers_that_are_not_rejected_or_of_few_pairs_those_of_resamples() {
    let cases = reference().intervals;
    assert_eq!(cases.len(), 8);
    for case in cases {
        let what = format!(
            "{} differences, {}",
            case.differences.len(),
            case.confidence
        );
        let (low, high) = hodges_lehmann_interval(&case.differences, case.confidence).expect(&what);
        assert_close(low, case.interval.0, &what);
        assert_close(high, case.interval.1, &what);
    }
    let ten: Vec<f64> = (0..10).map(f64::from).collect();
    assert_eq!(
        hodges_lehmann_interval(&ten, 0.999),
        None,
        "too few to reject anything"
    );
    assert_eq!(hodges_lehmann_interval(&[], 0.95), None);
}

#[test]
fn adjusted_p_values_match_holms() {
    for case in reference().holm {
        let ours = holm_adjusted(&case.p_values);
        for (ours, theirs) in ours.iter().zip(&case.adjusted) {
            assert_close(*ours, *theirs, "adjusted");
        }
    }
    assert_eq!(holm_adjusted(&[]), [0.0; 0]);
}

#[test]
fn the_smallest_p_is_that_of_differences_of_one_sign() {
    for n in 1..=20 {
        let differences: Vec<f64> = (1..=n).map(f64::from).collect();
        let p = (2.0 * signed_rank_p_above(&differences, 0.0)).min(1.0);
        assert_close(smallest_signed_rank_p(n as usize), p, &format!("{n} pairs"));
    }
}

/// Fair coins for the order of each pair, whatever the machine does: at most 5 % of all comparisons of a
/// program with itself may ever be called changed, however often they are looked at.
#[test]
fn looking_again_and_again_finds_no_more_than_the_confidence_allows() {
    const COMPARISONS: u64 = 2000;
    let looks = Looks::until(60);
    let tail = 1.0 - looks.confidence_of_each(0.95);
    let mut alarms = 0;
    for seed in 0..COMPARISONS {
        let mut coin = fastrand::Rng::with_seed(seed);
        let mut differences = Vec::new();
        let mut is_alarm = false;
        for pair in 1..=looks.last() {
            // The load comes and goes over some twenty pairs, and with it how far the two runs differ.
            let load = 0.01 + 0.2 * f64::from(pair / 20 % 2);
            let apart = load * coin.f64().powi(3);
            differences.push(if coin.bool() { apart } else { -apart });
            if looks.is_due(pair) {
                let above = signed_rank_p_above(&differences, 0.0);
                let below = signed_rank_p_below(&differences, 0.0);
                is_alarm |= 2.0 * above.min(below) <= tail;
            }
        }
        alarms += u64::from(is_alarm);
    }
    assert!(alarms <= COMPARISONS / 20, "{alarms} of {COMPARISONS}");
    // Not because nothing could ever be found.
    assert!(alarms > 0);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn the_interval_moves_with_the_differences_and_holds_the_estimate(
        differences in prop::collection::vec(-1.0f64..1.0, 1..40),
        shift in -1.0f64..1.0,
    ) {
        if let Some((low, high)) = hodges_lehmann_interval(&differences, 0.95) {
            let estimate = hodges_lehmann(&differences).unwrap_or(f64::NAN);
            prop_assert!(low <= estimate && estimate <= high);
            let shifted: Vec<f64> = differences.iter().map(|d| d + shift).collect();
            let moved = hodges_lehmann_interval(&shifted, 0.95);
            let (moved_low, moved_high) = moved.unwrap_or((f64::NAN, f64::NAN));
            prop_assert!((moved_low - low - shift).abs() < 1e-9);
            prop_assert!((moved_high - high - shift).abs() < 1e-9);
        }
    }

    #[test]
    fn what_lies_outside_of_the_interval_is_rejected_and_what_lies_inside_is_not(
        differences in prop::collection::vec(-1.0f64..1.0, 8..40),
    ) {
        let (low, high) = hodges_lehmann_interval(&differences, 0.95).unwrap_or((f64::NAN, f64::NAN));
        let step = 1e-9;
        prop_assert!(signed_rank_p_above(&differences, low - step) <= 0.025);
        prop_assert!(signed_rank_p_above(&differences, low + step) > 0.025);
        prop_assert!(signed_rank_p_below(&differences, high + step) <= 0.025);
        prop_assert!(signed_rank_p_below(&differences, high - step) > 0.025);
    }
}
