// The fractions of a band of rows to their places in one block of the input layer of the LogUp GKR circuit.
//
// The total of interaction i on row r of the band is at first_total + i * stride + r in either fold, and goes to
// start + i * height + r in the block.

@group(0) @binding(0) var<storage, read> numerator_totals: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read> denominator_totals: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> numerators: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> denominators: array<vec4<u32>>;

const N_THREADS: u32 = 256u;

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let ix = id.x + id.y * groups.x * N_THREADS;
    if ix >= params.n_interactions * params.n_rows {
        return;
    }
    let interaction = ix / params.n_rows;
    let row = ix % params.n_rows;
    let total = params.first_total + interaction * params.stride + row;
    let place = params.start + interaction * params.height + row;
    numerators[place] = numerator_totals[total];
    denominators[place] = denominator_totals[total];
}
