//! Sizes.

use naga::AddressSpace;

use super::Lint;

const FEATURE_SET_TABLES: &str =
    "https://developer.apple.com/metal/Metal-Feature-Set-Tables.pdf, \"Implementation limits by GPU family\"";

/// Metal's slots of a kernel.
const MAX_BUFFERS: usize = 31;
/// Ours. Metal has 32 KiB, DX12 and core WebGPU have half of that.
const MAX_WORKGROUP_BYTES: u32 = 16 << 10;
/// Ours. Metal's is 1,024 for kernels that need few registers, which is not known before they are compiled.
const MAX_THREADS: u32 = 256;
/// What memory of one variable is rounded up to, by wgpu's Metal backend.
const WORKGROUP_ALIGNMENT: u32 = 16;

/// Buffers, parameters and wgpu's table of sizes fit into Metal's 31 slots.
pub const BUFFERS: Lint = Lint {
    name: "buffers",
    what: "more than 31 buffers, with the parameters and wgpu's buffer of sizes",
    why: "Metal has 31 slots for buffers",
    link: FEATURE_SET_TABLES,
    instead: "several tables in one buffer, or a kernel cut in two",
    find: |text| {
        let resources = text.resources();
        let others = [resources.immediates_buffer, resources.sizes_buffer];
        let n = resources.resources.len() + others.iter().flatten().count();
        match n > MAX_BUFFERS {
            true => vec![format!("{n} slots")],
            false => vec![],
        }
    },
};

/// Workgroup memory is at most 16 KiB.
pub const WORKGROUP_MEMORY: Lint = Lint {
    name: "workgroup-memory",
    what: "more than 16 KiB of workgroup memory",
    why: "Metal has 32 KiB, other platforms may have no more than 16, and half of what there is lets two \
          workgroups run beside each other",
    link: FEATURE_SET_TABLES,
    instead: "a smaller tile, or the same memory for two things one after the other",
    find: |text| {
        let info = text.entry_info();
        let variables = text.module.global_variables.iter();
        let used = variables.filter(|(handle, variable)| {
            variable.space == AddressSpace::WorkGroup && !info[*handle].is_empty()
        });
        let size = |ty| text.module.types[ty].inner.size(text.module.to_ctx());
        let sizes = used.map(|(_, v)| size(v.ty).next_multiple_of(WORKGROUP_ALIGNMENT));
        let n_bytes: u32 = sizes.sum();
        match n_bytes > MAX_WORKGROUP_BYTES {
            true => vec![format!("{n_bytes} bytes")],
            false => vec![],
        }
    },
};

/// A workgroup has at most 256 threads.
pub const THREADS: Lint = Lint {
    name: "threads",
    what: "a workgroup of more than 256 threads",
    why: "Metal has 1,024 for a kernel of few registers and fewer for others, core WebGPU has 256",
    link: FEATURE_SET_TABLES,
    instead: "more workgroups",
    find: |text| {
        let n: u32 = text.entry().workgroup_size.iter().product();
        match n > MAX_THREADS {
            true => vec![format!("{n} threads")],
            false => vec![],
        }
    },
};
