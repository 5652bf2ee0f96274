// Dispatches over several jobs. Needs `jobs`, a table whose rows begin with the workgroup that a job begins with, and
// `params` with the dispatch's rows of it.

// The job of a workgroup: the last one that begins at or before it.
fn job_of(workgroup: u32) -> u32 {
    var low = params.first_job;
    var high = low + params.n_jobs;
    while high - low > 1u {
        let middle = (low + high) / 2u;
        if jobs[middle].first_workgroup <= workgroup {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}
