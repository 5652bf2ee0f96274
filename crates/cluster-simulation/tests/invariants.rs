//! What holds of every scenario, whatever fails.

use openvm_metal_cluster_simulation::{simulate, Failures, Network, Outcome, Policy, Scenario};

const SECOND: u64 = 1_000_000;

/// Scenarios of all kinds: sizes, failures, networks and policies, each with each.
fn scenarios() -> Vec<Scenario> {
    let quiet = Failures {
        away: 20 * SECOND,
        frozen: 50 * SECOND,
        ..Failures::default()
    };
    let failures = [
        quiet,
        // A death a minute, and a freeze every two.
        Failures {
            deaths: 60_000,
            ..quiet
        },
        Failures {
            freezes: 30_000,
            ..quiet
        },
        Failures {
            deaths: 6_000,
            freezes: 6_000,
            liars: 1,
            ..quiet
        },
    ];
    let policies = [
        Policy::DEFAULT,
        Policy {
            jobs_held: 1,
            checkpoint_every: 4,
            ..Policy::DEFAULT
        },
        Policy {
            jobs_held: 3,
            ack_wait: 5 * SECOND,
            verifying_cores: 1,
            ..Policy::DEFAULT
        },
    ];
    let mut scenarios = vec![];
    for (segments, workers) in [(1, 2), (60, 3), (61, 40), (400, 9)] {
        for failures in failures {
            for network in [Network::BUILDING, Network::CONTINENT] {
                for (i, policy) in policies.into_iter().enumerate() {
                    scenarios.push(Scenario {
                        failures,
                        network,
                        policy,
                        aggregates: i != 2,
                        seed: scenarios.len() as u64,
                        ..Scenario::measured(segments, workers)
                    });
                }
            }
        }
    }
    scenarios
}

/// The proof is there: each job's proof was accepted once, no sooner than is possible.
fn check(scenario: &Scenario, outcome: &Outcome) {
    let all_once = outcome.accepted.iter().all(|&n| n == 1);
    assert!(
        all_once && outcome.accepted.len() >= scenario.segments,
        "{scenario:?}"
    );
    assert!(
        outcome.makespan >= outcome.critical_path,
        "{scenario:?}: {outcome:?}"
    );
    assert!(
        outcome.makespan >= outcome.work_bound(scenario.workers),
        "{scenario:?}"
    );
    // Each proof goes up once, at least.
    let proofs = outcome.accepted.len() as u64 * scenario.sizes.proof;
    assert!(outcome.bytes >= proofs, "{scenario:?}");
}

#[test]
fn nothing_is_lost_and_nothing_is_counted_twice_whatever_fails() {
    let (mut deaths, mut redeliveries, mut refused) = (0, 0, 0);
    for scenario in scenarios() {
        let outcome = simulate(&scenario);
        check(&scenario, &outcome);
        deaths += outcome.deaths;
        redeliveries += outcome.redeliveries;
        refused += outcome.refused;
    }
    assert!(
        deaths > 100 && redeliveries > 100 && refused > 10,
        "{deaths} {redeliveries} {refused}"
    );
}

#[test]
fn the_same_seed_has_the_same_outcome_and_another_has_another() {
    for scenario in scenarios() {
        assert_eq!(simulate(&scenario), simulate(&scenario), "{scenario:?}");
    }
    let scenario = Scenario::measured(60, 3);
    let other = Scenario {
        seed: 2,
        ..scenario
    };
    assert_ne!(simulate(&scenario).makespan, simulate(&other).makespan);
}

#[test]
fn without_failures_nothing_is_wasted_and_a_second_worker_helps() {
    let one = simulate(&Scenario::measured(1000, 1));
    let two = simulate(&Scenario::measured(1000, 2));
    for outcome in [&one, &two] {
        assert_eq!(
            (outcome.wasted_gpu, outcome.redeliveries, outcome.refused),
            (0, 0, 0)
        );
    }
    assert_eq!(one.useful_gpu, two.useful_gpu);
    let makespans = (one.makespan, two.makespan);
    assert!(10 * one.makespan > 18 * two.makespan, "{makespans:?}");
}

#[test]
fn a_lying_worker_is_refused_and_wastes_no_more_than_it_had_in_hand() {
    let mut scenario = Scenario::measured(400, 4);
    scenario.failures.liars = 1;
    let outcome = simulate(&scenario);
    check(&scenario, &outcome);
    assert!(
        (1..=8).contains(&outcome.refused),
        "{} refused",
        outcome.refused
    );
    let longest = scenario.phases.node_proof.max;
    assert!(outcome.wasted_gpu > 0);
    assert!(outcome.wasted_gpu <= scenario.policy.jobs_held as u64 * longest);
}

#[test]
fn everything_goes_through_the_server_so_its_link_is_a_bound() {
    const INPUT: u64 = 256 << 20;
    let mut scenario = Scenario::measured(60, 16);
    scenario.sizes.program = INPUT;
    scenario.network.server_per_second = 12_500_000;
    let outcome = simulate(&scenario);
    // All but the proofs' way up goes the one way.
    let down = outcome.bytes - outcome.accepted.len() as u64 * scenario.sizes.proof;
    assert!(down > 16 * INPUT);
    assert!(outcome.makespan < 2 * down * SECOND / scenario.network.server_per_second);
    let four_inputs = 4 * INPUT * SECOND / scenario.network.server_per_second;
    assert!(
        outcome.makespan > four_inputs,
        "{} s",
        outcome.makespan / SECOND
    );
}

#[test]
fn one_core_that_verifies_is_a_bound() {
    let mut scenario = Scenario::measured(400, 8);
    scenario.policy.verifying_cores = 1;
    let outcome = simulate(&scenario);
    let least = outcome.accepted.len() as u64 * scenario.phases.verification.min;
    assert!(outcome.makespan >= least);
}

#[test]
#[should_panic = "no honest worker"]
fn liars_alone_come_to_no_end() {
    let mut scenario = Scenario::measured(1, 2);
    scenario.failures.liars = 2;
    simulate(&scenario);
}
