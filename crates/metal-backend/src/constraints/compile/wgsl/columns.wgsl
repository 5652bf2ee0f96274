// Virtual columns: writes each sum of a slice to the slot that is its target.
//
// Grid: slices, lanes. A sum may read what an earlier sum of its own slice has written, as values of other rows
// are never read; what other slices write must have been written by an earlier dispatch.

@group(0) @binding(0) var<storage, read> table: array<u32>;
// Where the slices begin in the table, and where the last one ends.
@group(0) @binding(1) var<storage, read> slices: array<u32>;
@group(0) @binding(2) var<storage, read_write> values: array<Value>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    lane_ix = group.y * WORKGROUP_SIZE + thread;
    if lane_ix >= params.n_lanes {
        return;
    }
    let slice = params.first_slice + group.x;
    cursor = slices[slice];
    let end = slices[slice + 1u];
    while cursor < end {
        let slot = next_word();
        values[slot * params.stride + lane_ix] = sum_of_products();
    }
}
