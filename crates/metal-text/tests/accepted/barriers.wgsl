// 32 threads without a barrier that they come to, and a function with one, unused.
@group(0) @binding(0) var<storage, read_write> result: array<u32>;

fn wait() {
    workgroupBarrier();
}

@compute @workgroup_size(32)
fn main(@builtin(local_invocation_index) lane: u32) {
    result[lane] = lane;
}
