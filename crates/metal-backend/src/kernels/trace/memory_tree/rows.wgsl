// The rows of a trace about memory, a thread for each: two from a record, before and after. Rows for which there is no
// record are zero.

// The direction of rows about memory before, and after.
const BEFORE: u32 = FP_ONE;
const AFTER: u32 = P - FP_ONE;

fn put_4(column: u32, row: u32, elements: vec4<u32>) {
    put_element(column, row, elements.x);
    put_element(column + 1u, row, elements.y);
    put_element(column + 2u, row, elements.z);
    put_element(column + 3u, row, elements.w);
}

fn put_digest(column: u32, row: u32, place: u32) {
    put_4(column, row, digest_half(place, 0u));
    put_4(column + 4u, row, digest_half(place, 1u));
}

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let ix = id.x + id.y * groups.x * N_THREADS;
    if (ix >= params.n_rows) {
        return;
    }
    let row = params.first_row + ix;
    if ((ix >> 1u) < params.n_records) {
        fill_row(row, records[ix >> 1u]);
        return;
    }
    for (var column = 0u; column < params.n_columns; column++) {
        trace[column * params.height + row] = 0u;
    }
}
