// Ends one round of a large layer: adds up the workgroups' sums, observes the round's polynomial and samples its
// challenge r, in one workgroup. Needs the sponge's text, sums.wgsl and rounds.wgsl before it.
//
// s(1), s(2), s(3) and r go to tape[round_at..]; state[0] is the factor `prefix` of rounds.wgsl.

@compute @workgroup_size(N_THREADS)
fn main(@builtin(local_invocation_index) lane: u32) {
    sponge_load(lane);
    var own = Sums();
    for (var i = lane; i < params.n_partials; i += N_THREADS) {
        own = add_sums(own, partials[i]);
    }
    let h = workgroup_sums(lane, own, N_THREADS);

    var prefix = EF_ONE;
    if (params.is_first == 0u) {
        prefix = state[0];
    }
    var round = round_evals(prefix, tape[params.xi_at], h);
    for (var i = 0u; i < 3u; i++) {
        if (lane == 0u) {
            tape[params.round_at + i] = round.evals[i];
        }
        sponge_observe_ef(round.evals[i]);
    }
    let r = sponge_sample_ef();
    if (lane == 0u) {
        tape[params.round_at + 3u] = r;
        state[0] = next_prefix(prefix, round.prefix_xi, r);
    }
    sponge_store();
}
