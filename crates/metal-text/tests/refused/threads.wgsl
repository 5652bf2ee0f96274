@group(0) @binding(0) var<storage, read_write> result: array<u32>;

@compute @workgroup_size(32, 16)
fn main(@builtin(local_invocation_index) lane: u32) {
    result[lane] = lane;
}
