//! Choice of the adapter, and what the prover demands of it.

use wgpu::{Adapter, Backends, DeviceType, Features, Instance, InstanceDescriptor, Limits};

use super::{
    adapter_choice::chosen, memory_size::USABLE_PERCENT_OF_OWN, GpuError, GpuOptions, Multiply,
};

/// Bytes of kernel parameters that are passed as immediates (push constants).
pub(super) const IMMEDIATE_BYTES: u32 = 64;

/// One adapter of this machine, as the driver describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdapterSummary {
    /// Its place among the adapters of this machine, the ones the prover would choose first in front.
    pub index: usize,
    /// The GPU's name, which several may have.
    pub name: String,
    /// Where on the PCI bus it is, such as `0000:65:00.0`, where the driver tells.
    pub pci_address: Option<String>,
    /// Driver name and version.
    pub driver: String,
    /// The graphics interface it is reached through: `vulkan`, `metal` or `dx12`.
    pub backend: String,
    /// Whether it is a processor emulating a GPU.
    pub is_software: bool,
}

impl std::fmt::Display for AdapterSummary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = if self.is_software { ", software" } else { "" };
        write!(f, "{} ({}, {}{kind})", self.name, self.backend, self.driver)
    }
}

impl AdapterSummary {
    /// What it is, with all that it can be named by where others have its name.
    pub fn listing(&self) -> String {
        let address = self.pci_address.as_ref();
        let address = address.map_or_else(String::new, |address| format!(" at {address}"));
        format!("{}: {self}{address}", self.index)
    }
}

/// All adapters of this machine, the ones the prover would choose first in front.
pub fn adapters() -> Vec<AdapterSummary> {
    summaries(&enumerate())
}

fn summaries(adapters: &[Adapter]) -> Vec<AdapterSummary> {
    let adapters = adapters.iter().enumerate();
    let summary = |(index, adapter)| summary(index, adapter);
    adapters.map(summary).collect()
}

pub(super) fn summary(index: usize, adapter: &Adapter) -> AdapterSummary {
    let info = adapter.get_info();
    AdapterSummary {
        index,
        pci_address: Some(info.device_pci_bus_id).filter(|address| !address.is_empty()),
        driver: format!("{} {}", info.driver, info.driver_info)
            .trim()
            .to_owned(),
        backend: info.backend.to_str().to_owned(),
        is_software: info.device_type == DeviceType::Cpu,
        name: info.name,
    }
}

/// The adapter that `options` ask for, or the most capable hardware GPU.
///
/// # Errors
/// [`GpuError::SeveralAdapters`] if they ask for more than one.
pub(super) fn select(options: &GpuOptions) -> Result<(Adapter, AdapterSummary), GpuError> {
    let mut adapters = enumerate();
    let mut present = summaries(&adapters);
    match chosen(options.adapter.as_deref(), &present)?[..] {
        [place] => Ok((adapters.swap_remove(place), present.swap_remove(place))),
        ref places => Err(GpuError::SeveralAdapters {
            wanted: options.adapter.clone().unwrap_or_default(),
            chosen: places
                .iter()
                .map(|&place| present[place].listing())
                .collect(),
        }),
    }
}

impl GpuOptions {
    /// These options for each adapter that [`Self::adapter`] names, which may be several: indices, PCI
    /// addresses and parts of names, separated by commas, and `all` for every hardware GPU.
    ///
    /// # Errors
    /// [`GpuError::UnknownAdapter`], [`GpuError::AmbiguousAdapter`] and [`GpuError::NoAdapter`].
    pub fn for_each_adapter(&self) -> Result<Vec<Self>, GpuError> {
        let places = chosen(self.adapter.as_deref(), &adapters())?;
        if places.len() == 1 {
            return Ok(vec![self.clone()]);
        }
        let on_adapter = |place: usize| Self {
            adapter: Some(place.to_string()),
            ..self.clone()
        };
        Ok(places.into_iter().map(on_adapter).collect())
    }
}

pub(super) fn enumerate() -> Vec<Adapter> {
    let mut descriptor = InstanceDescriptor::new_without_display_handle();
    descriptor.backends = Backends::VULKAN | Backends::METAL | Backends::DX12;
    // Fail before the driver starts to swap device memory, where it tells how much there is.
    descriptor.memory_budget_thresholds.for_resource_creation = Some(USABLE_PERCENT_OF_OWN);
    let instance = Instance::new(descriptor);
    let mut adapters = pollster::block_on(instance.enumerate_adapters(Backends::all()));
    adapters.sort_by_key(|adapter| match adapter.get_info().device_type {
        DeviceType::DiscreteGpu => 0,
        DeviceType::IntegratedGpu => 1,
        DeviceType::VirtualGpu => 2,
        DeviceType::Other => 3,
        DeviceType::Cpu => 4,
    });
    adapters
}

/// The features to open the adapter with: what is required, and what is used where present.
pub(super) fn features(adapter: &Adapter, options: &GpuOptions) -> Result<Features, GpuError> {
    let present = adapter.features();
    let mut required = Features::IMMEDIATES;
    if options.multiply == Some(Multiply::U64) {
        required |= Features::SHADER_INT64;
    }
    let missing = required - present;
    if !missing.is_empty() {
        return Err(unsupported(
            adapter,
            format!("it lacks the feature {missing:?}"),
        ));
    }
    let mut used = required | (present & Features::TIMESTAMP_QUERY);
    if options.multiply.is_none() {
        used |= present & Features::SHADER_INT64;
    }
    if options.pipeline_cache.is_some() {
        used |= present & Features::PIPELINE_CACHE;
    }
    Ok(used)
}

/// The most bytes of one binding, whatever the adapter reports. Metal reports up to 14 GB and computes
/// wrong values beyond 4 GiB (wgpu issues 10305 and 10306), and indices of 32 bits with a sign end at
/// half of that; Vulkan and DX12 report no more than this.
const MAX_BINDING_BYTES: u64 = i32::MAX as u64;

/// Bytes that one storage binding may have.
pub(super) fn binding_bytes(reported: &Limits) -> u64 {
    reported
        .max_storage_buffer_binding_size
        .min(MAX_BINDING_BYTES)
}

/// The adapter's own limits, but for bindings that are too large to be trusted, after a check that the
/// kernels can live within them.
pub(super) fn limits(adapter: &Adapter) -> Result<Limits, GpuError> {
    let mut limits = adapter.limits();
    limits.max_storage_buffer_binding_size = binding_bytes(&limits);
    let required = [
        (
            "immediate bytes",
            limits.max_immediate_size,
            IMMEDIATE_BYTES,
        ),
        (
            "storage buffers per stage",
            limits.max_storage_buffers_per_shader_stage,
            8,
        ),
        (
            "bytes of workgroup memory",
            limits.max_compute_workgroup_storage_size,
            16 << 10,
        ),
        (
            "invocations per workgroup",
            limits.max_compute_invocations_per_workgroup,
            256,
        ),
    ];
    for (what, actual, required) in required {
        if actual < required {
            let missing = format!("it has {actual} {what}, and {required} are required");
            return Err(unsupported(adapter, missing));
        }
    }
    Ok(limits)
}

fn unsupported(adapter: &Adapter, missing: String) -> GpuError {
    GpuError::Unsupported {
        adapter: adapter.get_info().name,
        missing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binding_stays_below_two_gibibytes_whatever_is_reported() {
        let of = |reported| {
            binding_bytes(&Limits {
                max_storage_buffer_binding_size: reported,
                ..Limits::default()
            })
        };
        for reported in [0, 128 << 20, (1 << 31) - 1] {
            assert_eq!(of(reported), reported);
        }
        for reported in [1 << 31, (1 << 32) - 4, 14 << 30, u64::MAX] {
            assert_eq!(of(reported), (1 << 31) - 1);
        }
    }
}
