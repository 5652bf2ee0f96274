// The sums of one round of a large layer, over one block of it. Needs sums.wgsl before it.
//
// With FOLDS, the block is of the round before: it is folded with that round's challenge r, element 2 z + b from
// elements 4 z + b and 4 z + 2 + b, written to the target from target_offset on, and summed. Without, it is the layer
// itself, and there is no target.
//
// weight(y) is eq(xi, y) over the variables that come after this round's; the lowest k_low bits of y select from
// eq[2^k_low..], the others from eq[high_start + 2^k_high..]. Each workgroup leaves its sums in `partials`.

@compute @workgroup_size(N_THREADS)
fn main(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let lambda = tape[params.lambda_at];
    var r = vec4<u32>();
    if (FOLDS) {
        r = tape[params.r_at];
    }
    let low_size = 1u << params.k_low;
    let high_base = params.high_start + (1u << params.k_high);

    var sums = Sums();
    for (var i = id.x; i < params.n_pairs; i += params.n_groups * N_THREADS) {
        var p: array<vec4<u32>, 4>;
        var q: array<vec4<u32>, 4>;
        if (FOLDS) {
            let first = 8u * i;
            p[0] = fold(p_source[first], p_source[first + 2u], r);
            p[1] = fold(p_source[first + 1u], p_source[first + 3u], r);
            p[2] = fold(p_source[first + 4u], p_source[first + 6u], r);
            p[3] = fold(p_source[first + 5u], p_source[first + 7u], r);
            q[0] = fold(q_source[first], q_source[first + 2u], r);
            q[1] = fold(q_source[first + 1u], q_source[first + 3u], r);
            q[2] = fold(q_source[first + 4u], q_source[first + 6u], r);
            q[3] = fold(q_source[first + 5u], q_source[first + 7u], r);
            let to = params.target_offset + 4u * i;
            p_target[to] = p[0];
            p_target[to + 1u] = p[1];
            p_target[to + 2u] = p[2];
            p_target[to + 3u] = p[3];
            q_target[to] = q[0];
            q_target[to + 1u] = q[1];
            q_target[to + 2u] = q[2];
            q_target[to + 3u] = q[3];
        } else {
            let first = 4u * i;
            p = array<vec4<u32>, 4>(p_source[first], p_source[first + 1u], p_source[first + 2u], p_source[first + 3u]);
            q = array<vec4<u32>, 4>(q_source[first], q_source[first + 1u], q_source[first + 2u], q_source[first + 3u]);
        }
        let y = params.first_pair + i;
        let weight = ef_mul(eq[low_size + (y & (low_size - 1u))], eq[high_base + (y >> params.k_low)]);
        sums = add_sums(sums, pair_term(p, q, lambda, weight));
    }

    sums = workgroup_sums(lane, sums, N_THREADS);
    if (lane == 0u) {
        partials[params.first_partial + group.x] = sums;
    }
}
