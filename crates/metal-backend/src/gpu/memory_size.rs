//! How much memory an adapter has for buffers.

use sysinfo::System;
use wgpu::{Adapter, DeviceType};

/// How much of its own memory a GPU can use; the driver keeps a little.
pub(super) const USABLE_PERCENT_OF_OWN: u8 = 95;

/// How much of the machine's memory a GPU without its own can use. Metal recommends two thirds on
/// most machines, and Vulkan drivers offer half or more.
const USABLE_PERCENT_OF_SHARED: u8 = 66;

/// Bytes that buffers may take. `None` for GPUs with memory of their own whose driver does not tell
/// how much, which is the case but on Vulkan.
pub(super) fn memory_bytes(adapter: &Adapter) -> Option<u64> {
    match adapter.get_info().device_type {
        DeviceType::DiscreteGpu => {
            own_bytes(adapter).map(|bytes| part(bytes, USABLE_PERCENT_OF_OWN))
        }
        DeviceType::IntegratedGpu | DeviceType::Cpu => {
            machine_bytes().map(|bytes| part(bytes, USABLE_PERCENT_OF_SHARED))
        }
        DeviceType::VirtualGpu | DeviceType::Other => None,
    }
}

fn part(bytes: u64, percent: u8) -> u64 {
    bytes / 100 * u64::from(percent)
}

/// The machine's memory, or the container's limit.
fn machine_bytes() -> Option<u64> {
    let mut system = System::new();
    system.refresh_memory();
    let container = system.cgroup_limits().map(|limits| limits.total_memory);
    let sizes = [Some(system.total_memory()), container];
    sizes.into_iter().flatten().filter(|bytes| *bytes > 0).min()
}

/// The largest heap of a GPU's own memory.
#[cfg(not(target_vendor = "apple"))]
fn own_bytes(adapter: &Adapter) -> Option<u64> {
    /// `VK_MEMORY_HEAP_DEVICE_LOCAL_BIT`
    const DEVICE_LOCAL: u32 = 1;
    // SAFETY: the handle is used while `adapter` is borrowed, and is not destroyed.
    #[allow(unsafe_code, reason = "wgpu does not tell, the driver does")]
    let vulkan = unsafe { adapter.as_hal::<wgpu::hal::api::Vulkan>() }?;
    let instance = vulkan.shared_instance().raw_instance();
    // SAFETY: the physical device belongs to this instance, which lives as long as the adapter.
    #[allow(unsafe_code, reason = "wgpu does not tell, the driver does")]
    let memory =
        unsafe { instance.get_physical_device_memory_properties(vulkan.raw_physical_device()) };
    let heaps = memory.memory_heaps.iter();
    let heaps = heaps.take(memory.memory_heap_count as usize);
    let own = heaps.filter(|heap| heap.flags.as_raw() & DEVICE_LOCAL != 0);
    own.map(|heap| heap.size).max()
}

#[cfg(target_vendor = "apple")]
fn own_bytes(_adapter: &Adapter) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_has_memory_of_which_a_part_is_usable() {
        let bytes = machine_bytes().unwrap();
        assert!(bytes > 1 << 28, "{bytes}");
        assert!(part(bytes, USABLE_PERCENT_OF_SHARED) < bytes);
        assert_eq!(part(1000, USABLE_PERCENT_OF_OWN), 950);
    }
}
