// The number goes through a private variable, a sum and an argument.
struct Params {
    n: u32,
}
var<immediate> params: Params;
@group(0) @binding(0) var<storage, read_write> result: array<u32>;

var<private> lane_ix: u32;

fn rest(n: u32) -> u32 {
    return (2u * lane_ix + 1u) % n;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    lane_ix = group.x * 64u + lane;
    result[lane_ix] = rest(params.n);
}
