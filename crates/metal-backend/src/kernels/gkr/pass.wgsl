// The sums of two rounds of a large layer, over one block of it. Needs tiles.wgsl, a text of numerators, sums.wgsl,
// grid.wgsl, and pass_layer.wgsl or pass_folded.wgsl before it.
//
// weight(y) is eq(xi, y) over the variables that come after this pass's; the lowest k_low bits of y select from
// eq[2^k_low..], the others from eq[high_start + 2^k_high..]. Each workgroup leaves its sums in `partials`.

fn factors_of(f: Neighbours, lambda: vec4<u32>) -> Factors {
    return factors(f.p_0, f.p_1, f.q_0, f.q_1, lambda);
}

@compute @workgroup_size(N_THREADS)
fn main(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let lambda = tape[params.lambda_at];
    let low_size = 1u << params.k_low;
    let high_base = params.high_start + (1u << params.k_high);

    var grid = Grid();
    for (var i = id.x; i < params.n_points; i += params.n_groups * N_THREADS) {
        let a = neighbours(i, 0u);
        let b = neighbours(i, 1u);
        let c = neighbours(i, 2u);
        let d = neighbours(i, 3u);
        let y = params.first_point + i;
        let weight = ef_mul(eq[low_size + (y & (low_size - 1u))], eq[high_base + (y >> params.k_low)]);
        let at_00 = factors_of(a, lambda);
        let at_10 = factors_of(b, lambda);
        let at_01 = factors_of(c, lambda);
        let at_11 = factors_of(d, lambda);
        grid = add_grids(grid, grid_term(at_00, at_10, at_01, at_11, weight));
        // Last, so that no read waits for a write.
        keep(i, 0u, a);
        keep(i, 1u, b);
        keep(i, 2u, c);
        keep(i, 3u, d);
    }

    grid = workgroup_grid(lane, grid);
    if (lane == 0u) {
        partials[params.first_partial + group.x] = grid;
    }
}
