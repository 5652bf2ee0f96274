//! One kind of node: a circuit that verifies proofs of another, or of its own.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use openvm_continuations::{
    circuit::inner::ProofsType,
    prover::{ChildVkKind, InnerCpuProver},
};
use openvm_metal_backend::{BabyBearPoseidon2MetalEngine, MetalBackend, MetalDevice, MetalError};
use openvm_stark_backend::{
    proof::Proof,
    prover::{
        AirProvingContext, CommittedTraceData, DeviceDataTransporter, ProvingContext,
        TraceCommitter,
    },
    StarkEngine,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::Digest;

use crate::{
    program::DeviceKey,
    vm::transport::{upload, Host},
    SC,
};

/// A verifier circuit: upstream's on the host, which makes the traces, and its key on the device.
///
/// `N` is the number of proofs that it has room for.
pub(super) struct Circuit<const N: usize> {
    engine: BabyBearPoseidon2MetalEngine,
    key: DeviceKey,
    /// Traces that describe the circuits of the children, by their commitments.
    cached: Mutex<HashMap<Digest, CommittedTraceData<MetalBackend>>>,
}

impl<const N: usize> Circuit<N> {
    pub(super) fn new(host: &InnerCpuProver<N>, device: &MetalDevice) -> Self {
        let key = host.get_pk();
        let device = device.with_params(key.params.clone());
        Self {
            key: device.transport_pk_to_device(&key),
            engine: BabyBearPoseidon2MetalEngine::with_device(device),
            cached: Mutex::default(),
        }
    }

    /// The traces of a node over `proofs`, on the device.
    pub(super) fn trace(
        &self,
        host: &InnerCpuProver<N>,
        proofs: &[Proof<SC>],
        children: ChildVkKind,
    ) -> Result<ProvingContext<MetalBackend>, MetalError> {
        let ctx = host.generate_proving_ctx(proofs, children, ProofsType::Vm, None, &());
        let upload = |(air_id, ctx)| self.upload(ctx).map(|ctx| (air_id, ctx));
        let per_trace = ctx.per_trace.into_iter().map(upload);
        Ok(ProvingContext::new(per_trace.collect::<Result<_, _>>()?))
    }

    pub(super) fn prove(&self, ctx: ProvingContext<MetalBackend>) -> Result<Proof<SC>, MetalError> {
        self.engine.prove(&self.key, ctx)
    }

    fn upload(
        &self,
        ctx: AirProvingContext<Host>,
    ) -> Result<AirProvingContext<MetalBackend>, MetalError> {
        let cached = ctx.cached_mains.iter().map(|host| self.cached(host));
        let cached = cached.collect::<Result<_, _>>()?;
        Ok(upload(self.engine.device(), ctx, cached))
    }

    /// A committed trace on the device, which goes there once.
    fn cached(
        &self,
        host: &CommittedTraceData<Host>,
    ) -> Result<CommittedTraceData<MetalBackend>, MetalError> {
        let mut cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cached) = cached.get(&host.commitment) {
            return Ok(cached.clone());
        }
        let device = self.engine.device();
        let trace = device.upload_row_major(&host.trace.values, host.trace.width);
        let (commitment, data) = device.commit(&[&trace])?;
        let committed = CommittedTraceData {
            commitment,
            trace,
            data: Arc::new(data),
        };
        cached.insert(host.commitment, committed.clone());
        Ok(committed)
    }
}
