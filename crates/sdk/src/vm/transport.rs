//! Traces that were made on the host, on the device.

use openvm_circuit::arch::VmBuilder;
use openvm_cpu_backend::CpuBackend;
use openvm_metal_backend::{MetalBackend, MetalDevice};
use openvm_stark_backend::{
    p3_matrix::dense::RowMajorMatrix,
    prover::{AirProvingContext, CommittedTraceData},
};
use openvm_stark_sdk::config::baby_bear_poseidon2::BabyBearPoseidon2CpuEngine;
use tracing::debug_span;

use crate::SC;

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
