// One round of the batch sumcheck: from the sums of every trace to the round polynomial and the next challenge, in one
// workgroup. Needs the sponge's text.
//
// s(X) = eq(xi_j, X) s'(X) + tail X, where s' has degree d; the n_values values of s may be more. sums[(3 t + which) * d + k - 1] is the sum of
// trace t at X = k, for the constraints (which = 0), the numerators (1) and the denominators (2), without the
// factors eq(xi, r) of earlier rounds and without mu. The traces [0, n_head) have this round's variable, those of
// [n_head, n_live) had the last round's and have the one sum at k = 1; earlier ones are in the tail already.

var<workgroup> sh_partial: array<vec4<u32>, N_THREADS>;
// s' at 0, ..., d, then the tail's new part.
var<workgroup> sh_values: array<vec4<u32>, MAX_POINTS>;
// s at 1, ..., n_values.
var<workgroup> sh_round: array<vec4<u32>, MAX_POINTS>;

// The sum of one trace at point k, all its parts.
fn trace_sum(t: u32, k: u32, eq: vec4<u32>, eq_sharp: vec4<u32>) -> vec4<u32> {
    let at = 3u * t * params.degree + k;
    let constraint = ef_mul(mu[2u * params.n_traces + t], sums[at]);
    let numerator = ef_mul(mu[2u * t], sums[at + params.degree]);
    let denominator = ef_mul(mu[2u * t + 1u], sums[at + 2u * params.degree]);
    return ef_add(ef_mul(eq_sharp, ef_add(numerator, denominator)), ef_mul(eq, constraint));
}

fn constant(integer: u32) -> vec4<u32> {
    var value = vec4<u32>();
    for (var i = 0u; i < integer; i++) {
        value.x = fp_add(value.x, FP_ONE);
    }
    return value;
}

// eq(xi, x) = 1 - xi - x + 2 xi x
fn eq_at(xi: vec4<u32>, x: vec4<u32>) -> vec4<u32> {
    let product = ef_mul(xi, x);
    return ef_add(ef_sub(ef_sub(constant(1u), xi), x), ef_add(product, product));
}

// The value of s' at r, by Lagrange.
fn interpolate(r: vec4<u32>) -> vec4<u32> {
    var sum = vec4<u32>();
    for (var i = 0u; i <= params.degree; i++) {
        var term = ef_mul(sh_values[i], constants[i]);
        for (var k = 0u; k <= params.degree; k++) {
            if k != i {
                term = ef_mul(term, ef_sub(r, constant(k)));
            }
        }
        sum = ef_add(sum, term);
    }
    return sum;
}

@compute @workgroup_size(N_THREADS)
fn main(@builtin(local_invocation_index) lane: u32) {
    let d = params.degree;
    let eq = running[1];
    let eq_sharp = running[2];
    // The last step is the tail's.
    for (var k = 0u; k <= d; k++) {
        let is_tail = k == d;
        let end = select(params.n_head, params.n_live, is_tail);
        var sum = vec4<u32>();
        for (var t = select(0u, params.n_head, is_tail) + lane; t < end; t += N_THREADS) {
            sum = ef_add(sum, trace_sum(t, select(k, 0u, is_tail), eq, eq_sharp));
        }
        sh_partial[lane] = sum;
        for (var half = N_THREADS / 2u; half > 0u; half /= 2u) {
            workgroupBarrier();
            if lane < half {
                sh_partial[lane] = ef_add(sh_partial[lane], sh_partial[lane + half]);
            }
        }
        if lane == 0u {
            sh_values[k + 1u] = sh_partial[0];
        }
        workgroupBarrier();
    }
    let xi_at = (1u + params.n_values - d) * (d + 1u) + 2u * (params.round - 1u);
    let xi = constants[xi_at];
    var tail = vec4<u32>();
    if lane == 0u {
        tail = sh_values[d + 1u];
        if params.round > 1u {
            tail = ef_add(tail, ef_mul(running[3], tape[params.last_challenge]));
        }
        // s(0) + s(1) = s_{j-1}(r_{j-1})
        let rest = ef_sub(ef_sub(running[0], ef_mul(xi, sh_values[1])), tail);
        sh_values[0] = ef_mul(rest, constants[xi_at + 1u]);
        for (var k = 1u; k <= params.n_values; k++) {
            var value = vec4<u32>();
            if k <= d {
                value = sh_values[k];
            } else {
                for (var i = 0u; i <= d; i++) {
                    value = ef_add(value, ef_mul(sh_values[i], constants[(k - d) * (d + 1u) + i]));
                }
            }
            let x = constant(k);
            value = ef_add(ef_mul(eq_at(xi, x), value), ef_mul(tail, x));
            sh_round[k - 1u] = value;
            tape[params.polynomial + k - 1u] = value;
        }
    }
    workgroupBarrier();
    sponge_load(lane);
    for (var first = 0u; first < params.n_values; first += SPONGE_N_WORDS / 4u) {
        let n = min(SPONGE_N_WORDS / 4u, params.n_values - first);
        if lane < n {
            sponge_put_ef(lane, sh_round[first + lane]);
        }
        // The challenge follows the last value.
        sponge_exchange(4u * n, select(0u, 4u, first + n == params.n_values));
    }
    let r = sponge_ef(0u);
    sponge_store();
    if lane == 0u {
        tape[params.challenge] = r;
        let eq_r = eq_at(xi, r);
        running[0] = ef_add(ef_mul(eq_r, interpolate(r)), ef_mul(tail, r));
        running[1] = ef_mul(eq, eq_r);
        running[2] = ef_mul(eq_sharp, eq_r);
        running[3] = tail;
    }
}
