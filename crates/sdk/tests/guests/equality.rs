//! Segment proofs that are the CPU engine's, byte for byte.

use openvm_metal_sdk::{PipelineOptions, TraceKernels};
use openvm_sdk::{config::AggregationSystemParams, keygen::AppProvingKey, CpuSdk};
use openvm_sdk_config::SdkVmConfig;
use openvm_stark_backend::codec::Encode;
use rayon::ThreadPoolBuilder;

use crate::common::{config, exe, input, key, prover, SHORT_SEGMENT_BYTES};

/// Order of hashes in a trace follows from the threads that ask for them, so both have one; traces of kernels, where it
/// follows from their first use, have a test beside the CPU engine in `execution`.
#[test]
fn segments_have_the_cpu_engines_bytes() {
    const N: u64 = 8_000;
    let mut config = config("riscv32");
    let max_memory = SHORT_SEGMENT_BYTES as usize;
    config.system.config.set_segmentation_max_memory(max_memory);
    let key = key(config);
    let one_thread = ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let theirs = one_thread.install(|| cpu_proof(&key, N));
    let options = PipelineOptions {
        workers: Some(1),
        threads: Some(1),
        segment_max_memory_bytes: Some(SHORT_SEGMENT_BYTES),
        trace_kernels: TraceKernels::none(),
        ..PipelineOptions::default()
    };
    let ours = prover(&key, "fibonacci", &options)
        .prove(input(N), &mut ())
        .unwrap();
    assert_eq!((ours.per_segment.len(), theirs.len()), (2, 2));
    for (index, (ours, theirs)) in ours.per_segment.iter().zip(&theirs).enumerate() {
        let ours = ours.encode_to_vec().unwrap();
        assert!(ours == *theirs, "segment {index}");
    }
}

fn cpu_proof(key: &AppProvingKey<SdkVmConfig>, n: u64) -> Vec<Vec<u8>> {
    let sdk = CpuSdk::builder()
        .app_pk(key.clone())
        .agg_params(AggregationSystemParams::default())
        .build()
        .unwrap();
    let exe = exe("fibonacci", key.vm_config());
    let mut prover = sdk.app_prover(exe).unwrap();
    let proof = prover.prove(input(n)).unwrap();
    let bytes = |proof: &openvm_stark_backend::proof::Proof<_>| proof.encode_to_vec().unwrap();
    proof.per_segment.iter().map(bytes).collect()
}
