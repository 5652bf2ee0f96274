// Trace rows to slots: slot `target` holds, at word i, the value on row first + i. Needs source.wgsl.

@group(0) @binding(2) var<storage, read_write> slots: array<u32>;

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let ix = id.x + id.y * groups.x * N_THREADS;
    if ix >= params.n_entries * params.count {
        return;
    }
    let entry = entries[params.first_entry + ix / params.count];
    let i = ix % params.count;
    let block = Block(params.source_start, params.column_start, params.height);
    slots[entry.z * params.stride + i] = source_value(block, entry, params.first + i);
}
