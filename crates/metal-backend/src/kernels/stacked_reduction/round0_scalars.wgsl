// What later kernels need of u_0: L_z(u_0) for z in the skip domain D, then kernel_t(u_0) for the terms t, whose
// coefficients are as round0_coefficients.wgsl leaves them.

const EF_ONE: vec4<u32> = vec4<u32>(FP_ONE, 0u, 0u, 0u);

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let size = 1u << params.log_skip;
    let u_0 = tape[params.u_0_place];
    if (id.x < size) {
        // L_z(u_0) is the mean of the powers of u_0 / z: a product over their binary digits.
        var power = ef_mul_fp(u_0, roots[id.x]);
        var value = EF_ONE;
        for (var i = 0u; i < params.log_skip; i++) {
            value = ef_mul(value, ef_add(power, EF_ONE));
            power = ef_mul(power, power);
        }
        scalars[id.x] = ef_mul_fp(value, params.inverse_size);
    } else if (id.x < size + params.n_terms) {
        let start = (id.x - size) << params.log_skip;
        var value = vec4<u32>();
        for (var m = size; m > 0u; m--) {
            value = ef_add(ef_mul(value, u_0), factors[2u * (start + m - 1u) + 1u]);
        }
        scalars[id.x] = value;
    }
}
