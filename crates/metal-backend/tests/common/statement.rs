//! Statements that several tests prove: upstream's fixtures, and AIRs made from a seed.

use std::sync::Arc;

use openvm_stark_backend::{
    keygen::types::{MultiStarkProvingKey, MultiStarkVerifyingKey},
    p3_field::PrimeCharacteristicRing,
    proof::Proof,
    prover::{
        stacked_pcs::stacked_commit, AirProvingContext, ColMajorMatrix, CommittedTraceData,
        CpuColMajorBackend, DeviceDataTransporter, DeviceMultiStarkProvingKey, MatrixDimensions,
        ProvingContext,
    },
    test_utils::{
        CachedFixture11, FibFixture, InteractionsFixture11, MixtureFixture,
        PreprocessedAndCachedFixture, PreprocessedFibFixture, SelfInteractionFixture, TestFixture,
    },
    AirRef, StarkEngine, StarkProtocolConfig, SystemParams,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::{
    BabyBearPoseidon2Config, BabyBearPoseidon2RefEngine, DuplexSponge, F,
};
use rand::{rngs::StdRng, Rng, SeedableRng};

use super::{random_air::RandomAir, random_matrix};

pub type Sc = BabyBearPoseidon2Config;
pub type Reference = BabyBearPoseidon2RefEngine<DuplexSponge>;

/// AIRs, and traces for some of them.
pub struct Statement {
    pub name: String,
    pub airs: Vec<AirRef<Sc>>,
    pub context: ProvingContext<CpuColMajorBackend<Sc>>,
}

impl Statement {
    pub fn of(name: &str, fixture: &impl TestFixture<Sc>) -> Self {
        Self {
            name: name.to_owned(),
            airs: fixture.airs(),
            context: fixture.generate_proving_ctx(),
        }
    }

    /// Several random AIRs of random heights, some of them absent.
    pub fn random(seed: u64, params: &SystemParams) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let airs = (0..rng.random_range(1..5)).map(|air_id| {
            let height = 1 << rng.random_range(0..8);
            let air = RandomAir::new(rng.random(), params.max_constraint_degree, height);
            (air, air_id == 0 || rng.random_bool(0.8))
        });
        let airs: Vec<_> = airs.collect();
        Self::of_random_airs(&format!("random statement {seed}"), seed, params, airs)
    }

    /// Random traces for those of `airs` that are to be present.
    pub fn of_random_airs(
        name: &str,
        seed: u64,
        params: &SystemParams,
        mut airs: Vec<(RandomAir, bool)>,
    ) -> Self {
        // Where no trace needs all points of a round polynomial, the prover computes fewer and
        // extrapolates, with the last claim as one more value. Upstream does not, so for traces
        // that violate constraints, as random ones do, the two differ. The fixtures, which do not,
        // cover it.
        if let Some((air, _)) = airs.iter_mut().find(|(_, is_present)| *is_present) {
            air.has_max_degree = true;
        }
        let mut rng = StdRng::seed_from_u64(seed);
        let config = Sc::default_from_params(params.clone());
        let present = airs.iter().enumerate().filter(|(_, (_, there))| *there);
        let per_trace = present.map(|(air_id, (air, _))| {
            let committed = air.cached.iter().map(|&width| {
                let trace = random_matrix(&mut rng, air.height, width);
                commit(&config, trace)
            });
            let cached = committed.collect();
            let common = random_matrix(&mut rng, air.height, air.common);
            let public = (0..air.n_public_values).map(|_| F::from_u32(rng.random_range(0..99)));
            (
                air_id,
                AirProvingContext::new(cached, common, public.collect()),
            )
        });
        let per_trace = per_trace.collect();
        Self {
            name: name.to_owned(),
            airs: airs
                .into_iter()
                .map(|(air, _)| Arc::new(air) as AirRef<Sc>)
                .collect(),
            context: ProvingContext::new(per_trace),
        }
    }

    /// Number of fractions in the input layer of LogUp GKR, and the largest number of an interaction.
    pub fn input_layer(&self, pk: &MultiStarkProvingKey<Sc>) -> (usize, usize) {
        let shape = |(air_id, trace): &(usize, AirProvingContext<_>)| {
            let interactions = &pk.per_air[*air_id].vk.symbolic_constraints.interactions;
            let main: &ColMajorMatrix<F> = &trace.common_main;
            let height = main.height().max(1 << pk.params.l_skip);
            (interactions.len(), height)
        };
        let shapes = || {
            self.context
                .per_trace
                .iter()
                .map(shape)
                .filter(|(n, _)| *n > 0)
        };
        let n_fractions = shapes().map(|(n, height)| n * height).sum::<usize>();
        let longest = shapes().map(|(_, height)| height).max();
        // Upstream's layer has room for one more.
        ((n_fractions + 1).next_power_of_two(), longest.unwrap_or(0))
    }

    /// The keys, which do not depend on the prover.
    pub fn keygen(
        &self,
        params: &SystemParams,
    ) -> (MultiStarkProvingKey<Sc>, MultiStarkVerifyingKey<Sc>) {
        Reference::new(params.clone()).keygen(&self.airs)
    }

    /// A proof by `engine`, from keys and traces on the host.
    pub fn prove<E: StarkEngine<SC = Sc>>(
        &self,
        engine: &E,
        pk: &MultiStarkProvingKey<Sc>,
    ) -> Proof<Sc> {
        self.prove_with_key(engine, &engine.device().transport_pk_to_device(pk))
    }

    /// A proof by `engine`, from a key on its device and traces on the host.
    pub fn prove_with_key<E: StarkEngine<SC = Sc>>(
        &self,
        engine: &E,
        pk: &DeviceMultiStarkProvingKey<E::PB>,
    ) -> Proof<Sc> {
        let context = engine
            .device()
            .transport_proving_ctx_to_device(&self.context);
        engine.prove(pk, context).unwrap()
    }
}

/// A commitment to a trace of its own.
pub fn commit(config: &Sc, trace: ColMajorMatrix<F>) -> CommittedTraceData<CpuColMajorBackend<Sc>> {
    let params = config.params();
    let (commitment, data) = stacked_commit(
        config.hasher(),
        params.l_skip,
        params.n_stack,
        params.log_blowup,
        params.k_whir(),
        &[&trace],
    )
    .unwrap();
    CommittedTraceData {
        commitment,
        trace,
        data: Arc::new(data),
    }
}

/// Upstream's fixtures. The traces have at most 32 rows.
pub fn fixtures(params: &SystemParams) -> Vec<Statement> {
    let config = Sc::default_from_params(params.clone());
    let sels = vec![true, false, false, true, true, false, true, false];
    let absent = FibFixture::new_with_num_airs(0, 1, 8, 3).with_empty_air_indices([1]);
    let preprocessed = PreprocessedFibFixture::new(0, 1, sels.clone());
    let both = PreprocessedAndCachedFixture::new(sels, config.clone(), 2);
    vec![
        Statement::of("Fib", &FibFixture::new(0, 1, 32)),
        Statement::of("Fib with an absent AIR", &absent),
        Statement::of("Interactions", &InteractionsFixture11),
        Statement::of("Cached", &CachedFixture11::new(config)),
        Statement::of("PreprocessedFib", &preprocessed),
        Statement::of("PreprocessedAndCached", &both),
        Statement::of(
            "SelfInteraction",
            &SelfInteractionFixture::new(vec![4, 7, 8], 5, 4),
        ),
        mixture(params),
    ]
}

/// Upstream's mixture of all its fixtures: interactions, rotations, public values, preprocessed and
/// cached traces.
pub fn mixture(params: &SystemParams) -> Statement {
    let config = Sc::default_from_params(params.clone());
    Statement::of("Mixture", &MixtureFixture::standard(4, config))
}

/// `params` without any proof-of-work, so that there is a single proof.
pub fn without_proof_of_work(params: SystemParams) -> SystemParams {
    with_proof_of_work(params, 0)
}

/// `params` with `bits` of proof-of-work everywhere.
pub fn with_proof_of_work(mut params: SystemParams, bits: usize) -> SystemParams {
    params.logup.pow_bits = bits;
    params.whir.mu_pow_bits = bits;
    params.whir.folding_pow_bits = bits;
    params.whir.query_phase_pow_bits = bits;
    params
}
