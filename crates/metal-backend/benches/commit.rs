//! The commit stage on a trace of `keccakf`'s shape, on the GPU that the environment chooses.

use criterion::{criterion_group, criterion_main, Criterion};
use openvm_metal_backend::internals::{
    commit::{stacked_commit, CodePolicy},
    gpu::{Columns, Gpu, GpuOptions},
};
use openvm_stark_sdk::{
    config::{app_params_with_100_bits_security, baby_bear_poseidon2::F},
    utils::setup_tracing,
};

/// Columns of Plonky3's Keccak AIR.
const WIDTH: usize = 2633;

fn commit(c: &mut Criterion) {
    // With RUST_LOG=info, the spans of every commitment.
    if std::env::var_os("RUST_LOG").is_some() {
        setup_tracing();
    }
    let options = GpuOptions::from_env().expect("options");
    let gpu = Gpu::shared(&options).expect("a GPU, or OPENVM_METAL_ADAPTER=llvmpipe");
    let (log_stacked_height, log_height) = match gpu.adapter().is_software {
        true => (14, 6),
        false => (21, 15),
    };
    let params = app_params_with_100_bits_security(log_stacked_height);
    let trace = Columns::<F>::alloc(&gpu, 1 << log_height, WIDTH, "trace").expect("trace");
    let mut group = c.benchmark_group("commit");
    group.sample_size(10);
    group.bench_function(
        format!("{} 2^{log_height} x {WIDTH}", gpu.adapter().name),
        |b| b.iter(|| stacked_commit(&gpu, &params, &[&trace], CodePolicy::Keep).expect("commit")),
    );
}

criterion_group!(benches, commit);
criterion_main!(benches);
