// The sums of one sumcheck round of the fractional sumcheck, a library for kernels of N_THREADS threads. Needs a field
// text before it. Takes 48 bytes of workgroup memory a thread.
//
// A round over m variables sums, over the pairs y in 0..2^(m - 1),
//     weight(y) * g(X, y),   g = (p_0 + lambda q_0) q_1 + p_1 q_0,
// where p_b and q_b are linear in X and element 2 z + b of a layer belongs to p_b(z): those of pair y are the four
// elements from 4 y on. The sum is a polynomial h of degree 2, kept as h(0), h(1) and its leading coefficient.

const EF_ONE: vec4<u32> = vec4<u32>(FP_ONE, 0u, 0u, 0u);

struct Sums {
    at_0: vec4<u32>,
    at_1: vec4<u32>,
    leading: vec4<u32>,
}

var<workgroup> sh_sums: array<vec4<u32>, 3u * N_THREADS>;

fn add_sums(a: Sums, b: Sums) -> Sums {
    return Sums(ef_add(a.at_0, b.at_0), ef_add(a.at_1, b.at_1), ef_add(a.leading, b.leading));
}

// a + r (b - a)
fn fold(a: vec4<u32>, b: vec4<u32>, r: vec4<u32>) -> vec4<u32> {
    return ef_add(a, ef_mul(ef_sub(b, a), r));
}

// The term of one pair, whose elements are p[0..4] and q[0..4].
fn pair_term(p: array<vec4<u32>, 4>, q: array<vec4<u32>, 4>, lambda: vec4<u32>, weight: vec4<u32>) -> Sums {
    let low = ef_add(p[0], ef_mul(lambda, q[0]));
    let high = ef_add(p[2], ef_mul(lambda, q[2]));
    let at_0 = ef_add(ef_mul(low, q[1]), ef_mul(p[1], q[0]));
    let at_1 = ef_add(ef_mul(high, q[3]), ef_mul(p[3], q[2]));
    let leading = ef_add(
        ef_mul(ef_sub(high, low), ef_sub(q[3], q[1])),
        ef_mul(ef_sub(p[3], p[1]), ef_sub(q[2], q[0])),
    );
    return Sums(ef_mul(weight, at_0), ef_mul(weight, at_1), ef_mul(weight, leading));
}

// The sum over the first n_lanes (a power of two) lanes, for all lanes. The others must pass zeros. From all threads,
// in uniform control flow.
fn workgroup_sums(lane: u32, own: Sums, n_lanes: u32) -> Sums {
    sh_sums[lane] = own.at_0;
    sh_sums[N_THREADS + lane] = own.at_1;
    sh_sums[2u * N_THREADS + lane] = own.leading;
    workgroupBarrier();
    for (var half = n_lanes / 2u; half > 0u; half /= 2u) {
        if (lane < half) {
            for (var at = lane; at < 3u * N_THREADS; at += N_THREADS) {
                sh_sums[at] = ef_add(sh_sums[at], sh_sums[at + half]);
            }
        }
        workgroupBarrier();
    }
    let sums = Sums(sh_sums[0], sh_sums[N_THREADS], sh_sums[2u * N_THREADS]);
    // Before the next call writes.
    workgroupBarrier();
    return sums;
}
