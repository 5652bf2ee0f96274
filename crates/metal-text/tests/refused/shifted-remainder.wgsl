// As one of our kernels had it, over two functions and a variable.
@group(0) @binding(0) var<storage, read_write> result: array<u32>;

fn quotient(x: u32) -> u32 {
    var y = x >> 1u;
    y += 3u;
    return y;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    result[id.x] = quotient(result[id.x]) % 6u;
}
