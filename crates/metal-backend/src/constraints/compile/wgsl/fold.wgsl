// Weighted sums: weights[initial] + Σ weights[target] * sum over each slice, on every lane.
//
// Grid: lanes, slices. The total of slice i for a lane is totals[i * n_lanes + lane].

@group(0) @binding(0) var<storage, read> table: array<u32>;
// Where the slices begin in the table, and where the last one ends.
@group(0) @binding(1) var<storage, read> slices: array<u32>;
@group(0) @binding(2) var<storage, read> values: array<Value>;
@group(0) @binding(3) var<storage, read> weights: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read_write> totals: array<Total>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= params.n_lanes {
        return;
    }
    lane_ix = id.x;
    let slice = params.first_slice + id.y;
    cursor = slices[slice];
    let end = slices[slice + 1u];
    var total = total_constant(weights[params.initial]);
    while cursor < end {
        let weight = weights[next_word()];
        total = total_add(total, weight, sum_of_products());
    }
    totals[slice * params.n_lanes + lane_ix] = total;
}
