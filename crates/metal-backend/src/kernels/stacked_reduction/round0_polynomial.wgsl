// The round polynomial s_0(Z) = sum over terms t of kernel_t(Z) sum_t(Z): its 2 |D| - 1 coefficients go to the tape. The
// factors are as round0_coefficients.wgsl leaves them.

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let size = 1u << params.log_skip;
    if (id.x >= 2u * size - 1u) {
        return;
    }
    let first = max(id.x + 1u, size) - size;
    let last = min(id.x, size - 1u);
    var coefficient = vec4<u32>();
    for (var t = 0u; t < params.n_terms; t++) {
        let start = t << params.log_skip;
        for (var m = first; m <= last; m++) {
            let of_sum = factors[2u * (start + m)];
            let of_kernel = factors[2u * (start + id.x - m) + 1u];
            coefficient = ef_add(coefficient, ef_mul(of_sum, of_kernel));
        }
    }
    tape[params.s_0_place + id.x] = coefficient;
}
