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
    let found = program.find_segments(input(12_000), |segment| {
        segments.push(segment);
        true
    });
    found.unwrap();
    let [first, last] = &segments[..] else {
        panic!("{} segments", segments.len());
    };

    let prover = JobProver::of_segments(prover(&key, "fibonacci", &short_segments())).unwrap();
    let execution = Arc::new(input(12_000));
    let mut tracer = JobTracer::new(1);
    let mut prove = |index, segment: &Segment| -> JobProof {
        let job = prover.segment(&execution, index, segment.clone());
        let traced = prover.trace_segment(&mut tracer, job).unwrap();
        prover.prove(traced).unwrap()
    };
    // The execution starts again for the first.
    let (last, first) = (prove(1, last), prove(0, first));

    let checks = program.checks();
    let values = last.user_public_values.as_ref();
    let ends = checks.check_segment(&first.proof, None, false).unwrap();
    let last_ends = checks.check_segment(&last.proof, values, true).unwrap();
    assert_eq!(last_ends.start, ends.end);
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
        per_segment: vec![first.proof, last.proof],
    };
    let exe_commit = verify_app_proof::<BabyBearPoseidon2CpuEngine>(&key.get_app_vk(), &proof);
    assert_eq!(exe_commit.unwrap(), program.exe_commit());
}
