// A uniform load is a barrier, too.
@group(0) @binding(0) var<storage, read_write> result: array<u32>;

var<workgroup> sh_word: u32;

@compute @workgroup_size(16)
fn main(@builtin(local_invocation_index) lane: u32) {
    if (lane == 0u) {
        sh_word = result[0];
    }
    result[lane] = workgroupUniformLoad(&sh_word);
}
