// The barrier is in a function, in a branch.
@group(0) @binding(0) var<storage, read_write> result: array<u32>;

var<workgroup> sh_words: array<u32, 32>;

fn exchange(lane: u32) -> u32 {
    var word = 0u;
    if (arrayLength(&result) > 8u) {
        sh_words[lane] = lane;
        workgroupBarrier();
        word = sh_words[31u - lane];
    }
    return word;
}

@compute @workgroup_size(8, 4)
fn main(@builtin(local_invocation_index) lane: u32) {
    result[lane] = exchange(lane);
}
