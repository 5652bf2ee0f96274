// The factors of the sumcheck over the hypercube, at u_0: for every group and x, the pair
//     Q(u_0, x) = sum over z of L_z(u_0) Q(z, x),    K(x) = kernel eq(x, r) + rotation (eq(x - 1, r) - eq(x, r)),
// with the group's two values of kernel polynomials at u_0. Pair i is two vectors; x runs fastest, then the group.
//
// The text of search.wgsl comes before.

fn first_of(row: u32) -> u32 {
    return groups[row].first_pair;
}

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) n_workgroups: vec3<u32>) {
    let ix = id.x + id.y * n_workgroups.x * N_THREADS;
    if (ix >= params.n_pairs) {
        return;
    }
    let pair = params.first_pair + ix;
    let group = groups[row_of(pair, params.n_groups)];
    let size = 1u << params.log_skip;
    var q = vec4<u32>();
    for (var z = 0u; z < size; z++) {
        q = ef_add(q, ef_mul(scalars[z], combined[ix * size + z]));
    }
    let x = pair - group.first_pair;
    let eq = eq_table[group.n_pairs + x];
    var k = ef_mul(scalars[size + group.kernel_term], eq);
    if (group.rotation_term != NO_TERM) {
        let eq_previous = eq_table[group.n_pairs + ((x - 1u) & (group.n_pairs - 1u))];
        k = ef_add(k, ef_mul(scalars[size + group.rotation_term], ef_sub(eq_previous, eq)));
    }
    pairs[2u * pair] = q;
    pairs[2u * pair + 1u] = k;
}
