// Adds the jobs' sums of combine.wgsl up to Q, the combination of all slices of a group, and sums Q over the
// hypercube, for every z of the skip domain D:
//     A(z) = sum over x of Q(z, x) eq(x, r),    B(z) = sum over x of Q(z, x) (eq(x - 1, r) - eq(x, r)),
// where x - 1 is cyclic. B is zero for a group without rotations.
//
// One workgroup a task, which is a range of rows z + 2^l_skip x of one group that begins with z = 0; of a large skip
// domain it takes N_THREADS elements after the other. Result i is A(z) at 2 i |D| + z and B(z) at (2 i + 1) |D| + z.

var<workgroup> sh_a: array<vec4<u32>, N_THREADS>;
var<workgroup> sh_b: array<vec4<u32>, N_THREADS>;

@compute @workgroup_size(N_THREADS)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let task_ix = workgroup.x + workgroup.y * n_workgroups.x;
    if (task_ix >= params.n_tasks) {
        return;
    }
    let task = tasks[task_ix];
    let size = 1u << params.log_skip;
    let result = 2u * task.result * size;
    // As the jobs' sums lie beside each other, all steps together are no more than there are sums.
    let n_rows = min(task.n_rows, min(task.job_stride, arrayLength(&job_sums)));
    let n_jobs = min(task.n_jobs, arrayLength(&job_sums) / max(task.job_stride, 1u));
    for (var first = 0u; first < size; first += N_THREADS) {
        // A multiple of |D|, so that a thread stays with its z.
        let step = max(size, N_THREADS);
        var a = vec4<u32>();
        var b = vec4<u32>();
        for (var row = first + lane; row < n_rows; row += step) {
            var q = vec4<u32>();
            var place = task.first_sum + row;
            for (var job = 0u; job < n_jobs; job++) {
                q = ef_add(q, job_sums[place]);
                place += task.job_stride;
            }
            combined[task.first_row + row] = q;
            let x = task.first_x + (row >> params.log_skip);
            let eq = eq_table[task.cube_size + x];
            a = ef_add(a, ef_mul(q, eq));
            if (task.has_step == 1u) {
                let eq_previous = eq_table[task.cube_size + ((x - 1u) & (task.cube_size - 1u))];
                b = ef_add(b, ef_mul(q, ef_sub(eq_previous, eq)));
            }
        }
        sh_a[lane] = a;
        sh_b[lane] = b;
        for (var stride = N_THREADS / 2u; stride >= size; stride >>= 1u) {
            workgroupBarrier();
            if (lane < stride) {
                sh_a[lane] = ef_add(sh_a[lane], sh_a[lane + stride]);
                sh_b[lane] = ef_add(sh_b[lane], sh_b[lane + stride]);
            }
        }
        if (lane < size) {
            results[result + first + lane] = sh_a[lane];
            results[result + size + first + lane] = sh_b[lane];
        }
    }
}
