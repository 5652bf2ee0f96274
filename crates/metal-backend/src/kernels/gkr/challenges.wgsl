// Ends the two rounds of a pass: adds up the workgroups' sums and, for one round after the other, observes the polynomial
// and samples the challenge r, in one workgroup. Needs the sponge's text, a text of numerators, sums.wgsl, grid.wgsl and
// rounds.wgsl before it.
//
// s(1), s(2), s(3) and r of both rounds go to tape[rounds_at..]; state[0] is the factor `prefix` of rounds.wgsl.

// h(r)
fn sums_at(h: Sums, r: vec4<u32>) -> vec4<u32> {
    let leading = ef_mul(h.leading, ef_sub(r, EF_ONE));
    return ef_add(h.at_0, ef_mul(ef_add(ef_sub(h.at_1, h.at_0), leading), r));
}

@compute @workgroup_size(N_THREADS)
fn main(@builtin(local_invocation_index) lane: u32) {
    sponge_load(lane);
    var own = Grid();
    for (var i = lane; i < params.n_partials; i += N_THREADS) {
        own = add_grids(own, partials[i]);
    }
    let grid = workgroup_grid(lane, own);

    var prefix = EF_ONE;
    if (params.is_first == 0u) {
        prefix = state[0];
    }
    var xi = tape[params.xi_1_at];
    let xi_2 = tape[params.xi_2_at];
    var h = Sums(
        fold(grid.rows[0].at_0, grid.rows[1].at_0, xi_2),
        fold(grid.rows[0].at_1, grid.rows[1].at_1, xi_2),
        fold(grid.rows[0].leading, grid.rows[1].leading, xi_2),
    );
    for (var k = 0u; k < 2u; k++) {
        let round = round_evals(prefix, xi, h);
        let at = params.rounds_at + 4u * k;
        if (lane == 0u) {
            tape[at] = round.evals[0];
            tape[at + 1u] = round.evals[1];
            tape[at + 2u] = round.evals[2];
            sponge_put_ef(0u, round.evals[0]);
            sponge_put_ef(1u, round.evals[1]);
            sponge_put_ef(2u, round.evals[2]);
        }
        sponge_exchange(12u, 4u);
        let r = sponge_ef(0u);
        if (lane == 0u) {
            tape[at + 3u] = r;
        }
        prefix = next_prefix(prefix, round.prefix_xi, r);
        xi = xi_2;
        h = Sums(sums_at(grid.rows[0], r), sums_at(grid.rows[1], r), sums_at(grid.rows[2], r));
    }
    if (lane == 0u) {
        state[0] = prefix;
    }
    sponge_store();
}
