// The weights of sumcheck.wgsl as W[j] = eq(u, j), after n_fixed variables have been fixed to challenges. Of a variable
// with the coordinate u_i, a challenge r leaves
//
//     (1 - r) (1 - u_i) + (2r - 1) u_i = (1 - r) - 2 u_i + 3 r u_i
//
// as a factor, and eq at the other coordinates. Only a fold that is the last one writes weights.
//
// weights_in has the first n_coordinates coordinates of u; the lower tables: for n from log_low - n_coordinates to
// log_low - 1, eq at the n coordinates before number log_low; the upper table: eq at the coordinates from number log_low
// on.

// eq at the coordinates from number `first` on, which is 1 to n_coordinates.
fn eq_from(first: u32, j: u32) -> vec4<u32> {
    let n = params.log_low - first;
    // The lower table of n coordinates begins 2^n after this, which may be below zero and has wrapped around then.
    let begin = params.n_coordinates - (1u << (params.log_low - params.n_coordinates));
    let low = weights_in[begin + (1u << n) + (j & ((1u << n) - 1u))];
    return ef_mul(low, weights_in[begin + (1u << params.log_low) + (j >> n)]);
}

// What the challenges have left.
fn fixed_factor() -> vec4<u32> {
    var product = vec4<u32>(FP_ONE, 0u, 0u, 0u);
    for (var i = 0u; i < params.n_fixed; i++) {
        let u = weights_in[i];
        let r = tape[(params.challenge_place + i * params.challenge_stride) / 4u];
        let r_u = ef_mul(r, u);
        let without_u = ef_sub(vec4<u32>(FP_ONE, 0u, 0u, 0u), r);
        let with_u = ef_add(ef_sub(r_u, u), ef_sub(r_u, u));
        product = ef_mul(product, ef_add(ef_add(without_u, r_u), with_u));
    }
    return product;
}

fn pair_weights(j: u32) -> AtOneAndTwo {
    let eq = eq_from(params.n_fixed + 1u, j);
    return AtOneAndTwo(eq, eq);
}

// The factor, times the round's variable's at 1 and 2: u and 4u - 1.
fn scaled(sums: AtOneAndTwo) -> AtOneAndTwo {
    let u = weights_in[params.n_fixed];
    let two_u = ef_add(u, u);
    let at_2 = ef_sub(ef_add(two_u, two_u), vec4<u32>(FP_ONE, 0u, 0u, 0u));
    let factor = fixed_factor();
    return AtOneAndTwo(ef_mul(sums.at_1, ef_mul(factor, u)), ef_mul(sums.at_2, ef_mul(factor, at_2)));
}

fn keep_weights(first: u32, step: u32, len: u32) {
    let factor = fixed_factor();
    for (var j = first; j < len; j += step) {
        weights_out[j] = ef_mul(factor, eq_from(params.n_fixed, j));
    }
}
