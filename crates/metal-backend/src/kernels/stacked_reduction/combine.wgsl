// First pass over the stacked matrices: sums over slices of equal length, weighted with powers of lambda.
//
// A job is a few slices that lie one after the other in one block of a matrix. Thread `row` of a job writes
// sum over k of powers[first_slice + k] * slice_k[row], an extension element. The text of search.wgsl comes before.

fn first_of(row: u32) -> u32 {
    return jobs[row].first_thread;
}

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let thread = id.x + id.y * groups.x * N_THREADS;
    if (thread >= params.n_threads) {
        return;
    }
    let job = jobs[row_of(thread, params.n_jobs)];
    let n_slices = min(job.n_slices, arrayLength(&powers));
    let row = thread - job.first_thread;
    let stride = 1u << job.log_len;

    var cell = job.first_cell + row;
    var power_ix = job.first_slice;
    var sum = vec4<u32>();
    var k = 0u;
    // Four slices a step: their products are added up before they are reduced.
    for (; k + 4u <= n_slices; k += 4u) {
        let cells = vec4<u32>(matrix[cell], matrix[cell + stride], matrix[cell + 2u * stride], matrix[cell + 3u * stride]);
        let a = powers[power_ix];
        let b = powers[power_ix + 1u];
        let c = powers[power_ix + 2u];
        let d = powers[power_ix + 3u];
        sum = ef_add(sum, vec4<u32>(
            inner_product(vec4<u32>(a.x, b.x, c.x, d.x), cells),
            inner_product(vec4<u32>(a.y, b.y, c.y, d.y), cells),
            inner_product(vec4<u32>(a.z, b.z, c.z, d.z), cells),
            inner_product(vec4<u32>(a.w, b.w, c.w, d.w), cells),
        ));
        cell += 4u * stride;
        power_ix += 4u;
    }
    for (; k < n_slices; k++) {
        sum = ef_add(sum, ef_mul_fp(powers[power_ix], matrix[cell]));
        cell += stride;
        power_ix += 1u;
    }
    sums[job.first_sum + row] = sum;
}
