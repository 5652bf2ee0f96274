@group(0) @binding(0) var<storage, read_write> sum: atomic<u64>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
    atomicAdd(&sum, u64(lane));
}
