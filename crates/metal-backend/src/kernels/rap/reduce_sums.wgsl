// Adds up partial sums, one run of them in a workgroup: sums[runs[i].target_ix] is the sum of
// partials[j] for runs[i].start <= j < runs[i + 1].start.

var<workgroup> sh_sums: array<vec4<u32>, N_THREADS>;

@compute @workgroup_size(N_THREADS)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let i = group.x + group.y * groups.x;
    let is_active = i < params.n_runs;
    let run = params.first_run + select(0u, i, is_active);
    var sum = vec4<u32>();
    let end = min(runs[run + 1u].start, arrayLength(&partials));
    for (var j = runs[run].start + thread; j < end; j += N_THREADS) {
        sum = ef_add(sum, partials[j]);
    }
    sh_sums[thread] = sum;
    for (var half = N_THREADS / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if thread < half {
            sh_sums[thread] = ef_add(sh_sums[thread], sh_sums[thread + half]);
        }
    }
    if is_active && thread == 0u {
        sums[runs[run].target_ix] = sh_sums[0];
    }
}
