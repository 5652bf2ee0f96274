//! The statistics agree with scipy, and with counting every resample, to 1e-12.
//!
//! The reference values are made by `data/reference_statistics.py`.

use openvm_kpi::stats::{
    median_distribution, modified_z_scores, rank_test_p, ratio_interval, smallest_rank_test_p,
    Summary,
};
use serde::Deserialize;

const TOLERANCE: f64 = 1e-12;

#[derive(Deserialize)]
struct Reference {
    summaries: Vec<SummaryCase>,
    rank_tests: Vec<RankTestCase>,
    smallest_p: Vec<SmallestPCase>,
    intervals: Vec<IntervalCase>,
}

#[derive(Deserialize)]
struct SummaryCase {
    values: Vec<f64>,
    median: f64,
    min: f64,
    max: f64,
    z_scores: Vec<f64>,
}

#[derive(Deserialize)]
struct RankTestCase {
    a: Vec<f64>,
    b: Vec<f64>,
    p: f64,
}

#[derive(Deserialize)]
struct SmallestPCase {
    n: (usize, usize),
    p: f64,
}

#[derive(Deserialize)]
struct IntervalCase {
    base: Vec<f64>,
    new: Vec<f64>,
    confidence: f64,
    interval: (f64, f64),
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("data/reference_statistics.json")).expect("reference values")
}

fn assert_close(ours: f64, theirs: f64, what: &str) {
    let scale = theirs.abs().max(1.0);
    assert!(
        (ours - theirs).abs() <= TOLERANCE * scale,
        "{what}: ours {ours:e}, reference {theirs:e}"
    );
}

#[test]
fn summaries_and_z_scores_match_numpy() {
    let cases = reference().summaries;
    assert!(!cases.is_empty());
    for case in cases {
        let ours = Summary::of(&case.values).expect("values");
        assert_close(ours.median, case.median, "median");
        assert_eq!((ours.min, ours.max), (case.min, case.max));
        for (ours, theirs) in modified_z_scores(&case.values).iter().zip(&case.z_scores) {
            assert_close(*ours, *theirs, "z-score");
        }
    }
}

#[test]
fn rank_tests_match_scipy_with_and_without_ties() {
    let cases = reference().rank_tests;
    assert!(!cases.is_empty());
    for case in cases {
        let what = format!("{} against {} values", case.a.len(), case.b.len());
        assert_close(rank_test_p(&case.a, &case.b), case.p, &what);
        assert_close(rank_test_p(&case.b, &case.a), case.p, &what);
    }
}

#[test]
fn the_smallest_p_is_that_of_series_apart() {
    let cases = reference().smallest_p;
    assert!(!cases.is_empty());
    for case in cases {
        let low: Vec<f64> = (0..case.n.0).map(|i| i as f64).collect();
        let high: Vec<f64> = (0..case.n.1).map(|i| 1000.0 + i as f64).collect();
        assert_close(smallest_rank_test_p(case.n.0, case.n.1), case.p, "smallest");
        assert_close(rank_test_p(&low, &high), case.p, "apart");
    }
}

#[test]
fn ratio_intervals_match_the_count_of_every_resample() {
    let cases = reference().intervals;
    assert!(!cases.is_empty());
    for case in cases {
        let (low, high) =
            ratio_interval(&case.base, &case.new, case.confidence).expect("an interval");
        let what = format!("{:?} to {:?}, {}", case.base, case.new, case.confidence);
        assert_close(low, case.interval.0, &what);
        assert_close(high, case.interval.1, &what);
    }
}

#[test]
fn median_probabilities_add_up_to_one_for_any_number_of_runs() {
    for n in 1..=60 {
        let values: Vec<f64> = (1..=n).map(f64::from).collect();
        let total: f64 = median_distribution(&values).iter().map(|(_, p)| p).sum();
        assert_close(total, 1.0, &format!("{n} values"));
    }
}

#[test]
fn a_base_of_zero_has_no_ratio() {
    assert_eq!(ratio_interval(&[0.0, 1.0], &[1.0], 0.95), None);
    assert_eq!(ratio_interval(&[], &[1.0], 0.95), None);
    assert_eq!(Summary::of(&[]), None);
}
