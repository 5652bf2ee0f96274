//! What wgpu's Metal backend hands to a kernel beside its text.

use std::{ffi::c_void, ptr};

use naga::{back::msl::BindTarget, AddressSpace, ResourceBinding};

use super::memory::Memory;
use crate::Text;

/// Metal's slots for buffers.
const N_SLOTS: usize = 31;

/// Words of the immediates, as many as the engine opens a GPU with.
const N_PARAMS: usize = 16;

/// What of a kernel's arguments is in no buffer of its own.
pub(super) struct Words {
    params: [u32; N_PARAMS],
    sizes: Vec<u32>,
}

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
        let slot = |(binding, target): (_, &BindTarget)| Some((number(binding), target.buffer?));
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

    /// The words for `params` and for buffers that are bound as `bindings` says: a buffer's number and bytes each.
    pub fn words(&self, params: &[u32], bindings: &[(usize, u64)]) -> Result<Words, String> {
        let mut words = Words {
            params: [0; N_PARAMS],
            sizes: vec![],
        };
        let place = words.params.get_mut(..params.len());
        let place = place.ok_or_else(|| format!("{} words of parameters", params.len()))?;
        place.copy_from_slice(params);
        for &binding in &self.sized {
            let (_, bytes) = bindings.get(binding).ok_or_else(|| not_bound(binding))?;
            words.sizes.push(*bytes as u32);
        }
        Ok(words)
    }

    /// What lies in each slot.
    pub fn fill(
        &self,
        buffers: &[Memory],
        bindings: &[(usize, u64)],
        words: &mut Words,
    ) -> Result<[*mut c_void; N_SLOTS], String> {
        let mut slots = [ptr::null_mut(); N_SLOTS];
        for &(binding, slot) in &self.bindings {
            let bound = bindings.get(binding);
            let bound = bound.and_then(|&(i, bytes)| Some((buffers.get(i)?, bytes)));
            let is_there = |(memory, bytes): &(&Memory, u64)| *bytes <= memory.len() as u64;
            let (memory, _) = bound.filter(is_there).ok_or_else(|| not_bound(binding))?;
            slots[usize::from(slot)] = memory.start().cast();
        }
        if let Some(slot) = self.immediates {
            slots[usize::from(slot)] = words.params.as_mut_ptr().cast();
        }
        if let Some(slot) = self.sizes {
            slots[usize::from(slot)] = words.sizes.as_mut_ptr().cast();
        }
        Ok(slots)
    }
}

fn not_bound(binding: usize) -> String {
    format!("binding {binding} is not bound")
}
