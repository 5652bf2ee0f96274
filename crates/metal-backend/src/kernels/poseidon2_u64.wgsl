// Poseidon2 over BabyBear, width 16: the permutation `default_babybear_poseidon2_16` of Plonky3. Needs field_u64
// and the constants of poseidon2.rs before it. `poseidon2_u32.wgsl` is the form without 64-bit integers.
//
// Nothing is brought back to [0, P) on the way. A reduction divides by R; instead of multiplying by R again, the
// state carries a known factor that changes from step to step. The constants are multiplied by it beforehand, and
// it is 1 again at the end. So a layer is a sum in 64 bits and one reduction, and no step needs a comparison.

const MINUS_P: i64 = -2013265921li;
// Added before a reduction, it adds P to the result.
const P_TIMES_R: i64 = 8646911288846319616li;

// value / R mod P, at most P / 2 away from value / R. The product low / P mod R is two shifts and additions, which
// do not compete with the multiplications.
fn reduce_signed(value: i64) -> i32 {
    let low = u32(value);
    let quotient = low + (low << 27u) + (low << 31u);
    return i32((value + i64(bitcast<i32>(quotient)) * MINUS_P) >> 32u);
}

// value / R mod P, between value / R and value / R + P; value < 2^64 - P * R.
fn reduce_unsigned(value: u64) -> u32 {
    let quotient = u32(value) * (0u - P_INVERSE);
    return u32((value + u64(quotient) * u64(P)) >> 32u);
}

fn reduce_signed_4(value: vec4<u64>) -> vec4<u32> {
    let v = vec4<i64>(value);
    return bitcast<vec4<u32>>(vec4<i32>(reduce_signed(v.x), reduce_signed(v.y), reduce_signed(v.z), reduce_signed(v.w)));
}

fn reduce_unsigned_4(v: vec4<u64>) -> vec4<u32> {
    return vec4<u32>(reduce_unsigned(v.x), reduce_unsigned(v.y), reduce_unsigned(v.z), reduce_unsigned(v.w));
}

// x^7 in (0, 2 P) for every x in [-2^31, 2^31): the powers stay in that range, and the last one within P.
fn exp7_signed(x: u32) -> u32 {
    let x1 = i64(bitcast<i32>(x));
    let x2 = i64(reduce_signed(x1 * x1));
    let x3 = i64(reduce_signed(x2 * x1));
    let x4 = i64(reduce_signed(x2 * x2));
    return bitcast<u32>(reduce_signed(x3 * x4 + P_TIMES_R));
}

fn exp7_signed_4(x: vec4<u32>) -> vec4<u32> {
    return vec4<u32>(exp7_signed(x.x), exp7_signed(x.y), exp7_signed(x.z), exp7_signed(x.w));
}

// The matrix circ(2, 3, 1, 1).
fn mix_4(x: vec4<u32>) -> vec4<u64> {
    let v = vec4<u64>(x);
    let low = v.x + v.y;
    let high = v.z + v.w;
    let all = low + high;
    let all_y = all + v.y;
    let all_w = all + v.w;
    return vec4<u64>(all_y + low, all_y + v.z + v.z, all_w + high, all_w + v.x + v.x);
}

// From [0, 2^32) to [-P / 2, P / 2 + 40).
fn external_layer(state: ptr<function, array<vec4<u32>, 4>>, layer: u32) {
    let a = mix_4((*state)[0]);
    let b = mix_4((*state)[1]);
    let c = mix_4((*state)[2]);
    let d = mix_4((*state)[3]);
    let sum = a + b + c + d;
    (*state)[0] = reduce_signed_4(a + sum + vec4<u64>(POSEIDON2_EXTERNAL[4u * layer]));
    (*state)[1] = reduce_signed_4(b + sum + vec4<u64>(POSEIDON2_EXTERNAL[4u * layer + 1u]));
    (*state)[2] = reduce_signed_4(c + sum + vec4<u64>(POSEIDON2_EXTERNAL[4u * layer + 2u]));
    (*state)[3] = reduce_signed_4(d + sum + vec4<u64>(POSEIDON2_EXTERNAL[4u * layer + 3u]));
}

fn external_round(state: ptr<function, array<vec4<u32>, 4>>, layer: u32) {
    for (var i = 0u; i < 4u; i++) {
        (*state)[i] = exp7_signed_4((*state)[i]);
    }
    external_layer(state, layer);
}

// All elements but the first stay in [0, 2 P); the first, too, after the first round's S-box.
fn internal_round(state: ptr<function, array<vec4<u32>, 4>>, round: u32) {
    let constants = POSEIDON2_INTERNAL[round];
    (*state)[0].x = reduce_unsigned(u64(exp7_signed((*state)[0].x - P)) * u64(constants.x));
    let pairs = vec4<u64>((*state)[0]) + vec4<u64>((*state)[1]) + vec4<u64>((*state)[2]) + vec4<u64>((*state)[3]);
    let sum = reduce_unsigned(pairs.x + pairs.y + pairs.z + pairs.w);
    let scaled_sum = vec4<u64>(u64(reduce_unsigned(u64(sum) * u64(POSEIDON2_SUM_FACTOR))));
    let first = vec4<u64>(u64(constants.y), 0lu, 0lu, 0lu);
    (*state)[0] = reduce_unsigned_4(vec4<u64>((*state)[0]) * vec4<u64>(POSEIDON2_DIAGONAL[0]) + scaled_sum + first);
    (*state)[1] = reduce_unsigned_4(vec4<u64>((*state)[1]) * vec4<u64>(POSEIDON2_DIAGONAL[1]) + scaled_sum);
    (*state)[2] = reduce_unsigned_4(vec4<u64>((*state)[2]) * vec4<u64>(POSEIDON2_DIAGONAL[2]) + scaled_sum);
    (*state)[3] = reduce_unsigned_4(vec4<u64>((*state)[3]) * vec4<u64>(POSEIDON2_DIAGONAL[3]) + scaled_sum);
}

fn poseidon2(state: ptr<function, array<vec4<u32>, 4>>) {
    external_layer(state, 0u);
    for (var round = 0u; round < 4u; round++) {
        external_round(state, round + 1u);
    }
    for (var i = 0u; i < 4u; i++) {
        (*state)[i] += vec4<u32>(P);
    }
    for (var round = 0u; round < 13u; round++) {
        internal_round(state, round);
    }
    for (var i = 0u; i < 4u; i++) {
        (*state)[i] -= vec4<u32>(P);
    }
    for (var round = 0u; round < 4u; round++) {
        external_round(state, round + 5u);
    }
    for (var i = 0u; i < 4u; i++) {
        // Within [-P / 2, P / 2 + 40), so that the smaller of the two is canonical.
        (*state)[i] = min((*state)[i], (*state)[i] + vec4<u32>(P));
    }
}
