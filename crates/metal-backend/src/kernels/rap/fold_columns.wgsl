// Folds multilinear columns with the last challenge and brings their values for the next round into slots, in one pass.
//
// The rows t[i] of a column become t'[i] = t[2 i] + (t[2 i + 1] - t[2 i]) r. They are
// written to `folded` for the slots from kept_start to kept_end, which begin there. With pairs a = t'[2 y],
// b = t'[2 y + 1], slot c holds a + (b - a) k for k = 1, ..., n_points at word (k - 1) n_y + y. Where is_pairing is 0,
// there is one row for each y, which is the slot's. Rows y are counted from `first` on in columns, from 0 on in slots.

@group(0) @binding(0) var<storage, read> rows: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> folded: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> slots: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> tape: array<vec4<u32>>;

const N_THREADS: u32 = 64u;

// Row i of the column after the fold, which is kept.
fn row(column: u32, i: u32) -> vec4<u32> {
    let at = (params.rows_column + column) * params.rows_height;
    let low = rows[at + 2u * i];
    let high = rows[at + 2u * i + 1u];
    let value = ef_add(low, ef_mul(ef_sub(high, low), tape[params.challenge]));
    let slot = params.column_start + column;
    if params.kept_start <= slot && slot < params.kept_end {
        folded[(slot - params.kept_start) * params.kept_height + i] = value;
    }
    return value;
}

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let ix = id.x + id.y * groups.x * N_THREADS;
    if ix >= params.n_columns * params.n_y {
        return;
    }
    let column = ix / params.n_y;
    let y = ix % params.n_y;
    let target_ix = (params.column_start + column) * params.stride + y;
    if params.is_pairing == 0u {
        slots[target_ix] = row(column, params.first + y);
        return;
    }
    let a = row(column, 2u * (params.first + y));
    let b = row(column, 2u * (params.first + y) + 1u);
    let step = ef_sub(b, a);
    var value = b;
    for (var k = 0u; k < params.n_points; k++) {
        slots[target_ix + k * params.n_y] = value;
        value = ef_add(value, step);
    }
}
