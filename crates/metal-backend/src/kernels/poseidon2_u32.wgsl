// Poseidon2 over BabyBear, width 16: the permutation `default_babybear_poseidon2_16` of Plonky3. Needs a field text
// and the constants of poseidon2.rs before it. Values are canonical at every step. `poseidon2_u64.wgsl` is the faster
// form for adapters with 64-bit integers.

// x / 2^k. As P = 15 * 2^27 + 1, 1 / 2^k is -15 * 2^(27 - k), which the k bits shifted out are multiplied by.
fn fp_div_exp2(x: u32, k: u32) -> u32 {
    return fp_sub(x >> k, (x & ((1u << k) - 1u)) * (15u << (27u - k)));
}

fn exp7_4(x: vec4<u32>) -> vec4<u32> {
    return vec4<u32>(fp_exp7(x.x), fp_exp7(x.y), fp_exp7(x.z), fp_exp7(x.w));
}

// The matrix circ(2, 3, 1, 1).
fn mix_4(x: vec4<u32>) -> vec4<u32> {
    let low = fp_add(x.x, x.y);
    let high = fp_add(x.z, x.w);
    let all = fp_add(low, high);
    let all_y = fp_add(all, x.y);
    let all_w = fp_add(all, x.w);
    return vec4<u32>(fp_add(all_y, low), fp_add(all_y, fp_double(x.z)), fp_add(all_w, high), fp_add(all_w, fp_double(x.x)));
}

// The additions of extension elements serve for any four base elements.
fn external_layer(state: ptr<function, array<vec4<u32>, 4>>) {
    for (var i = 0u; i < 4u; i++) {
        (*state)[i] = mix_4((*state)[i]);
    }
    let sum = ef_add(ef_add((*state)[0], (*state)[1]), ef_add((*state)[2], (*state)[3]));
    for (var i = 0u; i < 4u; i++) {
        (*state)[i] = ef_add((*state)[i], sum);
    }
}

fn external_round(state: ptr<function, array<vec4<u32>, 4>>, round: u32) {
    for (var i = 0u; i < 4u; i++) {
        (*state)[i] = exp7_4(ef_add((*state)[i], POSEIDON2_EXTERNAL[4u * round + i]));
    }
    external_layer(state);
}

// The matrix 1 + diag(-2, 1, 2, 1/2, 3, 4, -1/2, -3, -4, 1/2^8, 1/4, 1/8, 1/2^27, -1/2^8, -1/16, -1/2^27).
fn internal_round(state: ptr<function, array<vec4<u32>, 4>>, round: u32) {
    let a = vec4<u32>(fp_exp7(fp_add((*state)[0].x, POSEIDON2_INTERNAL[round])), (*state)[0].yzw);
    let b = (*state)[1];
    let c = (*state)[2];
    let d = (*state)[3];
    let sums = ef_add(ef_add(a, b), ef_add(c, d));
    let sum = vec4<u32>(fp_add(fp_add(sums.x, sums.y), fp_add(sums.z, sums.w)));
    // The elements with a positive factor, and those with a negative one.
    let b2 = ef_add(b, b);
    let a_y = vec4<u32>(a.y, fp_double(a.z), fp_halve(a.w), fp_add(b2.x, b.x));
    let b_y = vec4<u32>(fp_double(b2.y), fp_div_exp2(c.y, 8u), fp_div_exp2(c.z, 2u), fp_div_exp2(c.w, 3u));
    let minus_a = vec4<u32>(fp_double(a.x), fp_halve(b.z), fp_add(b2.w, b.w), fp_double(fp_double(c.x)));
    let minus_d = vec4<u32>(fp_neg(fp_div_exp2(d.x, 27u)), fp_div_exp2(d.y, 8u), fp_div_exp2(d.z, 4u), fp_div_exp2(d.w, 27u));
    let e = ef_add(sum, a_y);
    let f = ef_add(sum, b_y);
    let g = ef_sub(sum, minus_a);
    (*state)[0] = vec4<u32>(g.x, e.xyz);
    (*state)[1] = vec4<u32>(e.w, f.x, g.yz);
    (*state)[2] = vec4<u32>(g.w, f.yzw);
    (*state)[3] = ef_sub(sum, minus_d);
}

fn poseidon2(state: ptr<function, array<vec4<u32>, 4>>) {
    external_layer(state);
    for (var round = 0u; round < 4u; round++) {
        external_round(state, round);
    }
    for (var round = 0u; round < 13u; round++) {
        internal_round(state, round);
    }
    for (var round = 4u; round < 8u; round++) {
        external_round(state, round);
    }
}
