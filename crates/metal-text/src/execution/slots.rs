//! What wgpu's Metal backend hands to a kernel beside its text.

use naga::{AddressSpace, ResourceBinding};

use crate::Text;

/// Metal's slots of a kernel, and what goes into them.
pub(super) struct Slots {
    /// The slot of the immediates.
    pub immediates: Option<u8>,
    /// The slot of each binding, by the binding's number.
    pub bindings: Vec<(usize, u8)>,
    /// The slot of the buffers' sizes.
    pub sizes: Option<u8>,
    /// The bindings whose sizes those are.
    pub sized: Vec<usize>,
    /// Bytes of each workgroup variable.
    pub workgroup_bytes: Vec<u32>,
}

/// What the memory of one variable is rounded up to.
const WORKGROUP_ALIGNMENT: u32 = 16;

impl Slots {
    /// As wgpu-hal 30's `Device::load_shader` has them.
    pub fn of(text: &Text) -> Self {
        let resources = text.resources();
        let number = |binding: &ResourceBinding| binding.binding as usize;
        let slot = |(binding, target): (_, &naga::back::msl::BindTarget)| {
            Some((number(binding), target.buffer?))
        };
        let module = &text.module;
        let (mut sized, mut workgroup_bytes) = (vec![], vec![]);
        for (handle, variable) in module.global_variables.iter() {
            let ty = &module.types[variable.ty].inner;
            match variable.space {
                AddressSpace::WorkGroup if !text.entry_info()[handle].is_empty() => {
                    let size = ty.size(module.to_ctx());
                    workgroup_bytes.push(size.next_multiple_of(WORKGROUP_ALIGNMENT));
                }
                AddressSpace::Uniform | AddressSpace::Storage { .. }
                    if ty.needs_host_buffer_byte_size(&module.types) =>
                {
                    sized.extend(variable.binding.as_ref().map(number));
                }
                _ => {}
            }
        }
        Self {
            immediates: resources.immediates_buffer,
            bindings: resources.resources.iter().filter_map(slot).collect(),
            sizes: resources.sizes_buffer,
            sized,
            workgroup_bytes,
        }
    }
}
