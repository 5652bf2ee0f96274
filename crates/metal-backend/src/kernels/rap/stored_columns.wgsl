// Columns of extension elements for fold_columns.wgsl, which follow each other in `rows`, each of rows_height.

@group(0) @binding(0) var<storage, read> rows: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> folded: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> slots: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> tape: array<vec4<u32>>;

struct Column {
    slot: u32,
    first_row: u32,
}

fn column_of(i: u32) -> Column {
    return Column(params.column_start + i, (params.rows_column + i) * params.rows_height);
}

fn stored_row(column: Column, i: u32) -> vec4<u32> {
    return rows[column.first_row + i];
}
