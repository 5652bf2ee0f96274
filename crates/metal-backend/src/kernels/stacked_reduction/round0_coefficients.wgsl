// The factors of round 0's terms by their coefficients: those of sum_t(Z) from its values on the skip domain D, by the
// inverse Fourier transform, and those of kernel_t(Z) = p_t(Z) + lambda q_t(Z). That of Z^m is at t |D| + m: of the sum in
// factors[2 i], of the kernel in factors[2 i + 1].
//
// The coefficients of p_t are at 2 t |D| in `kernels`, those of q_t at (2 t + 1) |D|.

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let size = 1u << params.log_skip;
    if (id.x >= params.n_terms << params.log_skip) {
        return;
    }
    let m = id.x & (size - 1u);
    let start = id.x - m;
    var coefficient = vec4<u32>();
    for (var i = 0u; i < size; i++) {
        coefficient = ef_add(coefficient, ef_mul_fp(values[start + i], roots[(i * m) & (size - 1u)]));
    }
    factors[2u * id.x] = ef_mul_fp(coefficient, params.inverse_size);
    let kernel = 2u * start + m;
    factors[2u * id.x + 1u] = ef_add(kernels[kernel], ef_mul(tape[params.lambda_place], kernels[kernel + size]));
}
