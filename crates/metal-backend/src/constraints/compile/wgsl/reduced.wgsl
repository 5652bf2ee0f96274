// Weighted sums over rows: on every row Σ weights[target] * sum over each slice, times the row's value of eq, added up
// over the lanes of a workgroup that belong to one point of the round polynomial.
//
// Grid: slices, lanes. The slices are those of the constraints, then the numerators', then the denominators', and so
// are the points' lanes and the weights. A point has 2^log_point_lanes lanes, which the rows follow in order. Its
// partial sums, one for each slice and group of lanes, are contiguous: those of a section with s slices at point p are
//     partials[start + (p * n_groups + group) * s + slice],
// the sections one after the other from partial_start on.

struct Params {
    // Lanes of all points, for the sections other than the constraints.
    n_lanes: u32,
    // Values from one slot to the next.
    stride: u32,
    // Lanes of the constraints' points, which are the first.
    constraint_lanes: u32,
    // Slices of the constraints, of the numerators, of the denominators.
    constraint_slices: u32,
    numerator_slices: u32,
    denominator_slices: u32,
    // Index of the first weight of the numerators, of the denominators; the constraints' is 0.
    numerator_weights: u32,
    denominator_weights: u32,
    log_point_lanes: u32,
    // Rows of a point; what its lanes have beyond is padding.
    n_rows: u32,
    // Index of the first row's eq.
    eq_start: u32,
    partial_start: u32,
    // Groups of lanes of a point.
    n_groups: u32,
    // Whether the partial sums are written, 1, or added to, 0.
    is_first: u32,
}

var<immediate> params: Params;

@group(0) @binding(0) var<storage, read> table: array<u32>;
// Where the slices begin in the table, and where the last one ends.
@group(0) @binding(1) var<storage, read> slices: array<u32>;
@group(0) @binding(2) var<storage, read> values: array<Value>;
@group(0) @binding(3) var<storage, read> weights: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read> eq: array<vec4<u32>>;
@group(0) @binding(5) var<storage, read_write> partials: array<vec4<u32>>;

var<workgroup> sh_sums: array<vec4<u32>, WORKGROUP_SIZE>;

// The slices of one kind of sums.
struct Kind {
    first_slice: u32,
    n_slices: u32,
    // Lanes of its points.
    n_lanes: u32,
    first_weight: u32,
    partial_start: u32,
}

fn kind_of(slice: u32) -> Kind {
    var kind = Kind(0u, params.constraint_slices, params.constraint_lanes, 0u, params.partial_start);
    if slice >= params.constraint_slices {
        kind = Kind(
            params.constraint_slices,
            params.numerator_slices,
            params.n_lanes,
            params.numerator_weights,
            kind.partial_start + n_partials(kind),
        );
    }
    if slice >= params.constraint_slices + params.numerator_slices {
        kind = Kind(
            params.constraint_slices + params.numerator_slices,
            params.denominator_slices,
            params.n_lanes,
            params.denominator_weights,
            kind.partial_start + n_partials(kind),
        );
    }
    return kind;
}

fn n_partials(kind: Kind) -> u32 {
    return (kind.n_lanes >> params.log_point_lanes) * params.n_groups * kind.n_slices;
}

// The value of eq on a row of a point; zero where there is none.
fn eq_of(row: u32) -> vec4<u32> {
    var value = vec4<u32>();
    if row < params.n_rows {
        value = eq[params.eq_start + row];
    }
    return value;
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    lane_ix = group.y * WORKGROUP_SIZE + thread;
    let slice = group.x;
    let kind = kind_of(slice);
    let point_lane = lane_ix & ((1u << params.log_point_lanes) - 1u);
    let is_active = lane_ix < kind.n_lanes;
    var sum = vec4<u32>();
    if is_active {
        var total = Total();
        cursor = slices[slice];
        let end = slices[slice + 1u];
        while cursor < end {
            let weight = weights[kind.first_weight + next_word()];
            total = total_add(total, weight, sum_of_products());
        }
        sum = total_of_rows(total, point_lane);
    }
    sh_sums[thread] = sum;
    let point_threads = min(WORKGROUP_SIZE, 1u << params.log_point_lanes);
    let lane_in_group = thread & (point_threads - 1u);
    for (var half = point_threads / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if lane_in_group < half {
            sh_sums[thread] = ef_add(sh_sums[thread], sh_sums[thread + half]);
        }
    }
    if is_active && lane_in_group == 0u {
        let point = lane_ix >> params.log_point_lanes;
        let run_start = kind.partial_start + (point * params.n_groups + point_lane / WORKGROUP_SIZE) * kind.n_slices;
        let at = run_start + slice - kind.first_slice;
        var partial = sh_sums[thread];
        if params.is_first == 0u {
            partial = ef_add(partial, partials[at]);
        }
        partials[at] = partial;
    }
}
