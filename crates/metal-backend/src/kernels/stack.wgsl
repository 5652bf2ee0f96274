// Places the columns of one trace into the stacked matrix.
//
// Source: contiguous base field values (column-major trace). Target: the same values `1 << log_stride` words apart,
// because a column shorter than 2^l_skip is stacked with a stride. The words between are not written.

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let ix = id.x + id.y * groups.x * N_THREADS;
    if (ix < params.n_values) {
        stacked[params.target_offset + (ix << params.log_stride)] = trace[params.source_offset + ix];
    }
}
