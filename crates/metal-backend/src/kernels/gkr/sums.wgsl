// The sums of the fractional sumcheck's rounds, a library for kernels of N_THREADS threads. Needs a field text and one
// of numerators before it. Takes 48 bytes of workgroup memory a thread.
//
// A round over m variables sums, over the points y of 0..2^(m - 1),
//     weight(y) * g(X, y),   g = (p_0 + lambda q_0) q_1 + p_1 q_0,
// where p_b and q_b are linear in X and element 2 z + b of a layer belongs to p_b(z): those of y are the four
// elements from 4 y on. The sum is a polynomial h of degree 2, kept as h(0), h(1) and its leading coefficient.

const EF_ONE: vec4<u32> = vec4<u32>(FP_ONE, 0u, 0u, 0u);

struct Sums {
    at_0: vec4<u32>,
    at_1: vec4<u32>,
    leading: vec4<u32>,
}

// What g is made of at one point, or, of two points, the difference.
struct Factors {
    // p_0 + lambda q_0
    joined: vec4<u32>,
    q_1: vec4<u32>,
    p_1: Numerator,
    q_0: vec4<u32>,
}

var<workgroup> sh_sums: array<vec4<u32>, 3u * N_THREADS>;

fn add_sums(a: Sums, b: Sums) -> Sums {
    return Sums(ef_add(a.at_0, b.at_0), ef_add(a.at_1, b.at_1), ef_add(a.leading, b.leading));
}

// a + r (b - a)
fn fold(a: vec4<u32>, b: vec4<u32>, r: vec4<u32>) -> vec4<u32> {
    return ef_add(a, ef_mul(ef_sub(b, a), r));
}

fn factors(p_0: Numerator, p_1: Numerator, q_0: vec4<u32>, q_1: vec4<u32>, lambda: vec4<u32>) -> Factors {
    return Factors(numerator_add_ef(p_0, ef_mul(lambda, q_0)), q_1, p_1, q_0);
}

fn sub_factors(a: Factors, b: Factors) -> Factors {
    return Factors(ef_sub(a.joined, b.joined), ef_sub(a.q_1, b.q_1), numerator_sub(a.p_1, b.p_1), ef_sub(a.q_0, b.q_0));
}

fn product(f: Factors) -> vec4<u32> {
    return ef_add(ef_mul(f.joined, f.q_1), numerator_mul_ef(f.p_1, f.q_0));
}

// The term of one y, from the factors for X = 0 and 1.
fn weighted_term(at_0: Factors, at_1: Factors, weight: vec4<u32>) -> Sums {
    return Sums(
        ef_mul(weight, product(at_0)),
        ef_mul(weight, product(at_1)),
        ef_mul(weight, product(sub_factors(at_1, at_0))),
    );
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
