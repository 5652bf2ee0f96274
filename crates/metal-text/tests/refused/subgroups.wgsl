// The operation is in a branch.
@group(0) @binding(0) var<storage, read_write> result: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
    if (result[0] == 0u) {
        result[lane] = subgroupAdd(lane);
    }
}
