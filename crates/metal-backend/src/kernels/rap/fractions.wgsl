// The fractions of a band of rows to their places in a block of the input layer of the LogUp GKR circuit.
//
// Interaction i of the AIR has its fractions from starts[i] of the layer on, one a row of the lifted trace; the totals of
// both folds are at i * stride + (row - first). The block begins at block_start.

@group(0) @binding(0) var<storage, read> numerator_totals: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read> denominator_totals: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> starts: array<u32>;
@group(0) @binding(3) var<storage, read_write> numerators: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read_write> denominators: array<vec4<u32>>;

const N_THREADS: u32 = 256u;

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let ix = id.x + id.y * groups.x * N_THREADS;
    if ix >= params.n_interactions * params.n_rows {
        return;
    }
    let interaction = params.first_interaction + ix / params.n_rows;
    let row = ix % params.n_rows;
    let place = starts[interaction] + params.first + row - params.block_start;
    numerators[place] = numerator_totals[interaction * params.stride + row];
    denominators[place] = denominator_totals[interaction * params.stride + row];
}
