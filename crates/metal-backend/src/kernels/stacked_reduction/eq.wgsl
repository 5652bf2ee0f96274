// eq(x, r[1..1 + n]) for all x in {0, 1}^n and all n < log2(n_values): the value for x in n variables is at
// 2^n + x. Bit i of x belongs to r[1 + i].

const EF_ONE: vec4<u32> = vec4<u32>(FP_ONE, 0u, 0u, 0u);

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let ix = id.x + id.y * groups.x * N_THREADS;
    if (ix == 0u || ix >= params.n_values) {
        return;
    }
    let n_vars = firstLeadingBit(ix);
    var value = EF_ONE;
    for (var i = 0u; i < n_vars; i++) {
        let r_i = r[1u + i];
        value = ef_mul(value, select(ef_sub(EF_ONE, r_i), r_i, ((ix >> i) & 1u) == 1u));
    }
    table[ix] = value;
}
