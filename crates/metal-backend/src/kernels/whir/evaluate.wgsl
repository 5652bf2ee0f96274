// Evaluates a polynomial, coefficients over the extension as four base columns, at a challenge z on the tape. Needs
// power.wgsl before it.
//
// Thread t of T = 2^log_threads takes the coefficients t, t + T, ..., by Horner's rule in z^T; workgroup g leaves its part
// in partials[g].

var<workgroup> sh_sums: array<vec4<u32>, N_THREADS>;

@compute @workgroup_size(N_THREADS)
fn main(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let len = params.len;
    let z = tape[params.place / 4u];
    let step = ef_power_of_two(z, params.log_threads);
    var sum = vec4<u32>();
    if (id.x < (1u << params.log_threads)) {
        for (var i = len >> params.log_threads; i > 0u; i--) {
            let j = id.x + ((i - 1u) << params.log_threads);
            let coefficient = vec4<u32>(f[j], f[len + j], f[2u * len + j], f[3u * len + j]);
            sum = ef_add(ef_mul(sum, step), coefficient);
        }
        sum = ef_mul(sum, ef_power(z, id.x));
    }
    sh_sums[lane] = sum;
    for (var n = N_THREADS / 2u; n > 0u; n >>= 1u) {
        workgroupBarrier();
        if (lane < n) {
            sh_sums[lane] = ef_add(sh_sums[lane], sh_sums[lane + n]);
        }
    }
    if (lane == 0u) {
        partials[group.x] = sh_sums[0];
    }
}
