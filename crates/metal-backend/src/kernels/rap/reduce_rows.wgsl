// Sums of totals over rows, weighted with eq: one workgroup for each point k of a round polynomial.
//
//     sums[out_start + k] (+)= sum over x of eq[eq_start + x] * sum over slices s of totals[s * stride + row(k, x)]
// with row(k, x) = (((k >> log_skip) * n_x + x) << log_skip) + (k mod 2^log_skip).

@group(0) @binding(0) var<storage, read> totals: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read> eq: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> sums: array<vec4<u32>>;

const N_THREADS: u32 = 256u;

var<workgroup> sh_sums: array<vec4<u32>, N_THREADS>;

@compute @workgroup_size(N_THREADS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let k = group.x;
    let first = (k >> params.log_skip) * params.n_x;
    let z = k & ((1u << params.log_skip) - 1u);
    var sum = vec4<u32>();
    for (var x = thread; x < params.n_x; x += N_THREADS) {
        let row = ((first + x) << params.log_skip) + z;
        var total = vec4<u32>();
        for (var slice = 0u; slice < params.n_slices; slice++) {
            total = ef_add(total, totals[slice * params.stride + row]);
        }
        sum = ef_add(sum, ef_mul(eq[params.eq_start + x], total));
    }
    sh_sums[thread] = sum;
    for (var half = N_THREADS / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if thread < half {
            sh_sums[thread] = ef_add(sh_sums[thread], sh_sums[thread + half]);
        }
    }
    if thread == 0u {
        var result = sh_sums[0];
        if params.is_first == 0u {
            result = ef_add(result, sums[params.out_start + k]);
        }
        sums[params.out_start + k] = result;
    }
}
