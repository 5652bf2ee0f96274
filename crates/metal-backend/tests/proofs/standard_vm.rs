//! Statements of many AIRs with short traces, which share dispatches.

use openvm_metal_backend::internals::{gpu::GpuOptions, BabyBearPoseidon2MetalEngine};
use openvm_stark_backend::{
    air_builders::symbolic::SymbolicExpressionNode as Node,
    keygen::types::MultiStarkProvingKey,
    p3_field::PrimeCharacteristicRing,
    proof::Proof,
    prover::{
        AirProvingContext, ColMajorMatrix, CpuColMajorBackend, DeviceDataTransporter,
        ProvingContext,
    },
    test_utils::test_system_params_small_with_poly_len,
    StarkEngine, SystemParams,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use crate::{
    airs::{standard_vm, AirUnderTest},
    common::statement::{commit, without_proof_of_work, Reference, Sc},
    equality::assert_same,
    proving_key::proving_key,
};

/// Every second AIR of the standard VM is more than what its proof on a processor should take here.
const STEP: usize = 2;

/// So small that the tables and the slots of all AIRs take several bindings.
const SMALL_BLOCK_BYTES: u64 = 256 << 10;

/// Whether a row of zeros satisfies the constraints and sends nothing, wherever it is.
fn allows_zeros(air: &AirUnderTest) -> bool {
    let rows = [(1, 0, 1), (0, 0, 1), (0, 1, 0), (1, 1, 0)];
    rows.into_iter().all(|selectors| {
        let values = at_zero(air, selectors);
        let constraints = &air.dag.constraints.constraint_idx;
        let counts = air.dag.interactions.iter().map(|i| &i.count);
        let mut all = constraints.iter().chain(counts);
        all.all(|&node| values[node] == F::ZERO)
    })
}

/// The values of all nodes where every variable is zero.
fn at_zero(air: &AirUnderTest, (first, last, transition): (u32, u32, u32)) -> Vec<F> {
    let mut values: Vec<F> = vec![];
    for node in &air.dag.constraints.nodes {
        values.push(match *node {
            Node::Variable(_) => F::ZERO,
            Node::IsFirstRow => F::from_u32(first),
            Node::IsLastRow => F::from_u32(last),
            Node::IsTransition => F::from_u32(transition),
            Node::Constant(value) => value,
            Node::Add {
                left_idx,
                right_idx,
                ..
            } => values[left_idx] + values[right_idx],
            Node::Sub {
                left_idx,
                right_idx,
                ..
            } => values[left_idx] - values[right_idx],
            Node::Neg { idx, .. } => -values[idx],
            Node::Mul {
                left_idx,
                right_idx,
                ..
            } => values[left_idx] * values[right_idx],
        });
    }
    values
}

fn zero_trace(
    params: &SystemParams,
    air: &AirUnderTest,
    log_height: usize,
) -> AirProvingContext<CpuColMajorBackend<Sc>> {
    let config = Sc::default_from_params(params.clone());
    let zeros = |width: usize| ColMajorMatrix::new(vec![F::ZERO; width << log_height], width);
    let width = &air.params.width;
    let cached = width.cached_mains.iter();
    AirProvingContext::new(
        cached.map(|&width| commit(&config, zeros(width))).collect(),
        zeros(width.common_main),
        vec![F::ZERO; air.params.num_public_values],
    )
}

fn prove<E: StarkEngine<SC = Sc>>(
    engine: &E,
    pk: &MultiStarkProvingKey<Sc>,
    context: &ProvingContext<CpuColMajorBackend<Sc>>,
) -> Proof<Sc> {
    let device = engine.device();
    let context = device.transport_proving_ctx_to_device(context);
    engine
        .prove(&device.transport_pk_to_device(pk), context)
        .unwrap()
}

#[test]
fn airs_of_the_standard_vm_have_the_reference_proof() {
    let params = test_system_params_small_with_poly_len(2, 10, 3, 0, 4);
    let params = without_proof_of_work(params);
    let airs = standard_vm().into_iter().step_by(STEP);
    let airs: Vec<_> = airs.filter(allows_zeros).collect();
    assert!(airs.len() >= 30, "{} AIRs", airs.len());
    // From one row on to four variables beyond the skip domain.
    let traces = airs.iter().enumerate();
    let traces = traces.map(|(i, air)| (i, zero_trace(&params, air, i % 7)));
    let context = ProvingContext::new(traces.collect());
    let pk = proving_key(airs, params.clone());

    let expected = prove(&Reference::new(params.clone()), &pk, &context);
    let options = GpuOptions::from_env().unwrap();
    let in_blocks = GpuOptions {
        max_binding_bytes: Some(SMALL_BLOCK_BYTES),
        ..options.clone()
    };
    for options in [options, in_blocks] {
        let engine = BabyBearPoseidon2MetalEngine::with_options(params.clone(), &options).unwrap();
        assert_same(
            &prove(&engine, &pk, &context),
            &expected,
            &format!("{options:?}"),
        );
    }
}
