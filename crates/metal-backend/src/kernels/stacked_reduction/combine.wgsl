// First pass over the stacked matrices: sums over slices of equal length, weighted with powers of lambda.
//
// A job is a few slices that lie one after the other in one block of a matrix. Thread `row` of a job writes
// sum over k of powers[first_slice + k] * slice_k[row], an extension element. Job i is two vectors:
// (first thread, first cell, logarithm of a slice's length, first slice) and (number of slices, place of the first sum).

@group(0) @binding(0) var<storage, read> matrix: array<u32>;
@group(0) @binding(1) var<storage, read> powers: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> jobs: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> sums: array<vec4<u32>>;

const N_THREADS: u32 = 256u;

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let thread = id.x + id.y * groups.x * N_THREADS;
    if (thread >= params.n_threads) {
        return;
    }
    // The last job that begins at or before this thread.
    var low = 0u;
    var high = params.n_jobs;
    while (high - low > 1u) {
        let middle = (low + high) / 2u;
        if (jobs[2u * middle].x <= thread) {
            low = middle;
        } else {
            high = middle;
        }
    }
    let job = jobs[2u * low];
    let n_slices = jobs[2u * low + 1u].x;
    let row = thread - job.x;
    let stride = 1u << job.z;

    var cell = job.y + row;
    var power_ix = job.w;
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
    sums[jobs[2u * low + 1u].y + row] = sum;
}
