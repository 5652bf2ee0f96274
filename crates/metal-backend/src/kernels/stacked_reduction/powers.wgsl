// The weights of the batched claims: powers[i] = lambda^(2 i), one for each slice of the stacked matrices.
// (The claim about the rotation of slice i has the weight lambda^(2 i + 1).)

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let ix = id.x + id.y * groups.x * N_THREADS;
    if (ix >= params.n_powers) {
        return;
    }
    let lambda = tape[params.lambda_place];
    var square = ef_mul(lambda, lambda);
    var power = vec4<u32>(FP_ONE, 0u, 0u, 0u);
    for (var rest = ix; rest != 0u; rest >>= 1u) {
        if ((rest & 1u) == 1u) {
            power = ef_mul(power, square);
        }
        square = ef_mul(square, square);
    }
    powers[ix] = power;
}
