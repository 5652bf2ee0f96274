// Brings rows of a trace to their places in its columns.
//
// Source: base field values in Montgomery form, or any words, `n_columns_in_row` of them a row, row after row. Target: a
// block of a column-major matrix of `height` rows. A workgroup moves a tile of 32 columns and 32 rows through its
// memory, so that neighbouring threads read neighbouring words of a row and write neighbouring words of a column.

const TILE: u32 = 32u;
const N_THREADS_Y: u32 = 8u;
// A column more, so that the words of a column lie in different banks.
const PITCH: u32 = 33u;

var<workgroup> sh_tile: array<u32, 1056>;

@compute @workgroup_size(32, 8)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let first_column = group.x * TILE;
    let first_row = group.y * TILE;

    let column = first_column + local.x;
    for (var y = local.y; y < TILE; y += N_THREADS_Y) {
        let row = first_row + y;
        if (column < params.n_columns && row < params.n_rows) {
            sh_tile[y * PITCH + local.x] = rows[row * params.n_columns_in_row + params.first_column + column];
        }
    }
    workgroupBarrier();

    let row = first_row + local.x;
    for (var y = local.y; y < TILE; y += N_THREADS_Y) {
        let column = first_column + y;
        if (column < params.n_columns && row < params.n_rows) {
            columns[(params.first_target_column + column) * params.height + params.first_target_row + row] =
                sh_tile[local.x * PITCH + y];
        }
    }
}
