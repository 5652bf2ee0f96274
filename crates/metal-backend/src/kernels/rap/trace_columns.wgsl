// Columns of a trace at r_0 for fold_columns.wgsl. Needs source.wgsl and a constant LOG_SKIP.
//
// With N = 2^LOG_SKIP, row x is the sum over z of lagrange[z] * value(N x + z), where lagrange are the Lagrange
// polynomials of the skip domain at r_0.

@group(0) @binding(2) var<storage, read> lagrange: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> folded: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read_write> slots: array<vec4<u32>>;
@group(0) @binding(5) var<storage, read> tape: array<vec4<u32>>;

const N: u32 = 1u << LOG_SKIP;

struct Column {
    slot: u32,
    entry: vec4<u32>,
}

fn column_of(i: u32) -> Column {
    let entry = entries[params.first_entry + i];
    return Column(entry.z, entry);
}

fn stored_row(column: Column, x: u32) -> vec4<u32> {
    let row = x << LOG_SKIP;
    var sum = vec4<u32>();
    // Apart, so that the loads of a column wait for nothing.
    if column.entry.x == KIND_COLUMN {
        let start = (column.entry.y - params.column_start) * params.height;
        for (var z = 0u; z < N; z++) {
            let value = source[start + ((row + column.entry.w + z) & (params.height - 1u))];
            sum = ef_add(sum, ef_mul_fp(lagrange[z], value));
        }
    } else {
        for (var z = 0u; z < N; z++) {
            sum = ef_add(sum, ef_mul_fp(lagrange[z], source_value(column.entry, row + z)));
        }
    }
    return sum;
}
