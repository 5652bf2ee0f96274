// The small part of the fractional sumcheck, in one workgroup: the top of the tree and all layers there, or the last
// rounds of one larger layer. Needs the sponge's text, sums.wgsl and rounds.wgsl before it.
//
// Levels 0..=top_level of the tree lie in `p` and `q`, level l from 2^l on. Layer n claims level n + 1, by a sumcheck
// over n variables. When m variables are left, its folded values have the size of level m + 1 and lie there: what was in
// that level belongs to a layer that is done.
//
// A layer's part of the tape starts at `at`: lambda; for each round s(1), s(2), s(3), r; the claims p_0, q_0, p_1, q_1;
// mu. Before layer 0 stand the root's numerator, where it is observed, and its denominator instead of lambda.
//
// At its end each layer makes the tables of eq(xi, y) for the next one, which may be a large one: its last n_high
// variables in eq[high_start..], the others but the first in eq[0..]. A table of the last v of its variables lies from
// 2^v on.

// What a workgroup's threads have written to storage before, all of them see after.
fn barrier() {
    storageBarrier();
    workgroupBarrier();
}

fn build_tree(lane: u32) {
    let top_size = 1u << params.top_level;
    for (var i = lane; i < params.n_inputs; i += N_THREADS) {
        p[top_size + i] = p_input[i];
        q[top_size + i] = q_input[i];
    }
    barrier();
    for (var size = top_size / 2u; size > 0u; size /= 2u) {
        for (var i = size + lane; i < 2u * size; i += N_THREADS) {
            let q_0 = q[2u * i];
            let q_1 = q[2u * i + 1u];
            p[i] = ef_add(ef_mul(p[2u * i], q_1), ef_mul(p[2u * i + 1u], q_0));
            q[i] = ef_mul(q_0, q_1);
        }
        barrier();
    }
    if (lane == 0u) {
        state[1] = p[1];
        state[2] = q[1];
        if (params.observes_numerator == 1u) {
            tape[params.layer_at - 1u] = p[1];
        }
        tape[params.layer_at] = q[1];
    }
}

// Number of variables in the high table of layer n; plan.rs has the same formula.
fn high_vars(n: u32) -> u32 {
    let in_tail = max(params.top_level, 2u) - 2u;
    return max(min(n - 1u, in_tail), n / 2u);
}

// The tables for layer n + 1, from the challenges on the tape of layer n at `at`.
fn build_eq(lane: u32, n: u32, at: u32) {
    let n_high = high_vars(n + 1u);
    let n_low = n - n_high;
    if (lane == 0u) {
        eq[1] = EF_ONE;
        eq[params.high_start + 1u] = EF_ONE;
    }
    barrier();
    // Variable k > 0 of layer n + 1 is the challenge of round k - 1.
    for (var v = 0u; v < max(n_low, n_high); v++) {
        let size = 1u << v;
        if (v < n_high) {
            let xi = tape[at + 4u * (n - v)];
            for (var z = lane; z < size; z += N_THREADS) {
                let parent = eq[params.high_start + size + z];
                let child = ef_mul(parent, xi);
                eq[params.high_start + 2u * (size + z)] = ef_sub(parent, child);
                eq[params.high_start + 2u * (size + z) + 1u] = child;
            }
        }
        if (v < n_low) {
            let xi = tape[at + 4u * (n - n_high - v)];
            for (var z = lane; z < size; z += N_THREADS) {
                let parent = eq[size + z];
                let child = ef_mul(parent, xi);
                eq[2u * (size + z)] = ef_sub(parent, child);
                eq[2u * (size + z) + 1u] = child;
            }
        }
        barrier();
    }
}

// The lane's part of a round's sums, m > 0 variables left; folds the round before first, if there is one.
fn round_terms(lane: u32, m: u32, folds: bool, r: vec4<u32>, lambda: vec4<u32>) -> Sums {
    let n_pairs = 1u << (m - 1u);
    var sums = Sums();
    for (var y = lane; y < n_pairs; y += N_THREADS) {
        let to = 4u * (n_pairs + y);
        if (folds) {
            let first = 2u * to;
            for (var i = 0u; i < 4u; i++) {
                // Element 2 z + b comes from 4 z + b and 4 z + 2 + b.
                let source = first + 2u * i - (i & 1u);
                p[to + i] = fold(p[source], p[source + 2u], r);
                q[to + i] = fold(q[source], q[source + 2u], r);
            }
        }
        let p_pair = array<vec4<u32>, 4>(p[to], p[to + 1u], p[to + 2u], p[to + 3u]);
        let q_pair = array<vec4<u32>, 4>(q[to], q[to + 1u], q[to + 2u], q[to + 3u]);
        let weight = eq[params.high_start + n_pairs + y];
        sums = add_sums(sums, pair_term(p_pair, q_pair, lambda, weight));
    }
    return sums;
}

// Writes the claims of layer n, after the last fold.
fn write_claims(lane: u32, folds: bool, r: vec4<u32>, claims_at: u32) {
    if (lane < 2u) {
        var p_claim = p[2u + lane];
        var q_claim = q[2u + lane];
        if (folds) {
            p_claim = fold(p[4u + lane], p[6u + lane], r);
            q_claim = fold(q[4u + lane], q[6u + lane], r);
        }
        tape[claims_at + 2u * lane] = p_claim;
        tape[claims_at + 2u * lane + 1u] = q_claim;
    }
}

@compute @workgroup_size(N_THREADS)
fn main(@builtin(local_invocation_index) lane: u32) {
    sponge_load(lane);
    var at = params.layer_at;
    // The last sampled challenge, and the one before it.
    var challenge = vec4<u32>();
    var lambda = vec4<u32>();
    var prefix = EF_ONE;
    if (params.first_layer == 0u) {
        build_tree(lane);
    } else {
        lambda = tape[at];
        challenge = tape[at + 4u * (params.first_layer - params.first_m)];
        prefix = state[0];
    }

    var m = params.first_m;
    for (var n = params.first_layer; n <= params.last_layer; n++) {
        // Variables are left in this iteration: m, m - 1, ..., 0; in the last one, the claims follow.
        for (var step = m + 1u; step > 0u; step--) {
            m = step - 1u;
            let folds = m < n;
            var observe_at = at + 1u + 4u * (n - m);
            var n_observed = 3u;
            var n_sampled = 1u;
            var prefix_xi = prefix;
            if (m > 0u) {
                let own = round_terms(lane, m, folds, challenge, lambda);
                let h = workgroup_sums(lane, own, min(N_THREADS, 1u << (m - 1u)));
                // The first variable is the layer before's mu, the others its rounds' challenges.
                let xi_at = select(at + 4u * (n - m) - 4u * n - 2u, at - 1u, m == n);
                let round = round_evals(prefix, tape[xi_at], h);
                prefix_xi = round.prefix_xi;
                if (lane == 0u) {
                    tape[observe_at] = round.evals[0];
                    tape[observe_at + 1u] = round.evals[1];
                    tape[observe_at + 2u] = round.evals[2];
                }
            } else {
                write_claims(lane, folds, challenge, observe_at);
                n_observed = 4u;
                if (n == 0u) {
                    observe_at -= 1u + params.observes_numerator;
                    n_observed += 1u + params.observes_numerator;
                }
                // mu, and lambda of the next layer.
                n_sampled = select(2u, 1u, n == params.end_layer);
            }
            barrier();

            for (var i = 0u; i < n_observed; i++) {
                sponge_observe_ef(tape[observe_at + i]);
            }
            for (var i = 0u; i < n_sampled; i++) {
                challenge = sponge_sample_ef();
                if (lane == 0u) {
                    tape[observe_at + n_observed + i] = challenge;
                }
            }
            if (m > 0u) {
                prefix = next_prefix(prefix, prefix_xi, challenge);
            }
            barrier();
        }
        if (n != params.end_layer) {
            build_eq(lane, n, at);
        }
        at += 4u * n + 6u;
        lambda = challenge;
        prefix = EF_ONE;
        m = n + 1u;
    }
    sponge_store();
}
