// Copies a polynomial, four base columns of coefficients, to the tape, where each coefficient's words lie together.

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let word = id.x + id.y * groups.x * N_THREADS;
    if (word < 4u * params.len) {
        tape[params.place + word] = f[(word & 3u) * params.len + (word >> 2u)];
    }
}
