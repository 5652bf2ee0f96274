// The end is a field of a row, which goes through a variable and a function.
struct Job {
    first: u32,
    n_steps: u32,
}
@group(0) @binding(0) var<storage, read> jobs: array<Job>;
@group(0) @binding(1) var<storage, read_write> result: array<u32>;

var<private> job: Job;

fn n_steps() -> u32 {
    return job.n_steps + 1u;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    job = jobs[group.x];
    var sum = 0u;
    for (var i = lane; i < n_steps(); i += 64u) {
        sum += i;
    }
    result[job.first + lane] = sum;
}
