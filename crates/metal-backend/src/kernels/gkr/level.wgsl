// One level of the tree of fractions: a parent is the sum p_0 / q_0 + p_1 / q_1 = (p_0 q_1 + p_1 q_0) / (q_0 q_1) of two
// neighbours. Both sides are one block of their level; parent i of the source goes to target_offset + i.

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.y * groups.x * N_THREADS + id.x;
    if (i >= params.n_parents) {
        return;
    }
    let q_0 = q_source[2u * i];
    let q_1 = q_source[2u * i + 1u];
    p_target[params.target_offset + i] = ef_add(ef_mul(p_source[2u * i], q_1), ef_mul(p_source[2u * i + 1u], q_0));
    q_target[params.target_offset + i] = ef_mul(q_0, q_1);
}
