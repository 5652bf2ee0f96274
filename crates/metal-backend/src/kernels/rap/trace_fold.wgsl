// The first two rounds' part of column_fold.wgsl, with the rows of columns taken from the trace at r_0: slots and kept
// rows are as there, but kept are only those of slots from kept_first to kept_end, from kept_start on. Where is_folding is
// 0, in the first round, rows stay as they are. Needs source.wgsl and a constant LOG_SKIP.
//
// With N = 2^LOG_SKIP, row x before the fold is the sum over z of lagrange[z] * value(N x + z), where lagrange are the
// Lagrange polynomials of the skip domain at r_0. A thread makes one such row, so that neighbours read neighbouring
// chunks, and leaves it in workgroup memory, where they are folded and paired.

const N: u32 = 1u << LOG_SKIP;

var<workgroup> sh_rows: array<vec4<u32>, N_THREADS>;

fn row_at_r0(block: Block, entry: Entry, x: u32) -> vec4<u32> {
    let row = x << LOG_SKIP;
    var sum = vec4<u32>();
    // Apart, so that the loads of a column wait for nothing.
    if entry.kind == KIND_COLUMN {
        let start = column_place(block, entry);
        for (var z = 0u; z < N; z++) {
            let value = source[start + ((row + entry.next + z) & (block.height - 1u))];
            sum = ef_add(sum, ef_mul_fp(lagrange[z], value));
        }
    } else {
        for (var z = 0u; z < N; z++) {
            sum = ef_add(sum, ef_mul_fp(lagrange[z], source_value(block, entry, row + z)));
        }
    }
    return sum;
}

// This thread's row after the fold, if there is one; kept if it is to be.
fn row_after_fold(job: Job, thread: u32, first_row: u32, rows_per_column: u32) -> vec4<u32> {
    if job.is_folding == 0u || thread >= N_THREADS / 2u {
        return sh_rows[thread];
    }
    let low = sh_rows[2u * thread];
    let value = ef_add(low, ef_mul(ef_sub(sh_rows[2u * thread + 1u], low), tape[job.challenge]));
    let row = first_row / 2u + thread;
    let n_kept = rows_per_column / 2u;
    let column = row / n_kept;
    if column < job.n_columns {
        let slot = entries[job.first_entry + column].slot;
        if job.kept_first <= slot && slot < job.kept_end {
            let i = (job.first << job.is_pairing) + row - column * n_kept;
            folded[job.kept_start + (slot - job.kept_first) * job.kept_height + i] = value;
        }
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
    let job = jobs[job_of(workgroup)];
    let block = Block(job.source_start, job.column_start, job.height);
    // Rows y become 1, 2 or 4 rows of the columns.
    let log_rows = job.is_folding + job.is_pairing;
    let rows_per_column = job.n_y << log_rows;
    let first_row = (workgroup - job.first_workgroup) * N_THREADS;
    let row = first_row + thread;
    let column = row / rows_per_column;
    if column < job.n_columns {
        let entry = entries[job.first_entry + column];
        sh_rows[thread] = row_at_r0(block, entry, (job.first << log_rows) + row - column * rows_per_column);
    }
    workgroupBarrier();
    let value = row_after_fold(job, thread, first_row, rows_per_column);
    workgroupBarrier();
    sh_rows[thread] = value;
    workgroupBarrier();

    let ix = (first_row >> log_rows) + thread;
    let target_column = ix / job.n_y;
    if thread >= (N_THREADS >> log_rows) || target_column >= job.n_columns {
        return;
    }
    let slot = entries[job.first_entry + target_column].slot;
    let target_ix = job.slots_start + slot * job.stride + ix - target_column * job.n_y;
    if job.is_pairing == 0u {
        slots[target_ix] = sh_rows[thread];
        return;
    }
    var at_k = sh_rows[2u * thread + 1u];
    let step = ef_sub(at_k, sh_rows[2u * thread]);
    for (var k = 0u; k < min(job.n_points, MAX_POINTS); k++) {
        slots[target_ix + k * job.n_y] = at_k;
        at_k = ef_add(at_k, step);
    }
}
