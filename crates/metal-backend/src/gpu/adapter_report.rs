//! What the adapters of this machine have for proofs, without opening one.

use wgpu::DeviceType;

use super::{
    adapter::{binding_bytes, enumerate, features, limits, summary, AdapterSummary},
    memory_size::memory_bytes,
    GpuError, GpuOptions, Multiply,
};

/// One adapter with what it has for proofs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdapterReport {
    /// What it is.
    pub summary: AdapterSummary,
    /// `discrete`, `integrated`, `virtual`, `software` or `other`.
    pub kind: &'static str,
    /// Bytes that buffers may take without a budget, where the driver tells.
    pub memory_bytes: Option<u64>,
    /// Largest block of a matrix in bytes.
    pub max_binding_bytes: u64,
    /// The form of multiplication that kernels use there.
    pub multiply: Multiply,
    /// Why it cannot make proofs.
    pub unusable: Option<GpuError>,
}

/// All adapters of this machine with what they have, the ones the prover would choose first in front.
pub fn adapter_reports() -> Vec<AdapterReport> {
    let options = GpuOptions::default();
    let report = |(index, adapter): (usize, &wgpu::Adapter)| {
        let has_u64 = adapter.features().contains(wgpu::Features::SHADER_INT64);
        AdapterReport {
            summary: summary(index, adapter),
            kind: match adapter.get_info().device_type {
                DeviceType::DiscreteGpu => "discrete",
                DeviceType::IntegratedGpu => "integrated",
                DeviceType::VirtualGpu => "virtual",
                DeviceType::Cpu => "software",
                DeviceType::Other => "other",
            },
            memory_bytes: memory_bytes(adapter),
            max_binding_bytes: binding_bytes(&adapter.limits()),
            multiply: if has_u64 {
                Multiply::U64
            } else {
                Multiply::U32
            },
            unusable: features(adapter, &options).and(limits(adapter)).err(),
        }
    };
    enumerate().iter().enumerate().map(report).collect()
}
