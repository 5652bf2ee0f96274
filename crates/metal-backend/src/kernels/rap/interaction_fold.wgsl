// The numerators or denominators of interactions, to their places in a block of the input layer: on every row
//     weights[initial] + sum over the interaction's slice of weights[first_weight + target] * sum.
//
// Workgroups: slices, then lanes. Row r of the i-th of these interactions is fraction layer_start + i * height + r of the block.

@compute @workgroup_size(N_THREADS)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let workgroup = group.x + group.y * groups.x;
    let job = jobs[job_of(workgroup)];
    let ix = workgroup - job.first_workgroup;
    let lane_group = ix / job.n_slices;
    let lane = lane_group * N_THREADS + thread;
    if lane >= job.n_lanes {
        return;
    }
    lane_ix = job.first_value + lane;
    stride = job.n_lanes;
    let interaction = ix - lane_group * job.n_slices;
    let slice = job.first_slice + interaction;
    cursor = table[slice];
    let end = slice_end(slice + 1u);
    var total = total_constant(weights[job.initial]);
    while cursor < end {
        let weight = weights[job.first_weight + next_word()];
        total = total_add(total, weight, sum_of_products());
    }
    keep(total, lane, job.n_rows, job.layer_start + interaction * job.height);
}
