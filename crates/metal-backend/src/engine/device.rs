//! The prover's stages on one GPU, as upstream's traits name them.

use std::sync::Arc;

use openvm_stark_backend::{
    proof::{BatchConstraintProof, GkrProof, StackingProof, WhirProof},
    prover::{
        DeviceMultiStarkProvingKey, MultiRapProver, OpeningProver, ProverDevice, ProvingContext,
        TraceCommitter,
    },
    StarkProtocolConfig, SystemParams,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::{BabyBearPoseidon2Config, Digest, EF};
use tracing::info_span;

use crate::{
    commit::{stacked_commit, CodePolicy},
    constraints::{prove_rap_constraints, statement::Statement},
    engine::parameters::check_same,
    engine::trace_inputs::trace_inputs,
    gpu::{AdapterSummary, Gpu, GpuUser},
    openings::{
        stacked_reduction::{prove_stacked_reduction, CommitmentClaims},
        whir::{hypercube_point, prove_whir, OpenedStack},
    },
    transcript::DeviceTranscript,
    EngineOptions, MetalBackend, MetalError, MetalMatrix, MetalPcsData, Verify,
};

/// One GPU with the parameters of the proofs it makes. Clones share it.
#[derive(Clone, Debug)]
pub struct MetalDevice {
    inner: Arc<Inner>,
    code_policy: CodePolicy,
    verify: Verify,
}

#[derive(Debug)]
struct Inner {
    config: BabyBearPoseidon2Config,
    gpu: Result<GpuUser, MetalError>,
}

/// How much of a GPU's memory this process uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryUse {
    /// Bytes in live buffers: traces, keys, tables, and what proofs under way take.
    pub in_use_bytes: u64,
    /// The most bytes that were in live buffers at once since the GPU was opened.
    pub highest_bytes: u64,
    /// Bytes taken from the driver: live buffers, and idle ones kept for reuse.
    pub reserved_bytes: u64,
    /// What there is to use: the budget of [`GpuOptions`](crate::GpuOptions), else the usable part of the memory that
    /// the GPU or the machine has. `None` where the driver does not tell.
    pub available_bytes: Option<u64>,
}

impl MetalDevice {
    /// The process-wide GPU for `options`; if it cannot be opened, every stage returns why.
    ///
    /// Engines with this device verify their proofs as the options say, which may be a
    /// [`GpuOptions`](crate::GpuOptions) alone.
    pub fn new(params: SystemParams, options: impl Into<EngineOptions>) -> Self {
        let EngineOptions { gpu, verify } = options.into();
        let gpu = Gpu::shared(&gpu).map_err(MetalError::from);
        Self {
            verify,
            ..Self::with_gpu(params, gpu)
        }
    }

    pub(crate) fn with_gpu(params: SystemParams, gpu: Result<Arc<Gpu>, MetalError>) -> Self {
        Self::with_user(params, gpu.map(GpuUser::new))
    }

    fn with_user(params: SystemParams, gpu: Result<GpuUser, MetalError>) -> Self {
        let inner = Inner {
            config: BabyBearPoseidon2Config::default_from_params(params),
            gpu,
        };
        Self {
            inner: Arc::new(inner),
            code_policy: CodePolicy::default(),
            verify: Verify::default(),
        }
    }

    /// The same GPU for commitments with another policy for the code matrix; see
    /// [`CodePolicy`].
    pub fn with_code_policy(&self, code_policy: CodePolicy) -> Self {
        Self {
            code_policy,
            ..self.clone()
        }
    }

    /// The same GPU for proofs with other parameters.
    pub fn with_params(&self, params: SystemParams) -> Self {
        Self {
            code_policy: self.code_policy,
            verify: self.verify,
            ..Self::with_user(params, self.inner.gpu.clone())
        }
    }

    /// How much of the GPU's memory is used now, by everyone who shares it in this process.
    pub fn memory_use(&self) -> Result<MemoryUse, MetalError> {
        let gpu = self.gpu()?;
        Ok(MemoryUse {
            in_use_bytes: gpu.in_use_bytes(),
            highest_bytes: gpu.highest_bytes(),
            reserved_bytes: gpu.reserved_bytes(),
            available_bytes: gpu.memory_bytes(),
        })
    }

    /// What the GPU is.
    pub fn adapter(&self) -> Result<&AdapterSummary, MetalError> {
        Ok(self.gpu()?.adapter())
    }

    /// Whether the GPU was lost: everything that is on it is gone, and proofs there fail.
    pub fn is_lost(&self) -> bool {
        self.gpu().is_ok_and(Gpu::is_lost)
    }

    /// Whether engines verify the proofs that it makes.
    pub(super) fn verifies(&self) -> Result<bool, MetalError> {
        Ok(self.verify.is_on(self.adapter()?))
    }

    /// The GPU, or why there is none.
    #[doc(hidden)]
    pub fn gpu(&self) -> Result<&Gpu, MetalError> {
        self.inner.gpu.as_deref().map_err(Clone::clone)
    }

    /// Protocol configuration of the proofs.
    pub fn config(&self) -> &BabyBearPoseidon2Config {
        &self.inner.config
    }
}

impl<TS> ProverDevice<MetalBackend, TS> for MetalDevice
where
    TS: DeviceTranscript,
{
    type Error = MetalError;
    /// The device itself, so that whoever makes traces has the GPU that proves.
    type DeviceCtx = Self;

    fn device_ctx(&self) -> &Self {
        self
    }
}

impl TraceCommitter<MetalBackend> for MetalDevice {
    type Error = MetalError;

    /// Stacks, encodes and hashes `traces`, which are sorted by descending height.
    fn commit(&self, traces: &[&MetalMatrix]) -> Result<(Digest, MetalPcsData), MetalError> {
        let columns = traces.iter().map(|trace| trace.columns());
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        let (root, stack) = stacked_commit(
            self.gpu()?,
            self.config().params(),
            &columns,
            self.code_policy,
        )?;
        Ok((root, MetalPcsData::new(Ok(stack))))
    }
}

impl<TS> MultiRapProver<MetalBackend, TS> for MetalDevice
where
    TS: DeviceTranscript,
{
    type PartialProof = (
        GkrProof<BabyBearPoseidon2Config>,
        BatchConstraintProof<BabyBearPoseidon2Config>,
    );
    /// The point `r` at which the trace columns are to be opened.
    type Artifacts = Vec<EF>;
    type Error = MetalError;

    fn prove_rap_constraints(
        &self,
        transcript: &mut TS,
        mpk: &DeviceMultiStarkProvingKey<MetalBackend>,
        ctx: &ProvingContext<MetalBackend>,
        _common_main_pcs_data: &MetalPcsData,
    ) -> Result<(Self::PartialProof, Vec<EF>), MetalError> {
        let _stage = info_span!("prover.rap_constraints").entered();
        check_same(&mpk.params, self.config().params())?;
        let (gpu, params) = (self.gpu()?, &mpk.params);
        let traces = trace_inputs(mpk, ctx)?;
        let statement = Statement::new(gpu, params.l_skip, mpk.max_constraint_degree, traces)?;
        prove_rap_constraints(gpu, transcript, statement, params.logup.pow_bits)
    }
}

impl<TS> OpeningProver<MetalBackend, TS> for MetalDevice
where
    TS: DeviceTranscript,
{
    type OpeningProof = (
        StackingProof<BabyBearPoseidon2Config>,
        WhirProof<BabyBearPoseidon2Config>,
    );
    /// The point `r` at which the trace columns are opened.
    type OpeningPoints = Vec<EF>;
    type Error = MetalError;

    fn prove_openings(
        &self,
        transcript: &mut TS,
        mpk: &DeviceMultiStarkProvingKey<MetalBackend>,
        ctx: ProvingContext<MetalBackend>,
        common_main_pcs_data: MetalPcsData,
        r: Vec<EF>,
    ) -> Result<Self::OpeningProof, MetalError> {
        let _stage = info_span!("prover.openings").entered();
        let (gpu, params) = (self.gpu()?, self.config().params());
        check_same(&mpk.params, params)?;
        let needs_rot = |air_id: usize| mpk.per_air[air_id].vk.params.need_rot;
        let traces = ctx.per_trace.into_iter();
        let (main_needs_rot, cached_mains): (Vec<_>, Vec<_>) = traces
            .map(|(air_id, trace)| (needs_rot(air_id), (air_id, trace.cached_mains)))
            .unzip();

        let common_main = common_main_pcs_data.into_stack()?;
        let mut others = Vec::new();
        for (i, (air_id, cached_mains)) in cached_mains.iter().enumerate() {
            let preprocessed = mpk.per_air[*air_id].preprocessed_data.iter();
            for committed in preprocessed.chain(cached_mains) {
                others.push(CommitmentClaims {
                    stack: committed.data.stack()?,
                    needs_rot: &main_needs_rot[i..=i],
                });
            }
        }
        let (stacking_proof, u) = {
            let mut commitments = vec![CommitmentClaims {
                stack: &common_main,
                needs_rot: &main_needs_rot,
            }];
            commitments.extend(&others);
            prove_stacked_reduction(gpu, params, transcript, &commitments, &r)?
        };

        let mut stacks = vec![OpenedStack {
            matrix: common_main.stacked,
            tree: &common_main.tree,
        }];
        stacks.extend(others.iter().map(|claims| OpenedStack {
            matrix: claims.stack.stacked.clone(),
            tree: &claims.stack.tree,
        }));
        let u_cube = hypercube_point(params.l_skip, &u);
        let whir_proof = prove_whir(gpu, params, transcript, stacks, &u_cube)?;
        Ok((stacking_proof, whir_proof))
    }
}
