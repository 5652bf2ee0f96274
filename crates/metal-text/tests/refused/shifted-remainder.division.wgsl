// The report's: a division by a power of two is a shift.
@group(0) @binding(0) var<storage, read_write> result: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    result[id.x] = (id.x / 65536u) % 6u;
}
