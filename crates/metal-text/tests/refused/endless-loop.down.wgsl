// From what a buffer says down to 0; the mask leaves 2^31 - 1.
@group(0) @binding(0) var<uniform> counts: array<vec4<u32>, 4>;
@group(0) @binding(1) var<storage, read_write> result: array<u32>;

fn at_least(n: u32, least: u32) -> u32 {
    return max(n, least);
}

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
    var sum = 0u;
    for (var i = at_least(counts[lane & 3u].x & 0x7fffffffu, 1u); i > 0u; i -= 1u) {
        sum += i;
    }
    result[lane] = sum;
}
