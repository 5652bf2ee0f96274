// The rows of a trace from the records of an execution, a thread for each row and N_ROWS_PER_THREAD one after the other.
//
// `make_row` puts row number `ix` of the dispatch, which is `row` of the trace, if there is one.

@compute @workgroup_size(N_THREADS)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    start_counts(thread);
    workgroupBarrier();
    // A workgroup's counts are added up once for all its rows.
    let first = (group.x + group.y * groups.x) * (N_THREADS * N_ROWS_PER_THREAD) + thread;
    for (var i = 0u; i < N_ROWS_PER_THREAD; i++) {
        let ix = first + i * N_THREADS;
        make_row(ix, params.first_row + ix);
    }
    workgroupBarrier();
    finish_counts(thread);
}
