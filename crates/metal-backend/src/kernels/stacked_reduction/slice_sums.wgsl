// Second pass over the stacked matrices: the value at u of every slice of one length, in parts. A slice's value is the
// sum of its rows times their weights (weights.wgsl); a workgroup sums a chunk of rows of a job's slices,
// which lie one after the other, of 2^log_len cells each. The part for chunk c of slice i goes to sums[i * n_chunks + c].

// Threads that sum up one slice at the end.
const N_LANES: u32 = N_THREADS / SLICES_PER_JOB;

var<workgroup> sh_sums: array<vec4<u32>, SLICES_PER_JOB * N_THREADS>;

@compute @workgroup_size(N_THREADS)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let task = workgroup.x + workgroup.y * n_workgroups.x;
    if (task >= params.n_jobs * params.n_band_chunks) {
        return;
    }
    let job_ix = task / params.n_band_chunks;
    let job = jobs[job_ix];
    let chunk = task - job_ix * params.n_band_chunks;
    let first_row = chunk * params.chunk_rows;
    let end_row = min(first_row + params.chunk_rows, params.n_band_rows);

    var acc = array<vec4<u32>, SLICES_PER_JOB>();
    // Four rows a step: their products are added up before they are reduced. A row beyond the chunk weighs nothing.
    for (var row = first_row + lane; row < end_row; row += 4u * N_THREADS) {
        var rows = vec4<u32>(row);
        let a = weights[row];
        var b = vec4<u32>();
        var c = vec4<u32>();
        var d = vec4<u32>();
        if (row + N_THREADS < end_row) {
            rows.y = row + N_THREADS;
            b = weights[rows.y];
        }
        if (row + 2u * N_THREADS < end_row) {
            rows.z = row + 2u * N_THREADS;
            c = weights[rows.z];
        }
        if (row + 3u * N_THREADS < end_row) {
            rows.w = row + 3u * N_THREADS;
            d = weights[rows.w];
        }
        let x = vec4<u32>(a.x, b.x, c.x, d.x);
        let y = vec4<u32>(a.y, b.y, c.y, d.y);
        let z = vec4<u32>(a.z, b.z, c.z, d.z);
        let w = vec4<u32>(a.w, b.w, c.w, d.w);
        rows += job.first_cell + params.first_row;
        for (var s = 0u; s < SLICES_PER_JOB; s++) {
            // Beyond the job's slices, the last one is taken again, and the result left unused.
            let at = rows + (min(s, job.n_slices - 1u) << params.log_len);
            let cells = vec4<u32>(matrix[at.x], matrix[at.y], matrix[at.z], matrix[at.w]);
            let products = vec4<u32>(
                inner_product(x, cells),
                inner_product(y, cells),
                inner_product(z, cells),
                inner_product(w, cells),
            );
            acc[s] = ef_add(acc[s], products);
        }
    }
    for (var s = 0u; s < SLICES_PER_JOB; s++) {
        sh_sums[s * N_THREADS + lane] = acc[s];
    }
    workgroupBarrier();
    let slice = lane / N_LANES;
    let sub = lane % N_LANES;
    let place = slice * N_THREADS + sub;
    var sum = sh_sums[place];
    for (var i = N_LANES; i < N_THREADS; i += N_LANES) {
        sum = ef_add(sum, sh_sums[place + i]);
    }
    workgroupBarrier();
    sh_sums[place] = sum;
    for (var stride = N_LANES / 2u; stride > 0u; stride >>= 1u) {
        workgroupBarrier();
        if (sub < stride) {
            sh_sums[place] = ef_add(sh_sums[place], sh_sums[place + stride]);
        }
    }
    if (sub == 0u && slice < job.n_slices) {
        sums[(job.first_slice + slice) * params.n_chunks + params.first_chunk + chunk] = sh_sums[place];
    }
}
