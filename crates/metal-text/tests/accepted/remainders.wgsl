// The ways out, remainders by constants, and remainders of what came from memory.
struct Params {
    n: u32,
}
var<immediate> params: Params;
@group(0) @binding(0) var<storage, read_write> result: array<u32>;

const WIDTH: u32 = min(64u, 6u);

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let quotient = id.x / params.n;
    let rest = id.x - quotient * params.n;
    let masked = (id.x >> 3u) & 7u;
    result[id.x] = quotient + rest + masked + id.x % WIDTH + result[id.x] % params.n + params.n % 6u;
}
