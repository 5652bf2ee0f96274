// Weighted sums: weights[initial] + Σ weights[first_weight + target] * sum over each slice, on every lane.
//
// Workgroups: slices, then lanes. The total of the i-th of these slices for a lane is totals[i * n_lanes + lane].

struct Params {
    // Lanes in use, at most `stride`.
    n_lanes: u32,
    // Values from one slot to the next.
    stride: u32,
    // Place of the first slice.
    first_slice: u32,
    n_slices: u32,
    // Index of the weight that every slice starts from.
    initial: u32,
    // Index of the plan's first weight.
    first_weight: u32,
}

var<immediate> params: Params;

// The tables of plans, and for the slices of a plan where each begins in here, and where the last one ends.
@group(0) @binding(0) var<storage, read> table: array<u32>;
@group(0) @binding(1) var<storage, read> values: array<Value>;
@group(0) @binding(2) var<storage, read> weights: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> totals: array<Total>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let workgroup = group.x + group.y * groups.x;
    lane_ix = workgroup / params.n_slices * WORKGROUP_SIZE + thread;
    if lane_ix >= params.n_lanes {
        return;
    }
    stride = params.stride;
    let ix = workgroup % params.n_slices;
    let slice = params.first_slice + ix;
    cursor = table[slice];
    let end = table[slice + 1u];
    var total = total_constant(weights[params.initial]);
    while cursor < end {
        let weight = weights[params.first_weight + next_word()];
        total = total_add(total, weight, sum_of_products());
    }
    totals[ix * params.n_lanes + lane_ix] = total;
}
