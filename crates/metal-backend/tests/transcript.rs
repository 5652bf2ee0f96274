//! The transcript on the device equals upstream's, word by word.

mod common;

use std::sync::Arc;

use common::random_element;
use openvm_metal_backend::internals::{
    gpu::{Gpu, GpuOptions, Multiply},
    kernels::{grind::NonceSearch, transcript::Operations},
    transcript::{DeviceSponge, DeviceTranscript, MetalTranscript, SpongeState, Tape, TapePlan},
    MetalError,
};
use openvm_stark_backend::{
    p3_field::{PrimeCharacteristicRing, PrimeField32},
    FiatShamirTranscript, TranscriptHistory,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::{
    default_duplex_sponge, default_duplex_sponge_recorder, default_duplex_sponge_validator,
    BabyBearPoseidon2Config, Digest, DuplexSponge, F,
};
use rand::{rngs::StdRng, Rng, SeedableRng};

type Sc = BabyBearPoseidon2Config;
/// What must hold of the tape that comes back.
type Check = Box<dyn Fn(&Tape)>;

/// A GPU for each form of multiplication.
fn gpus() -> [Arc<Gpu>; 2] {
    [Multiply::U64, Multiply::U32].map(|multiply| {
        let options = GpuOptions::from_env().unwrap();
        let multiply = Some(multiply);
        Gpu::shared(&GpuOptions {
            multiply,
            ..options
        })
        .unwrap()
    })
}

/// An upstream sponge with `n_observed` words observed, then `n_sampled` sampled.
fn sponge(rng: &mut StdRng, n_observed: usize, n_sampled: usize) -> DuplexSponge {
    let mut sponge = default_duplex_sponge();
    (0..n_observed).for_each(|_| sponge.absorb(random_element(rng)));
    (0..n_sampled).for_each(|_| {
        let _ = sponge.squeeze();
    });
    sponge
}

/// Runs what `build` records on the device, from `transcript`'s state.
fn run(
    gpu: &Gpu,
    transcript: &mut impl DeviceTranscript,
    plan: TapePlan,
    data: &[F],
    operations: &Operations,
) -> Tape {
    let mut recorder = gpu.recorder("test");
    let device = DeviceSponge::start(&mut recorder, transcript, plan).unwrap();
    let data = gpu.upload(data, "test").unwrap();
    operations
        .record_with_data(&mut recorder, &device, &data)
        .unwrap();
    let ended = device.end(&mut recorder);
    let finished = recorder.submit().unwrap().wait().unwrap();
    ended.finish(&finished, transcript).unwrap()
}

#[test]
fn random_operations_match_upstream() {
    let mut rng = StdRng::seed_from_u64(1);
    for gpu in gpus() {
        let mut expected = default_duplex_sponge();
        // One transcript goes through all stages, so that the state changes hands in any position.
        let mut transcript = MetalTranscript::new(true);
        for _ in 0..20 {
            let data: Vec<F> = (0..64).map(|_| random_element(&mut rng)).collect();
            let (mut plan, mut operations) = (TapePlan::new(), Operations::new());
            let mut checks: Vec<Check> = Vec::new();
            for _ in 0..rng.random_range(0..12) {
                let n = rng.random_range(1..=20);
                match rng.random_range(0..5) {
                    0 => {
                        let (place, first) = (plan.observe(n), rng.random_range(0..=64 - n));
                        operations.observe_data(place, first);
                        let words = data[first..first + n].to_vec();
                        words.iter().for_each(|word| expected.absorb(*word));
                        checks.push(Box::new(move |tape| assert_eq!(tape.base(place), words)));
                    }
                    1 => {
                        let (place, first) = (plan.observe(Digest::default().len()), n);
                        operations.observe_data(place, first);
                        let digest: Digest = data[first..first + 8].try_into().unwrap();
                        FiatShamirTranscript::<Sc>::observe_commit(&mut expected, digest);
                        checks.push(Box::new(move |tape| {
                            assert_eq!(tape.digests(place), [digest])
                        }));
                    }
                    2 => {
                        let (place, first) = (plan.observe_ext(1), n);
                        operations.observe_data(place, first);
                        let words = data[first..first + 4].to_vec();
                        words.iter().for_each(|word| expected.absorb(*word));
                        checks.push(Box::new(move |tape| assert_eq!(tape.base(place), words)));
                    }
                    3 => {
                        let place = plan.sample_ext(n);
                        operations.sample(place);
                        let sample = |_| FiatShamirTranscript::<Sc>::sample_ext(&mut expected);
                        let values: Vec<_> = (0..n).map(sample).collect();
                        checks.push(Box::new(move |tape| assert_eq!(tape.ext(place), values)));
                    }
                    _ => {
                        let bits = rng.random_range(0..=27);
                        let place = plan.sample_bits(n, bits);
                        operations.sample_bits(place, bits);
                        let sample =
                            |_| FiatShamirTranscript::<Sc>::sample_bits(&mut expected, bits) as u32;
                        let values: Vec<_> = (0..n).map(sample).collect();
                        checks.push(Box::new(move |tape| assert_eq!(tape.bits(place), values)));
                    }
                }
            }
            let tape = run(&gpu, &mut transcript, plan, &data, &operations);
            checks.iter().for_each(|check| check(&tape));
            assert_eq!(transcript.sponge_state(), SpongeState::from(&expected));

            // Between stages the host carries on.
            for _ in 0..rng.random_range(0..9) {
                let value = random_element(&mut rng);
                transcript.observe(value);
                expected.absorb(value);
            }
            for _ in 0..rng.random_range(0..3) {
                assert_eq!(transcript.sample(), expected.squeeze());
            }
        }
    }
}

/// Searches a nonce on the device from `start`'s state, and samples once after it.
fn grind(gpu: &Gpu, transcript: &mut impl DeviceTranscript, bits: usize) -> F {
    let mut plan = TapePlan::new();
    let before = plan.observe(3);
    let nonce = plan.grind(bits).unwrap();
    let after = plan.sample_ext(1);
    let data = [F::ONE, F::NEG_ONE, F::TWO];

    let mut recorder = gpu.recorder("test");
    let device = DeviceSponge::start(&mut recorder, transcript, plan).unwrap();
    let mut operations = Operations::new();
    operations.observe_data(before, 0);
    let data = gpu.upload(&data, "test").unwrap();
    operations
        .record_with_data(&mut recorder, &device, &data)
        .unwrap();
    NonceSearch::new(gpu)
        .unwrap()
        .record(&mut recorder, &device, nonce);
    let mut operations = Operations::new();
    operations.observe_nonce(nonce);
    operations.sample(after);
    operations.record(&mut recorder, &device).unwrap();
    let ended = device.end(&mut recorder);
    let finished = recorder.submit().unwrap().wait().unwrap();
    ended.finish(&finished, transcript).unwrap().nonce(nonce)
}

#[test]
fn grinding_finds_the_smallest_nonce() {
    let mut rng = StdRng::seed_from_u64(2);
    for gpu in gpus() {
        for bits in (0..=12).chain([16]) {
            let start = sponge(&mut rng, bits, bits % 3);
            let mut expected = start.clone();
            [F::ONE, F::NEG_ONE, F::TWO]
                .iter()
                .for_each(|word| expected.absorb(*word));
            let is_accepted = |nonce: &F| {
                FiatShamirTranscript::<Sc>::check_witness(&mut expected.clone(), bits, *nonce)
            };
            let smallest = (0..F::ORDER_U32)
                .map(F::from_u32)
                .find(is_accepted)
                .unwrap();

            // Upstream's transcript replays the tape, which checks the witness and the sample.
            let mut transcript = start;
            assert_eq!(grind(&gpu, &mut transcript, bits), smallest, "{bits} bits");

            let mut on_host = expected.clone();
            assert!(FiatShamirTranscript::<Sc>::check_witness(
                &mut on_host,
                bits,
                smallest
            ));
            let _ = FiatShamirTranscript::<Sc>::sample_ext(&mut on_host);
            assert_eq!(SpongeState::from(&transcript), SpongeState::from(&on_host));
        }
    }
}

#[test]
fn a_search_without_a_nonce_is_an_error() {
    let [gpu, _] = gpus();
    let mut transcript = MetalTranscript::new(true);
    let (mut plan, mut operations) = (TapePlan::new(), Operations::new());
    operations.observe_nonce(plan.grind(1).unwrap());
    let mut recorder = gpu.recorder("test");
    let device = DeviceSponge::start(&mut recorder, &transcript, plan).unwrap();
    // No search is recorded, which is what one that finds nothing looks like.
    operations.record(&mut recorder, &device).unwrap();
    let ended = device.end(&mut recorder);
    let finished = recorder.submit().unwrap().wait().unwrap();
    let error = ended.finish(&finished, &mut transcript).unwrap_err();
    assert!(matches!(error, MetalError::NoNonce));
    assert_eq!(transcript.sponge_state(), SpongeState::default());
}

#[test]
fn host_grind_finds_the_smallest_nonce_and_keeps_the_check() {
    for bits in [0, 1, 5, 10] {
        let mut transcript = MetalTranscript::new(true);
        transcript.observe(F::from_usize(bits));
        let start = transcript.clone();
        let nonce = transcript.grind(bits);
        let is_accepted = |w: &F| start.clone().check_witness(bits, *w);
        assert_eq!(
            Some(nonce),
            (0..F::ORDER_U32).map(F::from_u32).find(is_accepted)
        );
    }
}

#[test]
fn too_many_bits_are_an_error() {
    for bits in [31, 32, 64, 1000] {
        let result = TapePlan::new().grind(bits);
        assert!(matches!(result, Err(MetalError::Parameters { .. })));
    }
    assert!(TapePlan::new().grind(30).is_ok());
}

/// Runs one small stage: observe 5 words, sample an element.
fn small_stage(gpu: &Gpu, transcript: &mut impl DeviceTranscript) -> Tape {
    let data: Vec<F> = (0..5).map(F::from_u32).collect();
    let (mut plan, mut operations) = (TapePlan::new(), Operations::new());
    operations.observe_data(plan.observe(5), 0);
    operations.sample(plan.sample_ext(1));
    run(gpu, transcript, plan, &data, &operations)
}

#[test]
fn recorders_log_what_the_device_did_and_validators_accept_it() {
    let [gpu, _] = gpus();
    let mut recorder = default_duplex_sponge_recorder();
    small_stage(&gpu, &mut recorder);
    let log = recorder.into_log();
    assert_eq!(log.len(), 9);
    assert_eq!(log.samples()[4..6], [false, true]);

    let mut validator = default_duplex_sponge_validator(log);
    small_stage(&gpu, &mut validator);
    assert_eq!(validator.idx, 9);
}

#[test]
fn a_transcript_that_went_another_way_is_noticed() {
    let [gpu, _] = gpus();
    let tape = small_stage(&gpu, &mut default_duplex_sponge());
    let mut other = default_duplex_sponge();
    other.absorb(F::ONE);
    let error = tape.replay(&mut other).unwrap_err();
    assert!(error.to_string().contains("event 1 (Sample)"), "{error}");

    let mut checked = MetalTranscript::new(true);
    let wrong_end = MetalTranscript::new(false).sponge_state();
    let error = checked.advance(&tape, wrong_end).unwrap_err();
    assert!(matches!(error, MetalError::TranscriptReplay { .. }));
}

#[test]
fn a_tape_may_be_empty() {
    let [gpu, _] = gpus();
    let mut transcript = MetalTranscript::new(true);
    run(
        &gpu,
        &mut transcript,
        TapePlan::new(),
        &[F::ZERO],
        &Operations::new(),
    );
    assert_eq!(transcript.sponge_state(), SpongeState::default());
}
