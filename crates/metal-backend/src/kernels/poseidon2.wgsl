// Poseidon2 over BabyBear, width 16: the permutation `default_babybear_poseidon2_16` of Plonky3.
//
// The state is four vec4<u32> of elements in Montgomery form, canonical before and after the permutation and in internal rounds. The
// constants come from poseidon2.rs in a uniform buffer, which the kernel declares as `poseidon2_constants`:
// array<vec4<u32>, 89>. Eight vectors for each of the nine external layers, the first of which has no S-boxes before
// it: M^-1 times what is added after the layer, and the high halves of that; zeros where nothing is. Then four to add before the
// fifth external round, and the x of one for each internal round.
//
// The rounds are loops: unrolled, the permutation is 12 % slower on an H200 and takes five times as long to compile.
// The constants are uniform because a storage buffer costs 3 % there and half the speed on lavapipe, and because naga
// copies a constant array into a local variable wherever the index is not a constant.

const FIFTH_ROUND: u32 = 72u;
const INTERNAL_ROUNDS: u32 = 76u;

// x / 2^k. As P = 15 * 2^27 + 1, 1 / 2^k is -15 * 2^(27 - k), which the k bits shifted out are multiplied by.
fn fp_div_exp2(x: u32, k: u32) -> u32 {
    return fp_sub(x >> k, (x & ((1u << k) - 1u)) * (15u << (27u - k)));
}

fn exp7_4(x: vec4<u32>) -> vec4<u32> {
    return vec4<u32>(fp_exp7(x.x), fp_exp7(x.y), fp_exp7(x.z), fp_exp7(x.w));
}

// The matrix circ(2, 3, 1, 1), modulo 2^32.
fn mix_4(x: vec4<u32>) -> vec4<u32> {
    return vec4<u32>(x.x + x.y + x.z + x.w) + x + 2u * x.yzwx;
}

// The matrix circ(2 M, M, M, M) with M = circ(2, 3, 1, 1) times the state, plus the constants of external layer `layer`. Words
// come out up to 1.02 P, which fp_exp7 takes.
//
// A word is the sum of 42 words, of which we know the low 32 bits and, almost, what is above the low 16: enough for its
// quotient by P, or one less if the remainder is small.
fn external_layer(state: ptr<function, array<vec4<u32>, 4>>, layer: u32) {
    let low_columns = (*state)[0] + (*state)[1] + (*state)[2] + (*state)[3];
    let high_columns = high_half((*state)[0]) + high_half((*state)[1]) + high_half((*state)[2]) + high_half((*state)[3]);
    for (var i = 0u; i < 4u; i++) {
        let constants = 8u * layer + i;
        let low = mix_4((*state)[i] + low_columns + poseidon2_constants[constants]);
        let high = mix_4(high_half((*state)[i]) + high_columns + poseidon2_constants[constants + 4u]);
        // 2184 / 2^26 is just below 2^16 / P.
        (*state)[i] = low - ((high * 2184u) >> vec4<u32>(26u)) * P;
    }
}

fn high_half(x: vec4<u32>) -> vec4<u32> {
    return x >> vec4<u32>(16u);
}

// S-boxes and layer of an external round; the constants of the next one are in the layer.
fn external_round(state: ptr<function, array<vec4<u32>, 4>>, round: u32) {
    for (var i = 0u; i < 4u; i++) {
        (*state)[i] = exp7_4((*state)[i]);
    }
    external_layer(state, round + 1u);
}

fn make_canonical(state: ptr<function, array<vec4<u32>, 4>>) {
    for (var i = 0u; i < 4u; i++) {
        (*state)[i] = min((*state)[i], (*state)[i] - vec4<u32>(P));
    }
}

// The matrix 1 + diag(-2, 1, 2, 1/2, 3, 4, -1/2, -3, -4, 1/2^8, 1/4, 1/8, 1/2^27, -1/2^8, -1/16, -1/2^27).
fn internal_round(state: ptr<function, array<vec4<u32>, 4>>, round: u32) {
    let a = vec4<u32>(fp_exp7(fp_add((*state)[0].x, poseidon2_constants[INTERNAL_ROUNDS + round].x)), (*state)[0].yzw);
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
    external_layer(state, 0u);
    for (var round = 0u; round < 4u; round++) {
        external_round(state, round);
    }
    make_canonical(state);
    for (var round = 0u; round < 13u; round++) {
        internal_round(state, round);
    }
    // No layer comes before this round.
    for (var i = 0u; i < 4u; i++) {
        (*state)[i] = ef_add((*state)[i], poseidon2_constants[FIFTH_ROUND + i]);
    }
    for (var round = 4u; round < 8u; round++) {
        external_round(state, round);
    }
    make_canonical(state);
}
