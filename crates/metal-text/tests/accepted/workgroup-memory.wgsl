// 16 KiB, and a variable that is not used.
@group(0) @binding(0) var<storage, read_write> result: array<u32>;

var<workgroup> sh_tile: array<vec4<u32>, 1024>;
var<workgroup> sh_other: array<vec4<u32>, 1024>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) lane: u32) {
    sh_tile[lane] = vec4<u32>(lane);
    workgroupBarrier();
    result[lane] = sh_tile[255u - lane].x;
}
