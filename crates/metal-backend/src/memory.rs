//! How much device memory a proof takes, known before it starts.
//!
//! What a proof allocates depends on shapes alone. So it is rehearsed: the same code that proves
//! records the proof for a stand-in of the GPU, which keeps an account of memory and does nothing
//! else ([`Gpu::rehearsal`]). There are no formulas that could go astray from what is done.

use openvm_stark_backend::{
    prover::{
        AirProvingContext, Coordinator, DeviceMultiStarkProvingKey, MatrixDimensions, Prover,
        ProvingContext,
    },
    StarkProtocolConfig, SystemParams,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::{BabyBearPoseidon2Config, Digest, F};
use tracing::subscriber::{with_default, NoSubscriber};

use crate::{
    commit::CodePolicy,
    gpu::{Columns, Gpu},
    transcript::MetalTranscript,
    MetalBackend, MetalDevice, MetalError, MetalMatrix,
};

/// `device` with the policy for this proof: [`CodePolicy::Keep`] if it fits into what there is, else
/// [`CodePolicy::Recompute`].
///
/// # Errors
/// [`MetalError::NotEnoughMemory`] if neither fits, and what the proof itself would fail with.
pub fn plan(
    device: &MetalDevice,
    mpk: &DeviceMultiStarkProvingKey<MetalBackend>,
    ctx: &ProvingContext<MetalBackend>,
) -> Result<MetalDevice, MetalError> {
    let gpu = device.gpu()?;
    let Some(available) = gpu.memory_bytes() else {
        return Ok(device.clone());
    };
    let in_use = gpu.in_use_bytes();
    if in_use + generous_bound(&mpk.params, mpk, ctx) <= available {
        return Ok(device.clone());
    }
    // Without the code matrix a proof of few columns takes more: sponges wait for the next ones.
    let mut needed = u64::MAX;
    for policy in [CodePolicy::Keep, CodePolicy::Recompute] {
        needed = needed.min(in_use + bytes_beyond_traces(device, mpk, ctx, policy)?);
        if needed <= available {
            return Ok(device.with_code_policy(policy));
        }
    }
    Err(MetalError::NotEnoughMemory { needed, available })
}

/// More than any proof takes beyond its traces, which saves the rehearsal where there is plenty.
fn generous_bound(
    params: &SystemParams,
    mpk: &DeviceMultiStarkProvingKey<MetalBackend>,
    ctx: &ProvingContext<MetalBackend>,
) -> u64 {
    const BYTES_OF_INTERACTION: usize = 256;
    const SCRATCH_BYTES: usize = 2 << 30;
    let blowup = 1 << params.log_blowup;
    let of_trace = |(air_id, trace): &(usize, AirProvingContext<MetalBackend>)| {
        let (height, width) = (trace.common_main.height(), trace.common_main.width());
        let n_interactions = mpk.per_air[*air_id]
            .vk
            .symbolic_constraints
            .interactions
            .len();
        let lifted = height.max(1 << params.l_skip);
        let per_row = width * size_of::<F>() * (2 + blowup) + n_interactions * BYTES_OF_INTERACTION;
        per_row * lifted
    };
    let of_stacked_row = size_of::<[F; 4]>() * 4 * blowup;
    let of_traces: usize = ctx.per_trace.iter().map(of_trace).sum();
    (2 * of_traces + (of_stacked_row << params.log_stacked_height()) + SCRATCH_BYTES) as u64
}

/// What a proof's bytes depend on: the key, the policy, and by trace the AIR, the height and the
/// width of its common main part.
type Shapes = (Digest, CodePolicy, Vec<(usize, usize, usize)>);

/// The most bytes in use at once beyond those before the proof, by a rehearsal for each `Shapes`.
fn bytes_beyond_traces(
    device: &MetalDevice,
    mpk: &DeviceMultiStarkProvingKey<MetalBackend>,
    ctx: &ProvingContext<MetalBackend>,
    policy: CodePolicy,
) -> Result<u64, MetalError> {
    let shape = |(air_id, trace): &(usize, AirProvingContext<MetalBackend>)| {
        (
            *air_id,
            trace.common_main.height(),
            trace.common_main.width(),
        )
    };
    let shapes = ctx.per_trace.iter().map(shape).collect();
    let key: Shapes = (mpk.vk_pre_hash, policy, shapes);
    device
        .gpu()?
        .memo(key, || rehearse(device, mpk, ctx, policy))
}

fn rehearse(
    device: &MetalDevice,
    mpk: &DeviceMultiStarkProvingKey<MetalBackend>,
    ctx: &ProvingContext<MetalBackend>,
    policy: CodePolicy,
) -> Result<u64, MetalError> {
    let gpu = device.gpu()?.rehearsal(0);
    let per_trace = ctx.per_trace.iter().map(|(air_id, trace)| {
        let stand_in = AirProvingContext {
            cached_mains: trace.cached_mains.clone(),
            common_main: without_values(&gpu, &trace.common_main)?,
            public_values: trace.public_values.clone(),
        };
        Ok((*air_id, stand_in))
    });
    let ctx = ProvingContext::new(per_trace.collect::<Result<_, MetalError>>()?);
    let in_use_before = gpu.in_use_bytes();
    let params = device.config().params().clone();
    let stand_in = MetalDevice::with_gpu(params, Ok(gpu.clone())).with_code_policy(policy);
    let transcript = MetalTranscript::new(false);
    let mut coordinator: Coordinator<BabyBearPoseidon2Config, _, _, _> =
        Coordinator::new(MetalBackend, stand_in, transcript);
    // Its spans and counters are not those of a proof.
    with_default(NoSubscriber::default(), || coordinator.prove(mpk, ctx))?;
    Ok(gpu.highest_bytes() - in_use_before)
}

fn without_values(gpu: &Gpu, matrix: &MetalMatrix) -> Result<MetalMatrix, MetalError> {
    matrix.columns()?;
    let (height, width) = (matrix.height(), matrix.width());
    Ok(Columns::alloc(gpu, height, width, "trace")?.into())
}
