// Weighted sums over rows: on every row Σ weights[target] * sum over each slice, times the row's value of eq, added up
// over the lanes of a workgroup that belong to one point of the round polynomial.
//
// Workgroups: slices, then lanes. The slices of a plan are those of the constraints, then the numerators', then the
// denominators', and so are the points' lanes and the weights. A point has 2^log_point_lanes lanes, which the rows
// follow in order. Its partial sums, one for each slice and group of lanes, are contiguous: those of a section with s slices at
// point p are
//     partials[start + (p * n_lane_groups + group) * s + slice],
// the sections one after the other from partial_start on.

var<private> job: Job;

var<workgroup> sh_sums: array<vec4<u32>, N_THREADS>;

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
    var kind = Kind(0u, job.constraint_slices, job.constraint_lanes, job.constraint_weights, job.partial_start);
    if slice >= job.constraint_slices {
        kind = Kind(
            job.constraint_slices,
            job.numerator_slices,
            job.n_lanes,
            job.numerator_weights,
            kind.partial_start + n_partials(kind),
        );
    }
    if slice >= job.constraint_slices + job.numerator_slices {
        kind = Kind(
            job.constraint_slices + job.numerator_slices,
            job.denominator_slices,
            job.n_lanes,
            job.denominator_weights,
            kind.partial_start + n_partials(kind),
        );
    }
    return kind;
}

fn n_partials(kind: Kind) -> u32 {
    return (kind.n_lanes >> job.log_point_lanes) * job.n_lane_groups * kind.n_slices;
}

// The value of eq on a row of a point; zero where there is none.
fn eq_of(row: u32) -> vec4<u32> {
    var value = vec4<u32>();
    if row < job.n_rows {
        value = eq[job.eq_start + row];
    }
    return value;
}

@compute @workgroup_size(N_THREADS)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let workgroup = group.x + group.y * groups.x;
    // Apart from the copy for functions, as barriers may depend on nothing private.
    let uniform_job = jobs[job_of(workgroup)];
    job = uniform_job;
    let n_slices = job.constraint_slices + job.numerator_slices + job.denominator_slices;
    let ix = workgroup - job.first_workgroup;
    let lane_group = ix / n_slices;
    let slice = ix - lane_group * n_slices;
    let lane = lane_group * N_THREADS + thread;
    let kind = kind_of(slice);
    let point_lane = lane & ((1u << job.log_point_lanes) - 1u);
    let is_active = lane < kind.n_lanes;
    lane_ix = job.first_value + lane;
    stride = job.n_lanes;
    var sum = vec4<u32>();
    if is_active {
        var total = Total();
        cursor = table[job.first_slice + slice];
        let end = slice_end(job.first_slice + slice + 1u);
        while cursor < end {
            let weight = weights[kind.first_weight + next_word()];
            total = total_add(total, weight, sum_of_products());
        }
        sum = total_of_rows(total, point_lane);
    }
    sh_sums[thread] = sum;
    let point_threads = min(N_THREADS, 1u << uniform_job.log_point_lanes);
    let lane_in_group = thread & (point_threads - 1u);
    for (var half = point_threads / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if lane_in_group < half {
            sh_sums[thread] = ef_add(sh_sums[thread], sh_sums[thread + half]);
        }
    }
    if is_active && lane_in_group == 0u {
        let point = lane >> job.log_point_lanes;
        let run_start = kind.partial_start + (point * job.n_lane_groups + point_lane / N_THREADS) * kind.n_slices;
        let at = run_start + slice - kind.first_slice;
        var partial = sh_sums[thread];
        if job.is_first == 0u {
            partial = ef_add(partial, partials[at]);
        }
        partials[at] = partial;
    }
}
