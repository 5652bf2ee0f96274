@group(0) @binding(0) var<storage, read_write> result: array<u64>;

fn rest(a: u64, b: u64) -> u64 {
    return a % b;
}

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
    result[lane] = rest(result[lane], 2013265921lu);
}
