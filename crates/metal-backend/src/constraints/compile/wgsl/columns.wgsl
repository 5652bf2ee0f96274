// Virtual columns of one or more plans: writes each sum of a slice to the slot that is its target.
//
// Workgroups: slices, then lanes. A sum may read what an earlier sum of its own slice has written, as values of other
// rows are never read; what other slices write must have been written by an earlier dispatch.

struct Job {
    first_workgroup: u32,
    // Place of the first slice.
    first_slice: u32,
    n_slices: u32,
    // Place of the first slot's first value.
    first_value: u32,
    // Lanes in use, at most `stride`.
    n_lanes: u32,
    // Values from one slot to the next.
    stride: u32,
}

struct Params {
    first_job: u32,
    // Number of jobs; 0 where there is one, which is the last parameter.
    n_jobs: u32,
    job: Job,
}

var<immediate> params: Params;

// The tables of plans, and for the slices of a plan where each begins in here, and where the last one ends.
@group(0) @binding(0) var<storage, read> table: array<u32>;
@group(0) @binding(1) var<storage, read_write> values: array<Value>;
@group(0) @binding(2) var<storage, read> jobs: array<Job>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let workgroup = group.x + group.y * groups.x;
    var job = params.job;
    if params.n_jobs > 0u {
        job = jobs[job_of(workgroup)];
    }
    let ix = workgroup - job.first_workgroup;
    let lane = ix / job.n_slices * WORKGROUP_SIZE + thread;
    if lane >= job.n_lanes {
        return;
    }
    lane_ix = job.first_value + lane;
    stride = job.stride;
    let slice = job.first_slice + ix % job.n_slices;
    cursor = table[slice];
    let end = table[slice + 1u];
    while cursor < end {
        let slot = next_word();
        values[slot * stride + lane_ix] = sum_of_products();
    }
}
