// The fraction 0 / alpha for those of one block from `start` on. Needs tiles.wgsl before it.

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    // Threads take places side by side, from the start of a tile on.
    let place = (params.start & ~255u) + id.x + id.y * groups.x * N_THREADS;
    let fraction = untiled(place);
    if fraction < params.start || fraction >= params.start + params.len {
        return;
    }
    numerators[place] = 0u;
    denominators[place] = vec4<u32>(params.alpha_0, params.alpha_1, params.alpha_2, params.alpha_3);
}
