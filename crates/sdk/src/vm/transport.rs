//! Traces that were made on the host, on the device.

use std::sync::{Arc, OnceLock};

use openvm_circuit::arch::VmBuilder;
use openvm_cpu_backend::{CpuBackend, CpuDevice};
use openvm_metal_backend::{MetalBackend, MetalDevice};
use openvm_stark_backend::{
    p3_field::PrimeCharacteristicRing,
    p3_matrix::dense::RowMajorMatrix,
    prover::{AirProvingContext, CommittedTraceData, ProverBackend, TraceCommitter},
};
use openvm_stark_sdk::config::{
    app_params_with_100_bits_security,
    baby_bear_poseidon2::{BabyBearPoseidon2CpuEngine, Digest},
};
use tracing::debug_span;

use crate::{F, SC};

/// The backend whose chips make traces on the host.
pub(crate) type Host = CpuBackend<SC>;

/// The engine that `VmBuilder`s of host chips are written for.
pub(crate) type HostEngine = BabyBearPoseidon2CpuEngine;

/// Record arenas of a builder of host chips.
pub(crate) type HostArena<B> = <B as VmBuilder<HostEngine>>::RecordArena;

/// Uploads a trace as it is, row-major. `cached` are its cached mains, which are on the device
/// already.
pub(crate) fn upload(
    device: &MetalDevice,
    ctx: AirProvingContext<Host>,
    cached: Vec<CommittedTraceData<MetalBackend>>,
) -> AirProvingContext<MetalBackend> {
    let RowMajorMatrix { values, width, .. } = ctx.common_main;
    let span = debug_span!("transport_trace", bytes = size_of_val(&values[..]));
    AirProvingContext {
        cached_mains: cached,
        common_main: span.in_scope(|| device.upload_row_major(&values, width)),
        public_values: ctx.public_values,
    }
}

/// What host chips are handed in place of a committed trace that is on the device: they read no more
/// of it than the height, and pass it on.
pub(crate) fn stand_in(committed: &CommittedTraceData<MetalBackend>) -> CommittedTraceData<Host> {
    CommittedTraceData {
        commitment: committed.commitment,
        trace: RowMajorMatrix::new(F::zero_vec(committed.height()), 1),
        data: no_data(),
    }
}

/// The commitment data of a trace of one row, as its type has no empty value.
fn no_data() -> Arc<<Host as ProverBackend>::PcsData> {
    static DATA: OnceLock<Arc<<Host as ProverBackend>::PcsData>> = OnceLock::new();
    let make = || {
        let params = app_params_with_100_bits_security(MIN_LOG_STACKED_HEIGHT);
        let device = CpuDevice::new(SC::default_from_params(params));
        let trace = RowMajorMatrix::new(vec![F::ZERO], 1);
        let (_root, data): (Digest, _) = match device.commit(&[&trace]) {
            Ok(committed) => committed,
            Err(error) => unreachable!("a trace of one row can be committed to: {error:?}"),
        };
        Arc::new(data)
    };
    DATA.get_or_init(make).clone()
}

/// The least height that upstream's parameters have a proof for.
const MIN_LOG_STACKED_HEIGHT: usize = 8;
