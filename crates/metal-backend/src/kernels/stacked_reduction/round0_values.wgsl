// The polynomials sum_t(Z) of round 0 by their values on the skip domain D: results of round0_sums.wgsl, added up. Term t
// is (first result, number of results, 0 for A and 1 for B); its value at z goes to values[t |D| + z].
//
// A workgroup takes one term (y of the grid) and all of D, or N_THREADS elements of a larger one (x of the grid).

@group(0) @binding(0) var<storage, read> results: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read> terms: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> values: array<vec4<u32>>;

const N_THREADS: u32 = 256u;

var<workgroup> sh_sum: array<vec4<u32>, N_THREADS>;

@compute @workgroup_size(N_THREADS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let size = 1u << params.log_skip;
    let z = workgroup.x * N_THREADS + (lane & (size - 1u));
    let term = terms[workgroup.y];
    var sum = vec4<u32>();
    for (var i = lane >> params.log_skip; i < term.y; i += max(N_THREADS >> params.log_skip, 1u)) {
        sum = ef_add(sum, results[((2u * (term.x + i) + term.z) << params.log_skip) + z]);
    }
    sh_sum[lane] = sum;
    for (var stride = N_THREADS / 2u; stride >= size; stride >>= 1u) {
        workgroupBarrier();
        if (lane < stride) {
            sh_sum[lane] = ef_add(sh_sum[lane], sh_sum[lane + stride]);
        }
    }
    if (lane < size) {
        values[(workgroup.y << params.log_skip) + z] = sh_sum[lane];
    }
}
