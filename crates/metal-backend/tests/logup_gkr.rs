//! The fractional sumcheck on the device equals upstream's, and costs one round trip.

mod common;

use common::{gpu_with, gpus, random_element};
use openvm_metal_backend::internals::{
    constraints::logup_gkr::{
        fractional_sumcheck, FractionalSumcheck, Fractions, GkrPlan, ProofAndPoint,
    },
    gpu::{Gpu, GpuOptions},
    kernels::gkr::Numerators,
    transcript::{DeviceTranscript, MetalTranscript, SpongeState, TapePlan},
    MetalError,
};
use openvm_stark_backend::{
    p3_field::{BasedVectorSpace, Field, PrimeCharacteristicRing},
    proof::GkrProof,
    prover::fractional_sumcheck_gkr::{fractional_sumcheck as reference_sumcheck, Frac},
    verifier::fractional_sumcheck_gkr::verify_gkr,
    FiatShamirTranscript,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::{
    default_duplex_sponge, BabyBearPoseidon2Config, DuplexSponge, EF, F,
};
use rand::{rngs::StdRng, seq::SliceRandom, Rng, SeedableRng};

type Sc = BabyBearPoseidon2Config;

fn random_ext(rng: &mut impl Rng) -> EF {
    EF::from_basis_coefficients_fn(|_| random_element(rng))
}

/// Random fractions whose numerators are base elements, some of them with a zero numerator and some all
/// `p - 1`.
fn random_fractions(rng: &mut impl Rng, log_len: u32) -> Vec<Frac<EF>> {
    let mut fraction = || match rng.random_range(0..6) {
        0 => Frac::new(EF::ZERO, random_ext(rng)),
        1 => Frac::new(EF::NEG_ONE, EF::from_basis_coefficients_fn(|_| F::NEG_ONE)),
        _ => Frac::new(random_element(rng).into(), random_ext(rng)),
    };
    (0..1 << log_len).map(|_| fraction()).collect()
}

/// Random fractions whose sum has the numerator zero: each and its negative, in random order.
fn balanced_fractions(rng: &mut StdRng, log_len: u32) -> Vec<Frac<EF>> {
    let half = random_fractions(rng, log_len - 1);
    let mut nonzero = half;
    for fraction in &mut nonzero {
        while fraction.q == EF::ZERO {
            fraction.q = random_ext(rng);
        }
    }
    let negated = nonzero.iter().map(|f| Frac::new(-f.p, f.q));
    let mut fractions: Vec<_> = negated.chain(nonzero.iter().cloned()).collect();
    fractions.shuffle(rng);
    fractions
}

fn upload(gpu: &Gpu, fractions: &[Frac<EF>]) -> Result<Fractions, MetalError> {
    let numerator = |f: &Frac<EF>| {
        let [numerator, rest @ ..] = f.p.as_basis_coefficients_slice() else {
            unreachable!("an extension element has coefficients");
        };
        assert!(rest.iter().all(F::is_zero));
        *numerator
    };
    let numerators: Vec<F> = fractions.iter().map(numerator).collect();
    let denominators: Vec<_> = fractions.iter().map(|f| f.q).collect();
    Fractions::upload(gpu, &numerators, &denominators)
}

/// An upstream transcript that has observed and sampled a few words.
fn random_transcript(rng: &mut impl Rng) -> DuplexSponge {
    let mut transcript = default_duplex_sponge();
    (0..rng.random_range(0..12)).for_each(|_| transcript.absorb(random_element(rng)));
    (0..rng.random_range(0..12)).for_each(|_| {
        let _ = transcript.squeeze();
    });
    transcript
}

fn prove(
    gpu: &Gpu,
    transcript: &mut impl DeviceTranscript,
    fractions: &[Frac<EF>],
    assert_zero: bool,
) -> Result<ProofAndPoint, MetalError> {
    let fractions = upload(gpu, fractions)?;
    fractional_sumcheck(gpu, transcript, Some(&fractions), assert_zero)
}

fn assert_equals_reference(
    gpu: &Gpu,
    rng: &mut impl Rng,
    fractions: &[Frac<EF>],
    assert_zero: bool,
) {
    let mut expected_transcript = random_transcript(rng);
    // Upstream's transcript replays the tape, and so checks every word that was sampled.
    let mut transcript = expected_transcript.clone();
    let (proof, xi) = prove(gpu, &mut transcript, fractions, assert_zero).unwrap();
    let expected = reference_sumcheck::<Sc, _>(&mut expected_transcript, fractions, assert_zero);
    let (expected, expected_xi) = expected.unwrap_or_else(|error| panic!("{error}"));

    assert_eq!(proof.fractional_sum, expected.fractional_sum);
    assert_eq!(proof.claims_per_layer, expected.claims_per_layer);
    assert_eq!(proof.sumcheck_polys, expected.sumcheck_polys);
    assert_eq!(xi, expected_xi);
    assert_eq!(
        SpongeState::from(&transcript),
        SpongeState::from(&expected_transcript)
    );
}

#[test]
fn proofs_equal_the_reference() {
    let mut rng = StdRng::seed_from_u64(1);
    for gpu in gpus() {
        for log_len in 1..=14 {
            let fractions = random_fractions(&mut rng, log_len);
            assert_equals_reference(&gpu, &mut rng, &fractions, false);
            let fractions = balanced_fractions(&mut rng, log_len);
            assert_equals_reference(&gpu, &mut rng, &fractions, true);
        }
    }
}

#[test]
fn proofs_equal_the_reference_with_layers_of_several_bindings() {
    let mut rng = StdRng::seed_from_u64(2);
    for (max_binding_bytes, log_lens) in [(4096, 6..=10), (3 << 12, 10..=11), (1 << 14, 12..=13)] {
        let gpu = gpu_with(|options| options.max_binding_bytes = Some(max_binding_bytes));
        let largest = Fractions::alloc(&gpu, *log_lens.end(), Numerators::Base).unwrap();
        assert!(largest.n_blocks() > 1);
        for log_len in log_lens {
            let fractions = random_fractions(&mut rng, log_len);
            assert_equals_reference(&gpu, &mut rng, &fractions, false);
        }
    }
}

#[test]
fn edge_values_prove() {
    let mut rng = StdRng::seed_from_u64(3);
    let [gpu, _] = gpus();
    for (p, q) in [
        (F::ZERO, F::ONE),
        (F::NEG_ONE, F::NEG_ONE),
        (F::ZERO, F::ZERO),
    ] {
        let q = EF::from_basis_coefficients_fn(|_| q);
        let fractions = vec![Frac::new(p.into(), q); 1 << 5];
        assert_equals_reference(&gpu, &mut rng, &fractions, p == F::ZERO);
    }
}

#[test]
fn upstream_verifies() {
    let mut rng = StdRng::seed_from_u64(4);
    let [gpu, _] = gpus();
    for log_len in [1, 7, 12] {
        let mut transcript = MetalTranscript::new(true);
        let fractions = balanced_fractions(&mut rng, log_len);
        let (proof, xi) = prove(&gpu, &mut transcript, &fractions, true).unwrap();
        let proof = GkrProof::<Sc> {
            logup_pow_witness: F::ZERO,
            q0_claim: proof.fractional_sum.1,
            claims_per_layer: proof.claims_per_layer,
            sumcheck_polys: proof.sumcheck_polys,
        };
        let mut verifier = default_duplex_sponge();
        let (_, _, point) = verify_gkr(&proof, &mut verifier, log_len as usize).unwrap();
        assert_eq!(point, xi);
        assert_eq!(transcript.sponge_state(), SpongeState::from(&verifier));
    }
}

#[test]
fn a_sum_that_is_not_zero_is_an_error_and_leaves_the_transcript() {
    let mut rng = StdRng::seed_from_u64(5);
    let [gpu, _] = gpus();
    for log_len in [1, 4, 12] {
        let mut fractions = balanced_fractions(&mut rng, log_len);
        fractions[1].p += EF::ONE;
        let mut transcript = MetalTranscript::new(true);
        FiatShamirTranscript::<Sc>::observe(&mut transcript, F::TWO);
        let before = transcript.sponge_state();
        let result = prove(&gpu, &mut transcript, &fractions, true);
        assert!(matches!(result, Err(MetalError::NonZeroRootSum)));
        assert_eq!(transcript.sponge_state(), before);
        assert!(reference_sumcheck::<Sc, _>(&mut transcript, &fractions, true).is_err());
    }
}

#[test]
fn no_fractions_prove_nothing() {
    let [gpu, _] = gpus();
    let mut transcript = MetalTranscript::new(true);
    let (proof, xi) = fractional_sumcheck(&gpu, &mut transcript, None, true).unwrap();
    let expected = reference_sumcheck::<Sc, _>(&mut default_duplex_sponge(), &[], true);
    let (expected, _) = expected.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(proof.fractional_sum, expected.fractional_sum);
    assert!(proof.claims_per_layer.is_empty() && proof.sumcheck_polys.is_empty());
    assert!(xi.is_empty());
    assert_eq!(transcript.sponge_state(), SpongeState::default());
}

#[test]
fn numbers_of_fractions_without_a_protocol_are_errors() {
    let [gpu, _] = gpus();
    let mut transcript = MetalTranscript::new(true);
    for len in [0, 1, 3, 12] {
        let fractions = vec![Frac::new(EF::ZERO, EF::ONE); len];
        let result = prove(&gpu, &mut transcript, &fractions, true);
        assert!(matches!(result, Err(MetalError::FractionCount { len: l }) if l == len));
    }
    let result = FractionalSumcheck::plan(&mut TapePlan::new(), 30, true);
    assert!(matches!(
        result,
        Err(MetalError::Parameters { value: 30, .. })
    ));
}

#[test]
fn one_submission_and_one_round_trip_whatever_the_number_of_rounds() {
    let mut rng = StdRng::seed_from_u64(6);
    let gpu = Gpu::open(&GpuOptions::from_env().unwrap()).unwrap();
    for log_len in [1, 9, 13] {
        let fractions = random_fractions(&mut rng, log_len);
        let fractions = upload(&gpu, &fractions).unwrap();
        let mut transcript = MetalTranscript::new(true);
        let before = gpu.counters();
        fractional_sumcheck(&gpu, &mut transcript, Some(&fractions), false).unwrap();
        let done = gpu.counters() - before;
        assert_eq!((done.submissions, done.round_trips), (1, 1));
        let plan = GkrPlan::new(log_len, gpu.max_binding_bytes());
        let canary = 1;
        assert_eq!(done.dispatches as usize, plan.n_dispatches() + canary);
    }
}
