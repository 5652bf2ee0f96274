// One round of the sumcheck over many pairs, by many workgroups: folds, and sums up what it evaluates. Workgroup i
// writes its sums at X = 1 and X = 2 to sums[2 i] and sums[2 i + 1]. The text of sumcheck.wgsl comes before.

fn load(i: u32) -> vec4<u32> {
    return pairs[i];
}

fn store(i: u32, value: vec4<u32>) {
    folded[i] = value;
}

@compute @workgroup_size(N_THREADS)
fn main(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    at_one = vec4<u32>();
    at_two = vec4<u32>();
    pass_over(params.mode, params.n_pairs, id.x, n_workgroups.x * N_THREADS, tape[params.u_place]);
    if (params.mode == FOLD) {
        return;
    }
    sum_up(lane);
    if (lane == 0u) {
        sums[2u * workgroup.x] = sh_one[0];
        sums[2u * workgroup.x + 1u] = sh_two[0];
    }
}
