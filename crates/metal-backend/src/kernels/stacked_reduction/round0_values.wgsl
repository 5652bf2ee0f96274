// The polynomials sum_t(Z) of round 0 by their values on the skip domain D: results of round0_sums.wgsl, added up. That of
// term t at z goes to values[t |D| + z].
//
// A workgroup takes one term (y of the grid) and all of D, or N_THREADS elements of a larger one (x of the grid).

var<workgroup> sh_sum: array<vec4<u32>, N_THREADS>;

@compute @workgroup_size(N_THREADS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let size = 1u << params.log_skip;
    let z = workgroup.x * N_THREADS + (lane & (size - 1u));
    let term = terms[workgroup.y];
    let n_results = min(term.n_results, arrayLength(&results) >> (params.log_skip + 1u));
    var sum = vec4<u32>();
    for (var i = lane >> params.log_skip; i < n_results; i += max(N_THREADS >> params.log_skip, 1u)) {
        sum = ef_add(sum, results[((2u * (term.first + i) + term.part) << params.log_skip) + z]);
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
