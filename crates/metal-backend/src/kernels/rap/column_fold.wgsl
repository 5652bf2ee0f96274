// Folds multilinear columns with the last challenge and brings their values for the next round into slots, in one pass.
//
// The rows t[i] of a column become t'[i] = t[2 i] + (t[2 i + 1] - t[2 i]) r. Where is_pairing is 1 they are written to
// `folded`. With pairs a = t'[2 y], b = t'[2 y + 1], slot c holds a + (b - a) k for k = 1, ..., n_points at word
// (k - 1) n_y + y. Where is_pairing is 0, there is one row for each y, which is the slot's. Rows y are counted from `first`
// on in columns, from 0 on in slots.

// Row i of the column after the fold.
fn folded_row(job: Job, column: u32, i: u32) -> vec4<u32> {
    let at = job.rows_start + column * job.rows_height + 2u * i;
    let low = rows[at];
    return ef_add(low, ef_mul(ef_sub(rows[at + 1u], low), tape[job.challenge]));
}

@compute @workgroup_size(N_THREADS)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let workgroup = group.x + group.y * groups.x;
    let job = jobs[job_of(workgroup)];
    let ix = (workgroup - job.first_workgroup) * N_THREADS + thread;
    if ix >= job.n_columns * job.n_y {
        return;
    }
    let column = ix / job.n_y;
    let y = ix - column * job.n_y;
    let target_ix = job.slots_start + column * job.stride + y;
    if job.is_pairing == 0u {
        slots[target_ix] = folded_row(job, column, job.first + y);
        return;
    }
    let i = 2u * (job.first + y);
    let a = folded_row(job, column, i);
    let b = folded_row(job, column, i + 1u);
    let kept_ix = job.kept_start + column * (job.rows_height / 2u) + i;
    folded[kept_ix] = a;
    folded[kept_ix + 1u] = b;
    let step = ef_sub(b, a);
    var value = b;
    for (var k = 0u; k < min(job.n_points, MAX_POINTS); k++) {
        slots[target_ix + k * job.n_y] = value;
        value = ef_add(value, step);
    }
}
