// Folds multilinear columns with the last challenge and brings their values for the next round into slots, in one pass.
//
// A column t of `rows` is replaced by t[2 i] + (t[2 i + 1] - t[2 i]) r in `folded`, unless is_folding is 0, where `rows`
// is read as it is. With pairs a = t'[2 y], b = t'[2 y + 1] of the result, slot c holds a + (b - a) k for k = 1, ...,
// n_points at word (k - 1) n_y + y. Where is_pairing is 0, the result has one row for each y, which is the slot's.
// Rows y are counted from `first` on in columns, from 0 on in slots. Columns from n_slots on have no slot.

@group(0) @binding(0) var<storage, read> rows: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> folded: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> slots: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> tape: array<vec4<u32>>;

const N_THREADS: u32 = 64u;

// Row i of the column, with the fold's result written.
fn row(column: u32, i: u32) -> vec4<u32> {
    let at = (params.rows_column + column) * params.rows_height;
    if params.is_folding == 0u {
        return rows[at + i];
    }
    let low = rows[at + 2u * i];
    let high = rows[at + 2u * i + 1u];
    let value = ef_add(low, ef_mul(ef_sub(high, low), tape[params.challenge]));
    folded[(params.folded_column + column) * (params.rows_height / 2u) + i] = value;
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
    let slot = params.column_start + column;
    let has_slot = slot < params.n_slots;
    let target_ = slot * params.stride + y;
    if params.is_pairing == 0u {
        let value = row(column, params.first + y);
        if has_slot {
            slots[target_] = value;
        }
        return;
    }
    let a = row(column, 2u * (params.first + y));
    let b = row(column, 2u * (params.first + y) + 1u);
    if has_slot {
        let step = ef_sub(b, a);
        var value = b;
        for (var k = 0u; k < params.n_points; k++) {
            slots[target_ + k * params.n_y] = value;
            value = ef_add(value, step);
        }
    }
}
