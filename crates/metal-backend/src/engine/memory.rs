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
    StarkProtocolConfig,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::{BabyBearPoseidon2Config, Digest, F};
use tracing::subscriber::{with_default, NoSubscriber};

use crate::{
    commit::{CodeMatrix, CodePolicy},
    engine::{parameters::check_same, verify::share},
    gpu::{Claim, Columns, Gpu},
    kernels,
    transcript::MetalTranscript,
    MetalBackend, MetalDevice, MetalError, MetalMatrix,
};

/// What becomes of the traces in a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Traces {
    /// They are let go when they are no longer needed.
    LetGo,
    /// Somebody keeps them.
    Kept,
}

/// `device` with the policy for this proof, and a claim to the memory that it takes:
/// [`CodePolicy::Keep`] if that fits into what there is, else [`CodePolicy::Recompute`].
///
/// Where other proofs are under way whose memory this one could do with, it waits for them.
///
/// # Errors
/// [`MetalError::NotEnoughMemory`] if neither fits, [`MetalError::OtherParameters`] if the key is of others
/// than the device's, and what the proof itself would fail with.
pub fn plan(
    device: &MetalDevice,
    mpk: &DeviceMultiStarkProvingKey<MetalBackend>,
    ctx: &ProvingContext<MetalBackend>,
    traces: Traces,
) -> Result<(MetalDevice, Claim), MetalError> {
    check_same(&mpk.params, device.config().params())?;
    let airs = mpk.per_air.len();
    if let Some(&(air, _)) = ctx.per_trace.iter().find(|(air, _)| *air >= airs) {
        return Err(MetalError::UnknownAir { air, airs });
    }
    let gpu = device.gpu()?;
    // Tables stay from one proof to the next. They are in use before any proof, whose peak may come before it
    // would have asked for the last of them.
    kernels::upload_tables(gpu)?;
    if let Some(claim) = gpu.try_claim(generous_bound(mpk, ctx)) {
        return Ok((device.clone(), claim));
    }
    let claim = |bytes: &Result<u64, MetalError>| gpu.claim(*bytes.as_ref().ok()?);
    let with_code = bytes_beyond_traces(device, mpk, ctx, (CodePolicy::Keep, traces));
    if let Some(claim) = claim(&with_code) {
        return Ok((device.with_code_policy(CodePolicy::Keep), claim));
    }
    let without_code = bytes_beyond_traces(device, mpk, ctx, (CodePolicy::Recompute, traces));
    if let Some(claim) = claim(&without_code) {
        return Ok((device.with_code_policy(CodePolicy::Recompute), claim));
    }
    // A proof of few columns takes less with its code: without it, sponges wait for the next columns.
    let bytes = match (with_code, without_code) {
        (Ok(a), Ok(b)) => a.min(b),
        (Ok(bytes), Err(_)) | (Err(_), Ok(bytes)) => bytes,
        (Err(error), Err(_)) => return Err(error),
    };
    let (needed, available) = gpu.needed_and_available(bytes);
    Err(MetalError::NotEnoughMemory { needed, available })
}

/// More than proofs take beyond their traces, which saves the rehearsal where there is plenty.
fn generous_bound(
    mpk: &DeviceMultiStarkProvingKey<MetalBackend>,
    ctx: &ProvingContext<MetalBackend>,
) -> u64 {
    const BYTES_OF_INTERACTION: u64 = 256;
    const SCRATCH_BYTES: u64 = 2 << 30;
    let power = |log: usize| 1u64.checked_shl(log as u32).unwrap_or(u64::MAX);
    let blowup = power(mpk.params.log_blowup);
    let of_trace = |(air_id, trace): &(usize, AirProvingContext<MetalBackend>)| {
        let vk = &mpk.per_air[*air_id].vk;
        let n_interactions = vk.symbolic_constraints.interactions.len() as u64;
        let width = vk.params.width.total_width() as u64;
        let lifted = power(mpk.params.l_skip).max(trace.common_main.height() as u64);
        // Two copies of the cells, their code, and two openings of each as extension elements.
        let of_cell = (size_of::<F>() as u64).saturating_mul(blowup.saturating_add(2 + 8));
        let of_row = of_cell.saturating_mul(width) + n_interactions * BYTES_OF_INTERACTION;
        of_row.saturating_mul(lifted)
    };
    let of_traces = ctx.per_trace.iter().map(of_trace);
    let of_traces = of_traces.fold(0, u64::saturating_add);
    let of_stacked_row = (16 * size_of::<F>() as u64).saturating_mul(blowup);
    let of_stack = of_stacked_row.saturating_mul(power(mpk.params.log_stacked_height()));
    of_traces
        .saturating_add(of_stack)
        .saturating_add(SCRATCH_BYTES)
}

/// What of the code and of the traces is kept.
type Kept = (CodePolicy, Traces);

/// What a proof's bytes depend on: the key and the parameters, what is kept, and the traces.
type Shapes = (Digest, [usize; 4], Kept, Vec<TraceShape>);

/// The AIR with its number of nodes, as a key may be made of some of the AIRs; the height; width of
/// each part, and whether its code is kept.
type TraceShape = (usize, usize, usize, Vec<(usize, bool)>);

fn trace_shape(
    mpk: &DeviceMultiStarkProvingKey<MetalBackend>,
    (air_id, trace): &(usize, AirProvingContext<MetalBackend>),
) -> Result<TraceShape, MetalError> {
    let pk = &mpk.per_air[*air_id];
    let mut parts = vec![(trace.common_main.width(), true)];
    for committed in pk.preprocessed_data.iter().chain(&trace.cached_mains) {
        let is_kept = matches!(committed.data.stack()?.tree.code(), CodeMatrix::Kept(_));
        parts.push((committed.trace.width(), is_kept));
    }
    let n_nodes = pk.vk.symbolic_constraints.constraints.nodes.len();
    Ok((*air_id, n_nodes, trace.common_main.height(), parts))
}

/// The most bytes in use at once beyond those before the proof, by a rehearsal for each `Shapes`.
fn bytes_beyond_traces(
    device: &MetalDevice,
    mpk: &DeviceMultiStarkProvingKey<MetalBackend>,
    ctx: &ProvingContext<MetalBackend>,
    kept: Kept,
) -> Result<u64, MetalError> {
    let shapes = ctx.per_trace.iter().map(|trace| trace_shape(mpk, trace));
    let shapes = shapes.collect::<Result<_, _>>()?;
    let params = device.config().params();
    let sizes = [
        params.l_skip,
        params.n_stack,
        params.log_blowup,
        params.k_whir(),
    ];
    let key: Shapes = (mpk.vk_pre_hash, sizes, kept, shapes);
    device.gpu()?.memo(key, || rehearse(device, mpk, ctx, kept))
}

fn rehearse(
    device: &MetalDevice,
    mpk: &DeviceMultiStarkProvingKey<MetalBackend>,
    ctx: &ProvingContext<MetalBackend>,
    kept: Kept,
) -> Result<u64, MetalError> {
    let (policy, traces) = kept;
    let gpu = device.gpu()?.rehearsal();
    let per_trace = ctx.per_trace.iter().map(|(air_id, trace)| {
        let stand_in = AirProvingContext {
            cached_mains: trace.cached_mains.clone(),
            common_main: without_values(&gpu, &trace.common_main)?,
            public_values: trace.public_values.clone(),
        };
        Ok((*air_id, stand_in))
    });
    let ctx = ProvingContext::new(per_trace.collect::<Result<_, MetalError>>()?);
    kernels::upload_tables(&gpu)?;
    let in_use_before = gpu.in_use_bytes();
    let params = device.config().params().clone();
    let stand_in = MetalDevice::with_gpu(params, Ok(gpu.clone())).with_code_policy(policy);
    let transcript = MetalTranscript::new(false);
    let mut coordinator: Coordinator<BabyBearPoseidon2Config, _, _, _> =
        Coordinator::new(MetalBackend, stand_in, transcript);
    let _kept = (traces == Traces::Kept).then(|| share(&ctx));
    // Its spans and counters are not those of a proof.
    with_default(NoSubscriber::default(), || coordinator.prove(mpk, ctx))?;
    Ok(gpu.highest_bytes() - in_use_before)
}

fn without_values(gpu: &Gpu, matrix: &MetalMatrix) -> Result<MetalMatrix, MetalError> {
    matrix.columns()?;
    let (height, width) = (matrix.height(), matrix.width());
    Ok(Columns::alloc(gpu, height, width, "trace")?.into())
}

#[cfg(test)]
mod tests;
