// The powers 1, mu, mu^2, ... of a challenge on the tape, one a thread. Needs power.wgsl before it.

@compute @workgroup_size(N_THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x < params.n_powers) {
        powers[id.x] = ef_power(tape[params.place / 4u], id.x);
    }
}
