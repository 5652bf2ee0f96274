// What a sumcheck round observes, a library for kernels that carry the transcript on. Needs sums.wgsl before it.
//
// With the factor `prefix` = prod_(k < i) eq(xi_k, r_k) of the rounds before, the polynomial of round i is
// s(X) = prefix eq(xi_i, X) h(X), where eq(xi, X) = (1 - xi) (1 - X) + xi X. This takes no division, so that it is right
// for every xi.

struct Round {
    // s(1), s(2), s(3)
    evals: array<vec4<u32>, 3>,
    // prefix * xi_i
    prefix_xi: vec4<u32>,
}

fn ef_double(a: vec4<u32>) -> vec4<u32> {
    return ef_add(a, a);
}

fn round_evals(prefix: vec4<u32>, xi: vec4<u32>, h: Sums) -> Round {
    // h(2) = 2 h(1) - h(0) + 2 leading, h(3) = 3 h(1) - 2 h(0) + 6 leading
    let slope = ef_sub(h.at_1, h.at_0);
    let leading_2 = ef_double(h.leading);
    let h_2 = ef_add(ef_add(h.at_1, slope), leading_2);
    let h_3 = ef_add(ef_add(h.at_1, ef_double(slope)), ef_add(ef_double(leading_2), leading_2));
    // prefix eq(xi, X) = (1 - X) prefix + (2 X - 1) prefix xi
    let eq_1 = ef_mul(prefix, xi);
    let eq_2 = ef_sub(ef_add(ef_double(eq_1), eq_1), prefix);
    let eq_3 = ef_add(eq_2, ef_sub(ef_double(eq_1), prefix));
    return Round(array<vec4<u32>, 3>(ef_mul(eq_1, h.at_1), ef_mul(eq_2, h_2), ef_mul(eq_3, h_3)), eq_1);
}

// prefix * eq(xi_i, r)
fn next_prefix(prefix: vec4<u32>, prefix_xi: vec4<u32>, r: vec4<u32>) -> vec4<u32> {
    let at_0 = ef_sub(prefix, prefix_xi);
    return fold(at_0, prefix_xi, r);
}
