// One word more than 16 KiB, in two variables.
@group(0) @binding(0) var<storage, read_write> result: array<u32>;

var<workgroup> sh_tile: array<vec4<u32>, 1024>;
var<workgroup> sh_word: u32;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
    sh_tile[lane] = vec4<u32>(lane);
    sh_word = lane;
    workgroupBarrier();
    result[lane] = sh_tile[63u - lane].x + sh_word;
}
