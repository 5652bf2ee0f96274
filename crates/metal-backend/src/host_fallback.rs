//! Stages that are not on the GPU yet, proved by upstream's reference prover.
//!
//! Each call is counted and logged as `host_fallback`. The traces are read back and committed to
//! again on the host, so that the proof only verifies if both commitments agree.

use std::sync::Arc;

use openvm_stark_backend::{
    poly_common::Squarable,
    proof::WhirProof,
    prover::{
        stacked_pcs::stacked_commit, whir::WhirProver, AirProvingContext, ColMajorMatrix,
        CommittedTraceData, CpuColMajorBackend, DeviceMultiStarkProvingKey, DeviceStarkProvingKey,
        ProvingContext, ReferenceDevice, StackedPcsError,
    },
    FiatShamirTranscript, StarkProtocolConfig,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::{BabyBearPoseidon2Config, Digest, EF, F};

use crate::{MetalBackend, MetalDevice, MetalError};

type Sc = BabyBearPoseidon2Config;
type Reference = CpuColMajorBackend<Sc>;
type HostPcsData = openvm_stark_backend::prover::stacked_pcs::StackedPcsData<F, Digest>;

impl MetalDevice {
    /// Proves the openings of all stacked matrices at the point `u` that their claims were reduced
    /// to.
    pub(crate) fn prove_whir_on_host<TS: FiatShamirTranscript<Sc>>(
        &self,
        transcript: &mut TS,
        mpk: &DeviceMultiStarkProvingKey<MetalBackend>,
        ctx: &ProvingContext<MetalBackend>,
        u: &[EF],
    ) -> Result<WhirProof<Sc>, MetalError> {
        self.count_host_fallback("openings.whir");
        let (mpk, ctx) = (self.host_mpk(mpk)?, self.host_ctx(ctx)?);
        let main = self
            .host_commit(ctx.common_main_traces().map(|(_, trace)| trace))?
            .1;
        let preprocessed_and_cached = ctx.per_trace.iter().flat_map(|(air_id, trace)| {
            let preprocessed = mpk.per_air[*air_id].preprocessed_data.iter();
            preprocessed
                .chain(&trace.cached_mains)
                .map(|committed| committed.data.clone())
        });
        let l_skip = self.config().params().l_skip;
        let skip = u[0].exp_powers_of_2().take(l_skip);
        let u_cube: Vec<_> = skip.chain(u[1..].iter().copied()).collect();
        ReferenceDevice::new(self.config().clone())
            .prove_whir(transcript, main, preprocessed_and_cached.collect(), &u_cube)
            .map_err(|error| MetalError::Reference(Arc::new(error.into())))
    }

    fn host_commit<'a>(
        &self,
        traces: impl Iterator<Item = &'a ColMajorMatrix<F>>,
    ) -> Result<(Digest, HostPcsData), MetalError> {
        let params = self.config().params();
        let traces: Vec<_> = traces.collect();
        stacked_commit(
            self.config().hasher(),
            params.l_skip,
            params.n_stack,
            params.log_blowup,
            params.k_whir(),
            &traces,
        )
        .map_err(|error: StackedPcsError| MetalError::Stacking(Arc::new(error)))
    }

    fn host_ctx(
        &self,
        ctx: &ProvingContext<MetalBackend>,
    ) -> Result<ProvingContext<Reference>, MetalError> {
        let per_trace = ctx.per_trace.iter().map(|(air_id, trace)| {
            let cached = trace
                .cached_mains
                .iter()
                .map(|data| self.host_committed(data));
            let cached = cached.collect::<Result<_, MetalError>>()?;
            let common = self.download(&trace.common_main)?;
            let public_values = trace.public_values.clone();
            Ok((
                *air_id,
                AirProvingContext::new(cached, common, public_values),
            ))
        });
        Ok(ProvingContext::new(
            per_trace.collect::<Result<_, MetalError>>()?,
        ))
    }

    fn host_mpk(
        &self,
        mpk: &DeviceMultiStarkProvingKey<MetalBackend>,
    ) -> Result<DeviceMultiStarkProvingKey<Reference>, MetalError> {
        let per_air = mpk.per_air.iter().map(|pk| {
            let preprocessed = pk.preprocessed_data.as_ref();
            let preprocessed = preprocessed.map(|data| self.host_committed(data));
            Ok(DeviceStarkProvingKey {
                air_name: pk.air_name.clone(),
                vk: pk.vk.clone(),
                preprocessed_data: preprocessed.transpose()?,
                other_data: (),
            })
        });
        Ok(DeviceMultiStarkProvingKey::new(
            per_air.collect::<Result<_, MetalError>>()?,
            mpk.trace_height_constraints.clone(),
            mpk.max_constraint_degree,
            mpk.params.clone(),
            mpk.vk_pre_hash,
        ))
    }

    fn host_committed(
        &self,
        committed: &CommittedTraceData<MetalBackend>,
    ) -> Result<CommittedTraceData<Reference>, MetalError> {
        let trace = self.download(&committed.trace)?;
        let (commitment, data) = self.host_commit(std::iter::once(&trace))?;
        Ok(CommittedTraceData {
            commitment,
            trace,
            data: Arc::new(data),
        })
    }
}
