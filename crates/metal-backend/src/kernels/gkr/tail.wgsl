// The small part of the fractional sumcheck, in one workgroup: the top of the tree and all layers there, or the last
// rounds of one larger layer. Needs the sponge's text, tiles.wgsl, a text of numerators, sums.wgsl and rounds.wgsl before it.
//
// Levels 0..=top_level of the tree lie in `p` and `q`, level l from 2^l on. Layer n claims level n + 1, by a sumcheck
// over n variables. When m variables are left, its folded values have the size of level m + 1 and lie there: what was in
// that level belongs to a layer that is done. Of a larger layer the last pass has left the values with m + 2 variables,
// which are folded twice.
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
        let input = tiled(i);
        let place = tiled(top_size + i);
        p[place] = vec4<u32>(p_input[input], 0u, 0u, 0u);
        q[place] = q_input[input];
    }
    barrier();
    for (var size = top_size / 2u; size > 0u; size /= 2u) {
        for (var i = size + lane; i < 2u * size; i += N_THREADS) {
            let even = tiled(2u * i);
            let odd = tiled(2u * i + 1u);
            let q_0 = q[even];
            let q_1 = q[odd];
            let place = tiled(i);
            p[place] = ef_add(ef_mul(p[even], q_1), ef_mul(p[odd], q_0));
            q[place] = ef_mul(q_0, q_1);
        }
        barrier();
    }
    if (lane == 0u) {
        let root = tiled(1u);
        state[1] = p[root];
        state[2] = q[root];
        if (params.observes_numerator == 1u) {
            tape[params.layer_at - 1u] = p[root];
        }
        tape[params.layer_at] = q[root];
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

// What the values of a layer are folded with before the next round: nothing, the last challenge, or the last two.
struct Folds {
    count: u32,
    r_1: vec4<u32>,
    r_2: vec4<u32>,
}

// Element `to`, which is 2 z + b of its level: from elements 4 z + 2 j + b of the next level, or 8 z + 2 j + b of the one
// after that. Kept, unless it was there already.
fn element(to: u32, folds: Folds) -> Element {
    let place = tiled(to);
    if (folds.count == 0u) {
        return Element(p[place], q[place]);
    }
    let b = to & 1u;
    var folded = Element();
    if (folds.count == 1u) {
        let j_0 = tiled(2u * to - b);
        let j_1 = tiled(2u * to - b + 2u);
        folded = Element(fold(p[j_0], p[j_1], folds.r_2), fold(q[j_0], q[j_1], folds.r_2));
    } else {
        let j_0 = tiled(4u * to - 3u * b);
        let j_1 = tiled(4u * to - 3u * b + 2u);
        let j_2 = tiled(4u * to - 3u * b + 4u);
        let j_3 = tiled(4u * to - 3u * b + 6u);
        folded = Element(
            fold(fold(p[j_0], p[j_1], folds.r_1), fold(p[j_2], p[j_3], folds.r_1), folds.r_2),
            fold(fold(q[j_0], q[j_1], folds.r_1), fold(q[j_2], q[j_3], folds.r_1), folds.r_2),
        );
    }
    p[place] = folded.p;
    q[place] = folded.q;
    return folded;
}

struct Element {
    p: vec4<u32>,
    q: vec4<u32>,
}

// The lane's part of a round's sums, m > 0 variables left.
fn round_terms(lane: u32, m: u32, folds: Folds, lambda: vec4<u32>) -> Sums {
    let n_points = 1u << (m - 1u);
    var sums = Sums();
    for (var y = lane; y < n_points; y += N_THREADS) {
        let to = 4u * (n_points + y);
        let a = element(to, folds);
        let b = element(to + 1u, folds);
        let c = element(to + 2u, folds);
        let d = element(to + 3u, folds);
        let at_0 = factors(a.p, b.p, a.q, b.q, lambda);
        let at_1 = factors(c.p, d.p, c.q, d.q, lambda);
        let weight = eq[params.high_start + n_points + y];
        sums = add_sums(sums, weighted_term(at_0, at_1, weight));
    }
    return sums;
}

// Writes the claims of layer n, after the last fold.
fn write_claims(lane: u32, folds: Folds, claims_at: u32) {
    if (lane < 2u) {
        let claim = element(2u + lane, folds);
        tape[claims_at + 2u * lane] = claim.p;
        tape[claims_at + 2u * lane + 1u] = claim.q;
    }
}

@compute @workgroup_size(N_THREADS)
fn main(@builtin(local_invocation_index) lane: u32) {
    sponge_load(lane);
    var at = params.layer_at;
    var challenge = vec4<u32>();
    var folds = Folds();
    var lambda = vec4<u32>();
    var prefix = EF_ONE;
    if (params.first_layer == 0u) {
        build_tree(lane);
    } else {
        lambda = tape[at];
        let last_at = at + 4u * (params.first_layer - params.first_m);
        folds = Folds(2u, tape[last_at - 4u], tape[last_at]);
        prefix = state[0];
    }

    var m = params.first_m;
    for (var n = params.first_layer; n <= params.last_layer; n++) {
        // Variables are left in this iteration: m, m - 1, ..., 0; in the last one, the claims follow.
        for (var step = m + 1u; step > 0u; step--) {
            m = step - 1u;
            var observe_at = at + 1u + 4u * (n - m);
            var n_observed = 3u;
            var n_sampled = 1u;
            var prefix_xi = prefix;
            if (m > 0u) {
                let own = round_terms(lane, m, folds, lambda);
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
                write_claims(lane, folds, observe_at);
                n_observed = 4u;
                if (n == 0u) {
                    observe_at -= 1u + params.observes_numerator;
                    n_observed += 1u + params.observes_numerator;
                }
                // mu, and lambda of the next layer.
                n_sampled = select(2u, 1u, n == params.end_layer);
            }
            barrier();

            if (lane < n_observed) {
                sponge_put_ef(lane, tape[observe_at + lane]);
            }
            sponge_exchange(4u * n_observed, 4u * n_sampled);
            challenge = sponge_ef(n_sampled - 1u);
            if (lane < n_sampled) {
                tape[observe_at + n_observed + lane] = sponge_ef(lane);
            }
            if (m > 0u) {
                prefix = next_prefix(prefix, prefix_xi, challenge);
            }
            folds = Folds(1u, vec4<u32>(), challenge);
            barrier();
        }
        if (n != params.end_layer) {
            build_eq(lane, n, at);
        }
        at += 4u * n + 6u;
        lambda = challenge;
        folds = Folds();
        prefix = EF_ONE;
        m = n + 1u;
    }
    sponge_store();
}
