// The rows of a trace from the records of an execution, a thread for each row and N_ROWS_PER_THREAD one after the other.
//
// `fill_row` is the chip's: from the RECORD_WORDS words of `records` from `at` on it puts the cells of `row`, and counts
// what the row looks up. Rows for which there is no record are zero.

// A workgroup's counts are added up once for all its rows.
const N_ROWS_PER_THREAD: u32 = 8u;

@compute @workgroup_size(N_THREADS)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    start_counts(thread);
    workgroupBarrier();
    let first = (group.x + group.y * groups.x) * (N_THREADS * N_ROWS_PER_THREAD) + thread;
    for (var i = 0u; i < N_ROWS_PER_THREAD; i++) {
        let ix = first + i * N_THREADS;
        let row = params.first_row + ix;
        if (ix < params.n_records) {
            fill_row(row, ix * RECORD_WORDS);
        } else if (ix < params.n_rows) {
            for (var column = 0u; column < params.n_columns; column++) {
                trace[column * params.height + row] = 0u;
            }
        }
    }
    workgroupBarrier();
    finish_counts(thread);
}
