// Poseidon2 over BabyBear, width 16: the permutation `default_babybear_poseidon2_16` of Plonky3.
//
// The state is four vec4<u32> of canonical elements in Montgomery form, and canonical between any two steps. The
// round constants come from poseidon2.rs in a uniform buffer, which the kernel declares as `poseidon2_constants`:
// array<vec4<u32>, 45>, four vectors for each of the eight external rounds, then the x of one for each internal round.
//
// The rounds are loops: unrolled, the permutation is 12 % slower on an H200 and takes five times as long to compile.
// The constants are uniform because a storage buffer costs 3 % there and half the speed on lavapipe, and because naga
// copies a constant array into a local variable wherever the index is not a constant.

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
    return vec4<u32>(
        fp_add(all_y, low),
        fp_add(all_y, fp_double(x.z)),
        fp_add(all_w, high),
        fp_add(all_w, fp_double(x.x)),
    );
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
        (*state)[i] = exp7_4(ef_add((*state)[i], poseidon2_constants[4u * round + i]));
    }
    external_layer(state);
}

// The matrix 1 + diag(-2, 1, 2, 1/2, 3, 4, -1/2, -3, -4, 1/2^8, 1/4, 1/8, 1/2^27, -1/2^8, -1/16, -1/2^27).
fn internal_round(state: ptr<function, array<vec4<u32>, 4>>, round: u32) {
    let a = vec4<u32>(fp_exp7(fp_add((*state)[0].x, poseidon2_constants[32u + round].x)), (*state)[0].yzw);
    let b = (*state)[1];
    let c = (*state)[2];
    let d = (*state)[3];
    let sum = fp_sum_16(a, b, c, d);
    (*state)[0] = vec4<u32>(
        fp_sub(sum, fp_double(a.x)),
        fp_add(sum, a.y),
        fp_add(sum, fp_double(a.z)),
        fp_add(sum, fp_halve(a.w)),
    );
    (*state)[1] = vec4<u32>(
        fp_add(sum, fp_add(fp_double(b.x), b.x)),
        fp_add(sum, fp_double(fp_double(b.y))),
        fp_sub(sum, fp_halve(b.z)),
        fp_sub(sum, fp_add(fp_double(b.w), b.w)),
    );
    (*state)[2] = vec4<u32>(
        fp_sub(sum, fp_double(fp_double(c.x))),
        fp_add(sum, fp_div_exp2(c.y, 8u)),
        fp_add(sum, fp_div_exp2(c.z, 2u)),
        fp_add(sum, fp_div_exp2(c.w, 3u)),
    );
    (*state)[3] = vec4<u32>(
        fp_add(sum, fp_div_exp2(d.x, 27u)),
        fp_sub(sum, fp_div_exp2(d.y, 8u)),
        fp_sub(sum, fp_div_exp2(d.z, 4u)),
        fp_sub(sum, fp_div_exp2(d.w, 27u)),
    );
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
