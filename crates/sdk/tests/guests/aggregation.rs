//! One proof of a whole program.

use openvm_metal_sdk::{aggregation_keygen, Event, StarkProver};
use openvm_sdk::{config::AggregationTreeConfig, CpuSdk};
use openvm_stark_backend::p3_field::PrimeCharacteristicRing;
use openvm_stark_sdk::config::baby_bear_poseidon2::F;
use openvm_verify_stark_host::VmStarkProof;

use crate::common::{aggregation_params, config, input, key, prover, short_segments, Log};

#[test]
fn a_program_of_several_segments_has_one_proof_that_upstream_verifies() {
    let app_key = key(config("riscv32"));
    let app = prover(&app_key, "fibonacci", &short_segments());
    let key = aggregation_keygen(&app_key, aggregation_params()).unwrap();
    let tree = AggregationTreeConfig {
        num_children_leaf: 2,
        num_children_internal: 2,
    };
    let mut prover = StarkProver::new(app, key, tree).unwrap();
    let mut log = Log::default();
    let mut proof = prover.prove(input(20_000), &mut log).unwrap();

    let n_segments = log.count(|event| matches!(event, Event::SegmentProven { .. }));
    let n_leaves =
        log.count(|event| matches!(event, Event::NodeProven { node, .. } if node.layer == 0));
    assert_eq!(n_leaves, n_segments.div_ceil(2));
    let verify = |proof: &VmStarkProof| {
        let verifying_key = prover.verifying_key().as_ref().clone();
        CpuSdk::verify_proof(verifying_key, prover.baseline(), proof)
    };
    verify(&proof).unwrap();

    proof.user_pvs_proof.public_values[0] += F::ONE;
    assert!(verify(&proof).is_err(), "another public value");
}
