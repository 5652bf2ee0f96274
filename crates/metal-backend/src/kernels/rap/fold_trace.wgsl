// The first two rounds' part of fold_columns.wgsl, with the rows of columns taken from the trace at r_0: slots and kept
// rows are as there. Where is_folding is 0, in the first round, rows stay as they are. Needs source.wgsl and a constant
// LOG_SKIP.
//
// With N = 2^LOG_SKIP, row x before the fold is the sum over z of lagrange[z] * value(N x + z), where lagrange are the
// Lagrange polynomials of the skip domain at r_0. A thread makes one such row, so that neighbours read neighbouring
// chunks, and leaves it in workgroup memory, where they are folded and paired.

@group(0) @binding(2) var<storage, read> lagrange: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> folded: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read_write> slots: array<vec4<u32>>;
@group(0) @binding(5) var<storage, read> tape: array<vec4<u32>>;

const N: u32 = 1u << LOG_SKIP;

var<workgroup> sh_rows: array<vec4<u32>, N_THREADS>;

fn row_at_r0(entry: vec4<u32>, x: u32) -> vec4<u32> {
    let row = x << LOG_SKIP;
    var sum = vec4<u32>();
    // Apart, so that the loads of a column wait for nothing.
    if entry.x == KIND_COLUMN {
        let start = (entry.y - params.column_start) * params.height;
        for (var z = 0u; z < N; z++) {
            let value = source[start + ((row + entry.w + z) & (params.height - 1u))];
            sum = ef_add(sum, ef_mul_fp(lagrange[z], value));
        }
    } else {
        for (var z = 0u; z < N; z++) {
            sum = ef_add(sum, ef_mul_fp(lagrange[z], source_value(entry, row + z)));
        }
    }
    return sum;
}

// The rows of this workgroup, two made to one, with those kept that are to be.
fn fold_rows(thread: u32, first_row: u32, rows_per_column: u32) {
    var value = vec4<u32>();
    if thread < N_THREADS / 2u {
        let low = sh_rows[2u * thread];
        value = ef_add(low, ef_mul(ef_sub(sh_rows[2u * thread + 1u], low), tape[params.challenge]));
        let row = first_row / 2u + thread;
        let column = row / (rows_per_column / 2u);
        if column < params.n_columns {
            let slot = entries[params.first_entry + column].z;
            if params.kept_start <= slot && slot < params.kept_end {
                let i = (params.first << params.is_pairing) + row % (rows_per_column / 2u);
                folded[(slot - params.kept_start) * params.kept_height + i] = value;
            }
        }
    }
    workgroupBarrier();
    sh_rows[thread] = value;
    workgroupBarrier();
}

@compute @workgroup_size(N_THREADS)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    // Rows y become 1, 2 or 4 rows of the columns.
    let log_rows = params.is_folding + params.is_pairing;
    let rows_per_column = params.n_y << log_rows;
    let first_row = (group.x + group.y * groups.x) * N_THREADS;
    let row = first_row + thread;
    if row / rows_per_column < params.n_columns {
        let entry = entries[params.first_entry + row / rows_per_column];
        sh_rows[thread] = row_at_r0(entry, (params.first << log_rows) + row % rows_per_column);
    }
    workgroupBarrier();
    if params.is_folding != 0u {
        fold_rows(thread, first_row, rows_per_column);
    }

    let ix = (first_row >> log_rows) + thread;
    if thread >= (N_THREADS >> log_rows) || ix / params.n_y >= params.n_columns {
        return;
    }
    let target_ix = entries[params.first_entry + ix / params.n_y].z * params.stride + ix % params.n_y;
    if params.is_pairing == 0u {
        slots[target_ix] = sh_rows[thread];
        return;
    }
    var value = sh_rows[2u * thread + 1u];
    let step = ef_sub(value, sh_rows[2u * thread]);
    for (var k = 0u; k < params.n_points; k++) {
        slots[target_ix + k * params.n_y] = value;
        value = ef_add(value, step);
    }
}
