//! Single jobs of a proof, as other processes do them.

use std::sync::Arc;

use openvm_circuit::arch::{execution_mode::Segment, ContinuationVmProof, SystemConfig};
use openvm_metal_sdk::{HostProgram, JobProof, JobProver, JobTracer};
use openvm_sdk::prover::verify_app_proof;
use openvm_sdk_config::SdkVmCpuBuilder;
use openvm_stark_backend::p3_field::PrimeCharacteristicRing;
use openvm_stark_sdk::config::baby_bear_poseidon2::{BabyBearPoseidon2CpuEngine, F};

use crate::common::{config, exe, input, key, prover, short_segments, SHORT_SEGMENT_BYTES};

#[test]
fn segments_are_proven_in_any_order_and_checked_without_a_gpu() {
    let mut vm = config("riscv32");
    let system: &mut SystemConfig = vm.as_mut();
    system.set_segmentation_max_memory(SHORT_SEGMENT_BYTES as usize);
    let key = key(vm);
    let host = |guest| {
        let exe = exe(guest, key.vm_config());
        HostProgram::new(SdkVmCpuBuilder, key.clone(), exe).unwrap()
    };
    let (program, other) = (host("fibonacci"), host("memory"));
    let mut segments: Vec<Segment> = vec![];
    let found = program.find_segments(&input(8_000), |segment, _| {
        segments.push(segment);
        true
    });
    found.unwrap();
    assert!(segments.len() >= 2, "{} segments", segments.len());

    let prover = JobProver::of_segments(prover(&key, "fibonacci", &short_segments())).unwrap();
    let execution = Arc::new(input(8_000));
    let mut tracer = JobTracer::new(1);
    let mut prove = |index, segment: &Segment| -> JobProof {
        let job = prover.segment(&execution, index, segment.clone(), None);
        let traced = prover.trace_segment(&mut tracer, job).unwrap();
        prover.prove(traced).unwrap()
    };
    // The execution starts again for each.
    let backwards = segments.iter().enumerate().rev();
    let mut proofs: Vec<_> = backwards.map(|(i, segment)| prove(i, segment)).collect();
    proofs.reverse();

    let checks = program.checks();
    let n_segments = proofs.len();
    let check = |(i, proof): (usize, &JobProof)| {
        let values = proof.user_public_values.as_ref();
        checks
            .check_segment(&proof.proof, values, i + 1 == n_segments)
            .unwrap()
    };
    let ends: Vec<_> = proofs.iter().enumerate().map(check).collect();
    assert!(ends.windows(2).all(|pair| pair[0].end == pair[1].start));
    let (first, last) = (&proofs[0], &proofs[n_segments - 1]);
    let values = last.user_public_values.as_ref();
    let is_wrong = |check: Result<_, _>, what: &str| assert!(check.is_err(), "{what}");
    is_wrong(
        checks.check_segment(&first.proof, values, true),
        "not the last",
    );
    is_wrong(checks.check_segment(&last.proof, values, false), "the last");
    is_wrong(checks.check_segment(&last.proof, None, true), "no values");
    let of_other = other.checks().check_segment(&first.proof, None, false);
    is_wrong(of_other, "another program");
    let mut changed = values.unwrap().clone();
    changed.public_values[0] += F::ONE;
    is_wrong(
        checks.check_segment(&last.proof, Some(&changed), true),
        "another value",
    );
    let mut changed = first.proof.clone();
    changed.public_values.swap(1, 3);
    is_wrong(checks.check_segment(&changed, None, false), "another proof");

    let proof = ContinuationVmProof {
        user_public_values: values.unwrap().clone(),
        per_segment: proofs.iter().map(|proof| proof.proof.clone()).collect(),
    };
    let exe_commit = verify_app_proof::<BabyBearPoseidon2CpuEngine>(&key.get_app_vk(), &proof);
    assert_eq!(exe_commit.unwrap(), program.exe_commit().unwrap());
}
