// A divisor from memory, and lanes of a vector.
@group(0) @binding(0) var<storage, read_write> result: array<vec2<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let both = vec2<u32>(id.x, id.x << 1u);
    result[id.x] = both % result[0];
}
