// The weights eq(u, j) of a point u, from the two tables of eq over the lower and the upper half of u's coordinates.

@group(0) @binding(0) var<storage, read> low: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read> high: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> weights: array<vec4<u32>>;

const N_THREADS: u32 = 256u;

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let j = id.x + id.y * groups.x * N_THREADS;
    if (j < params.n_weights) {
        weights[j] = ef_mul(low[j & ((1u << params.log_low) - 1u)], high[j >> params.log_low]);
    }
}
