// The factors of the sumcheck over the hypercube, at u_0: for every group and x, the pair
//     Q(u_0, x) = sum over z of L_z(u_0) Q(z, x),    K(x) = kernel eq(x, r) + rotation (eq(x - 1, r) - eq(x, r)),
// with the group's two values of kernel polynomials at u_0. Pair i is two vectors; x runs fastest, then the group.
//
// A group is (its first pair, its 2^n, its kernel's term, its rotation's term or NONE).

@group(0) @binding(0) var<storage, read> combined: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read> eq_table: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> scalars: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> groups: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read_write> pairs: array<vec4<u32>>;

const N_THREADS: u32 = 256u;
const NONE: u32 = 0xffffffffu;

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) n_workgroups: vec3<u32>) {
    let ix = id.x + id.y * n_workgroups.x * N_THREADS;
    if (ix >= params.n_pairs) {
        return;
    }
    let pair = params.first_pair + ix;
    // The last group that begins at or before this pair.
    var low = 0u;
    var high = params.n_groups;
    while (high - low > 1u) {
        let middle = (low + high) / 2u;
        if (groups[middle].x <= pair) {
            low = middle;
        } else {
            high = middle;
        }
    }
    let group = groups[low];
    let size = 1u << params.log_skip;
    var q = vec4<u32>();
    for (var z = 0u; z < size; z++) {
        q = ef_add(q, ef_mul(scalars[z], combined[ix * size + z]));
    }
    let x = pair - group.x;
    let eq = eq_table[group.y + x];
    var k = ef_mul(scalars[size + group.z], eq);
    if (group.w != NONE) {
        let eq_previous = eq_table[group.y + ((x - 1u) & (group.y - 1u))];
        k = ef_add(k, ef_mul(scalars[size + group.w], ef_sub(eq_previous, eq)));
    }
    pairs[2u * pair] = q;
    pairs[2u * pair + 1u] = k;
}
