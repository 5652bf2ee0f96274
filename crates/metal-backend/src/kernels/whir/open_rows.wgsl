// Gathers the rows that queries open, from one block of a column-major matrix over the base field.
//
// Query q, whose index stands at tape[place + q], opens the rows index + t * 2^log_stride for t < 2^log_rows. Cell c of
// row t goes to opened[offset + (q * 2^log_rows + t) * width + c].

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let ix = id.x + id.y * groups.x * N_THREADS;
    let opened_row = ix / params.n_columns;
    let query = opened_row >> params.log_rows;
    if (query >= params.n_queries) {
        return;
    }
    let c = ix - opened_row * params.n_columns;
    let t = opened_row & ((1u << params.log_rows) - 1u);
    let row = tape[params.place + query] + (t << params.log_stride);
    let height = 1u << (params.log_stride + params.log_rows);
    opened[params.offset + opened_row * params.width + params.first_column + c] = columns[c * height + row];
}
