//! Proofs of programs' segments.

use openvm_circuit::arch::ContinuationVmProof;
use openvm_metal_sdk::{verify_app_proof, Error, Event, PipelineOptions, F, SC};
use openvm_sdk::{keygen::AppVerifyingKey, prover::verify_app_proof as verify_as_upstream};
use openvm_sdk_config::SdkVmConfig;
use openvm_stark_backend::p3_field::{PrimeCharacteristicRing, PrimeField32};
use openvm_stark_sdk::config::baby_bear_poseidon2::BabyBearPoseidon2CpuEngine;

use crate::common::{config, input, key, prover, short_segments, Log};

/// Proves `guest` with `n`; the proof verifies, belongs to the program, and reveals `expected`. Without other extensions
/// than RV32IM the host makes no trace. Returns the number of segments.
fn proves(
    vm: SdkVmConfig,
    guest: &str,
    n: u64,
    options: &PipelineOptions,
    expected: &str,
) -> usize {
    let is_rv32im = vm.sha2.is_none();
    let key = key(vm);
    let mut prover = prover(&key, guest, options);
    let mut log = Log::default();
    let proof = prover.prove(input(n), &mut log).unwrap();
    let verifying_key = key.get_app_vk();
    let exe_commit = verify_as_upstream::<BabyBearPoseidon2CpuEngine>(&verifying_key, &proof);
    assert_eq!(exe_commit.unwrap(), prover.exe_commit());
    let exe_commit = verify_app_proof(&verifying_key, &proof).unwrap();
    assert_eq!(exe_commit, prover.exe_commit());
    wrong_proofs_are_refused(&verifying_key, &proof);
    let revealed = proof.user_public_values.public_values.iter();
    let revealed: String = revealed
        .map(|byte| format!("{:02x}", byte.as_canonical_u32()))
        .collect();
    assert!(
        revealed.starts_with(expected),
        "{guest} revealed {revealed}"
    );

    let n_segments = proof.per_segment.len();
    let found = log.count(|event| matches!(event, Event::SegmentFound { .. }));
    let traced = log.count(|event| matches!(event, Event::SegmentTraced { .. }));
    let proven = log.count(|event| matches!(event, Event::SegmentProven { .. }));
    assert_eq!([found, traced, proven], [n_segments; 3]);
    let by_host = log.count(
        |event| matches!(event, Event::SegmentTraced { cpu_traces, .. } if !cpu_traces.is_empty()),
    );
    assert!(
        by_host == 0 || !is_rv32im,
        "{by_host} segments have traces of the host"
    );
    n_segments
}

/// Those that only the order of segments, or what lies between them, gives away, too.
fn wrong_proofs_are_refused(key: &AppVerifyingKey, proof: &ContinuationVmProof<SC>) {
    let refused = |what: &str, change: &dyn Fn(&mut ContinuationVmProof<SC>)| {
        let mut wrong = proof.clone();
        change(&mut wrong);
        let result = verify_app_proof(key, &wrong);
        assert!(matches!(result, Err(Error::NotVerified(_))), "{what}");
        assert!(
            verify_as_upstream::<BabyBearPoseidon2CpuEngine>(key, &wrong).is_err(),
            "{what}"
        );
    };
    refused("no segments", &|proof| proof.per_segment.clear());
    refused("a public value", &|proof| {
        proof.user_public_values.public_values[0] += F::ONE;
    });
    refused("no public value", &|proof| {
        proof.user_public_values.public_values.pop();
    });
    refused("a segment's proof", &|proof| {
        proof.per_segment[0].public_values.swap(1, 3);
    });
    if proof.per_segment.len() > 1 {
        refused("without the last", &|proof| {
            proof.per_segment.pop();
        });
        refused("without the second", &|proof| {
            proof.per_segment.remove(1);
        });
        refused("in another order", &|proof| proof.per_segment.swap(0, 1));
    }
}

#[test]
fn fibonacci_in_several_segments() {
    let n_segments = proves(
        config("riscv32"),
        "fibonacci",
        20_000,
        &short_segments(),
        "05e9cf3736e63ac3",
    );
    assert!(n_segments >= 3, "{n_segments} segments");
}

#[test]
fn a_guest_that_touches_much_memory() {
    let expected = "00fe4e7900020000ed0a381902000000";
    let n_segments = proves(
        config("riscv32"),
        "memory",
        4,
        &PipelineOptions::default(),
        expected,
    );
    assert_eq!(n_segments, 1);
}

#[test]
fn sha2_through_upstreams_extension() {
    let expected = "ae4b3280e56e2faf83f414a6e3dabe9d5fbe18976544c05fed121accb85b53fc";
    let mut vm = config("riscv32");
    vm.sha2 = config("hashes").sha2;
    proves(vm, "sha2", 3, &PipelineOptions::default(), expected);
}
