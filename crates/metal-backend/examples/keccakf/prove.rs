//! Proofs of one statement, one after the other, with their traces brought to the device before each or
//! ahead of it.

use std::{
    sync::{mpsc::sync_channel, Arc},
    thread,
    time::Instant,
};

use openvm_metal_backend::MemoryUse;
use openvm_stark_backend::{
    codec::Encode,
    p3_matrix::dense::RowMajorMatrix,
    proof::Proof,
    prover::{
        AirProvingContext, DeviceDataTransporter, DeviceMultiStarkProvingKey, ProverBackend,
        ProvingContext,
    },
    StarkEngine,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::{BabyBearPoseidon2Config, F};
use p3_keccak_air::generate_trace_rows;
use rand::{rngs::StdRng, Rng, SeedableRng};
use tracing::info_span;

use crate::{air::KeccakfAir, args::Args, failure::Failure, say};

type Trace<E> = <<E as StarkEngine>::PB as ProverBackend>::Matrix;

/// Proves as `args` say and verifies. `memory` is the device's, if it is known; `repeats` says whether the
/// engine makes the same proof each time.
pub fn prove<E>(
    engine: &E,
    args: &Args,
    to_device: impl Fn(&RowMajorMatrix<F>) -> Trace<E> + Sync,
    memory: impl Fn() -> Option<MemoryUse>,
    repeats: bool,
) -> Result<(), Failure>
where
    E: StarkEngine<SC = BabyBearPoseidon2Config>,
    Trace<E>: Send,
{
    let (pk, vk) = info_span!("keygen").in_scope(|| engine.keygen(&[Arc::new(KeccakfAir)]));
    let generate = || info_span!("generate_trace").in_scope(|| generate_trace(args.permutations));
    let upload =
        |trace: &RowMajorMatrix<F>| info_span!("transport_trace").in_scope(|| to_device(trace));
    let device_pk =
        || info_span!("transport_pk").in_scope(|| engine.device().transport_pk_to_device(&pk));

    let proof = if args.pipeline {
        let (made, to_upload) = sync_channel(0);
        let (uploaded, to_prove) = sync_channel(0);
        thread::scope(|scope| {
            // Each goes on until nobody takes what it makes.
            scope.spawn(move || while made.send(generate()).is_ok() {});
            scope.spawn(move || {
                to_upload
                    .iter()
                    .all(|trace| uploaded.send(upload(&trace)).is_ok())
            });
            let next_trace = move || to_prove.recv().expect("traces are made without end");
            prove_all(engine, &device_pk(), args, next_trace, memory, repeats)
        })
    } else {
        let trace = generate();
        prove_all(
            engine,
            &device_pk(),
            args,
            || upload(&trace),
            memory,
            repeats,
        )
    }?;
    let verified = info_span!("verify").in_scope(|| engine.verify(&vk, &proof));
    verified.map_err(|error| Failure::proof("the proof does not verify", error))
}

/// Random permutations from a fixed seed: always the same.
fn generate_trace(n_permutations: usize) -> RowMajorMatrix<F> {
    let mut rng = StdRng::seed_from_u64(42);
    generate_trace_rows((0..n_permutations).map(|_| rng.random()).collect(), 0)
}

/// Makes the proofs and says what they took; returns the first, which all others must be
/// equal to if the engine repeats itself.
fn prove_all<E>(
    engine: &E,
    pk: &DeviceMultiStarkProvingKey<E::PB>,
    args: &Args,
    next_trace: impl Fn() -> Trace<E>,
    memory: impl Fn() -> Option<MemoryUse>,
    repeats: bool,
) -> Result<Proof<BabyBearPoseidon2Config>, Failure>
where
    E: StarkEngine<SC = BabyBearPoseidon2Config>,
{
    let prove_next = || {
        let _span = info_span!("prove_with_transport").entered();
        let trace = AirProvingContext::simple_no_pis(next_trace());
        let proof = engine.prove(pk, ProvingContext::new(vec![(0, trace)]));
        proof.map_err(|error| Failure::proof("proving failed", error))
    };
    let start = Instant::now();
    let first = prove_next()?;
    let (after_first, memory_after_first) = (Instant::now(), memory());
    let mut n_proofs = 1;
    while args.goes_on_after(n_proofs, start.elapsed()) {
        n_proofs += 1;
        if prove_next()? != first && repeats {
            return Err(Failure::Proof(format!(
                "proof {n_proofs} differs from the first"
            )));
        }
    }
    if n_proofs > 1 {
        let seconds = after_first.elapsed().as_secs_f64();
        let n_others = n_proofs - 1;
        let equal = if repeats { ", all equal" } else { "" };
        say(&format!(
            "{n_proofs} proofs{equal}; after the first: {seconds:.2} s, {:.2} proofs/s",
            f64::from(n_others) / seconds
        ))?;
        for (when, memory) in [("first", memory_after_first), ("last", memory())] {
            if let Some(memory) = memory {
                say(&format!(
                    "device memory after the {when} proof: {} MiB at most in use, {} MiB reserved",
                    memory.highest_bytes >> 20,
                    memory.reserved_bytes >> 20
                ))?;
            }
        }
    }
    let bytes = first.encode_to_vec();
    let bytes = bytes.map_err(|error| Failure::proof("encoding failed", error))?;
    say(&format!("proof size: {} bytes", bytes.len()))?;
    Ok(first)
}
