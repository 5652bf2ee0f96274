//! The host's sponge: permutations one after another, as in a transcript. Needs no GPU.

use criterion::{criterion_group, criterion_main, Criterion};
use openvm_metal_backend::internals::transcript::{permutation, SpongeState};
use openvm_stark_backend::{p3_field::PrimeCharacteristicRing, p3_symmetric::Permutation};
use openvm_stark_sdk::config::baby_bear_poseidon2::{poseidon2_perm, F};

fn host_sponge(c: &mut Criterion) {
    let mut group = c.benchmark_group("host_sponge");
    let mut state = [F::ONE; 16];
    group.bench_function("permutation of Plonky3", |b| {
        b.iter(|| poseidon2_perm().permute_mut(&mut state));
    });
    group.bench_function("permutation", |b| {
        b.iter(|| permutation::permute(&mut state));
    });
    let mut sponge = SpongeState::default();
    group.bench_function("observe 8 words", |b| {
        b.iter(|| (0..8).for_each(|_| sponge.observe(F::ONE)));
    });
    group.finish();
}

criterion_group!(benches, host_sponge);
criterion_main!(benches);
