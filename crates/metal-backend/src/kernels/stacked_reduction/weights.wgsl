// What a row of a slice weighs in the slice's value at u: L_z(u_0) eq(x, u[1..1 + n]) for the row z + 2^l_skip x,
// where L_z is the Lagrange polynomial of the skip domain's element z. Bit i of x belongs to u_(1 + i).

const EF_ONE: vec4<u32> = vec4<u32>(FP_ONE, 0u, 0u, 0u);

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let ix = id.x + id.y * groups.x * N_THREADS;
    if (ix >= params.n_rows) {
        return;
    }
    let row = params.first_row + ix;
    let x = row >> params.log_skip;
    var value = scalars[row & ((1u << params.log_skip) - 1u)];
    for (var i = 0u; i < params.n_vars; i++) {
        let u_i = tape[params.u_place + i * params.u_stride];
        value = ef_mul(value, select(ef_sub(EF_ONE, u_i), u_i, ((x >> i) & 1u) == 1u));
    }
    weights[ix] = value;
}
