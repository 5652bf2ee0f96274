// Values at a point r_0 in the skip variable. Needs source.wgsl and a constant LOG_SKIP.
//
// With N = 2^LOG_SKIP, row x of the target column is the sum over z of weights[z] * value(N x + z), where weights are
// the Lagrange polynomials of the skip domain at r_0. Targets outside this block are left to another dispatch.

@group(0) @binding(2) var<storage, read_write> folded: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> weights: array<vec4<u32>>;

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let ix = id.x + id.y * groups.x * N_THREADS;
    if ix >= params.n_entries * params.count {
        return;
    }
    let entry = entries[params.first_entry + ix / params.count];
    if entry.z < params.target_start || entry.z >= params.target_end {
        return;
    }
    let x = ix % params.count;
    var sum = vec4<u32>();
    for (var z = 0u; z < (1u << LOG_SKIP); z++) {
        sum = ef_add(sum, ef_mul_fp(weights[z], source_value(entry, (x << LOG_SKIP) + z)));
    }
    folded[(entry.z - params.target_start) * params.stride + x] = sum;
}
