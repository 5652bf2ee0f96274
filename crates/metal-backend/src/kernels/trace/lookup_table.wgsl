// The rows of a lookup table and how often each was looked up, a thread for each row.
//
// `fill_row` is the table's: it puts the cells of a row, with `total` of its slots in `counts`.

fn total(slot: u32) -> u32 {
    var n = counts[slot];
    if (params.has_host_counts == 1u) {
        n += host_counts[slot];
    }
    return n;
}

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let row = id.x + id.y * groups.x * N_THREADS;
    if (row < params.height) {
        fill_row(row);
    }
}
