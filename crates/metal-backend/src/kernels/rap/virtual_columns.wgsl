// Virtual columns of one or more plans: writes each sum of a slice to the slot that is its target.
//
// Workgroups: slices, then lanes. A sum may read what an earlier sum of its own slice has written, as values of other
// rows are never read; what other slices write must have been written by an earlier dispatch.

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
    let slice = job.first_slice + ix - lane_group * job.n_slices;
    cursor = table[slice];
    let end = slice_end(slice + 1u);
    while cursor < end {
        let slot = next_word();
        values[slot * stride + lane_ix] = sum_of_products();
    }
}
