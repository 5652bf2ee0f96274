// Weighted sums: weights[initial] + Σ weights[first_weight + target] * sum over each slice, on every lane.
//
// Grid: slices, lanes. The total of slice i for a lane is totals[i * n_lanes + lane].

@group(0) @binding(0) var<storage, read> table: array<u32>;
// Where the slices begin in the table, and where the last one ends.
@group(0) @binding(1) var<storage, read> slices: array<u32>;
@group(0) @binding(2) var<storage, read> values: array<Value>;
@group(0) @binding(3) var<storage, read> weights: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read_write> totals: array<Total>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    lane_ix = group.y * WORKGROUP_SIZE + thread;
    if lane_ix >= params.n_lanes {
        return;
    }
    let slice = params.first_slice + group.x;
    cursor = slices[slice];
    let end = slices[slice + 1u];
    var total = total_constant(weights[params.initial]);
    while cursor < end {
        let weight = weights[params.first_weight + next_word()];
        total = total_add(total, weight, sum_of_products());
    }
    totals[slice * params.n_lanes + lane_ix] = total;
}
