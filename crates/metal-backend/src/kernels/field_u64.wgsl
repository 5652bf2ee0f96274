// BabyBear and its extension of degree 4, for adapters with 64-bit integers.
//
// A base element is a u32 in [0, P) in Montgomery form with R = 2^32: the bits Plonky3 keeps in memory. An
// extension element is a vec4<u32>, the coefficients of 1, x, x^2, x^3 with x^4 = 11. Arguments and results are
// canonical everywhere. `field_u32.wgsl` defines the same functions without 64-bit integers.

const P: u32 = 0x78000001u;
// 1 / P mod 2^32
const P_INVERSE: u32 = 0x88000001u;
const FP_ONE: u32 = 0x0ffffffeu;
// 11, the value of x^4
const EF_W: u32 = 0x37ffffe9u;

// One of the two candidates has wrapped around 2^32, so the smaller one is canonical.
fn fp_add(a: u32, b: u32) -> u32 {
    let sum = a + b;
    return min(sum, sum - P);
}

fn fp_sub(a: u32, b: u32) -> u32 {
    let difference = a - b;
    return min(difference, difference + P);
}

fn fp_neg(a: u32) -> u32 {
    return fp_sub(0u, a);
}

fn fp_double(a: u32) -> u32 {
    return fp_add(a, a);
}

// a / 2
fn fp_halve(a: u32) -> u32 {
    return (a >> 1u) + (a & 1u) * ((P + 1u) / 2u);
}

// A product before reduction; four of them can be added up.
fn wide_mul(a: u32, b: u32) -> u64 {
    return u64(a) * u64(b);
}

// The high word of a * b.
fn mul_high(a: u32, b: u32) -> u32 {
    return u32(wide_mul(a, b) >> 32u);
}

// value / R mod P, for value < P * R.
fn wide_reduce(value: u64) -> u32 {
    let quotient = u32(value) * P_INVERSE;
    return fp_sub(u32(value >> 32u), u32((u64(quotient) * u64(P)) >> 32u));
}

// value / R mod P, for a sum of up to four products: value < 4 P^2 < 2 P * R.
fn wide_reduce_sum(value: u64) -> u32 {
    let quotient = u32(value) * P_INVERSE;
    let high = u32(value >> 32u);
    return fp_sub(min(high, high - P), u32((u64(quotient) * u64(P)) >> 32u));
}

// value / R mod P, between value / R and value / R + P, which must fit in 32 bits.
fn wide_reduce_lazy(value: u64) -> u32 {
    let quotient = u32(value) * (0u - P_INVERSE);
    return u32((value + u64(quotient) * u64(P)) >> 32u);
}

fn fp_mul(a: u32, b: u32) -> u32 {
    return wide_reduce(wide_mul(a, b));
}

// a^7
fn fp_exp7(a: u32) -> u32 {
    let a2 = fp_mul(a, a);
    return fp_mul(fp_mul(a2, a), fp_mul(a2, a2));
}

// The sum of sixteen elements. Its bits from 2^32 on, at most 7, are folded in as multiples of 2^32 mod P = FP_ONE.
fn fp_sum_16(a: vec4<u32>, b: vec4<u32>, c: vec4<u32>, d: vec4<u32>) -> u32 {
    let low = vec4<u64>(a + b);
    let high = vec4<u64>(c + d);
    let sum = low.x + low.y + low.z + low.w + high.x + high.y + high.z + high.w;
    let word = min(u32(sum), u32(sum) - P);
    let folded = min(word, word - P) + u32(sum >> 32u) * FP_ONE;
    return min(folded, folded - P);
}

fn ef_add(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
    let sum = a + b;
    return min(sum, sum - vec4<u32>(P));
}

fn ef_sub(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
    let difference = a - b;
    return min(difference, difference + vec4<u32>(P));
}

fn inner_product(a: vec4<u32>, b: vec4<u32>) -> u32 {
    return wide_reduce_sum(wide_mul(a.x, b.x) + wide_mul(a.y, b.y) + wide_mul(a.z, b.z) + wide_mul(a.w, b.w));
}

// 19 products and 7 reductions: 11 b first, then each coefficient is one sum of four products.
fn ef_mul(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
    let w = vec4<u32>(0u, fp_mul(b.y, EF_W), fp_mul(b.z, EF_W), fp_mul(b.w, EF_W));
    return vec4<u32>(
        inner_product(a, vec4<u32>(b.x, w.w, w.z, w.y)),
        inner_product(a, vec4<u32>(b.y, b.x, w.w, w.z)),
        inner_product(a, vec4<u32>(b.z, b.y, b.x, w.w)),
        inner_product(a, b.wzyx),
    );
}

// a * b for b in the base field
fn ef_mul_fp(a: vec4<u32>, b: u32) -> vec4<u32> {
    return vec4<u32>(fp_mul(a.x, b), fp_mul(a.y, b), fp_mul(a.z, b), fp_mul(a.w, b));
}
