// BabyBear and its extension of degree 4, for adapters without 64-bit integers.
//
// A base element is a u32 in [0, P) in Montgomery form with R = 2^32: the bits Plonky3 keeps in memory. An
// extension element is a vec4<u32>, the coefficients of 1, x, x^2, x^3 with x^4 = 11. Arguments and results are
// canonical everywhere. `field_u64.wgsl` defines the same functions; a product before reduction, which is a u64
// there, is a vec2<u32> here, low word first.

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
fn wide_mul(a: u32, b: u32) -> vec2<u32> {
    let a_low = a & 0xffffu;
    let a_high = a >> 16u;
    let b_low = b & 0xffffu;
    let b_high = b >> 16u;
    let middle = a_high * b_low + ((a_low * b_low) >> 16u);
    let middle_2 = a_low * b_high + (middle & 0xffffu);
    return vec2<u32>(a * b, a_high * b_high + (middle >> 16u) + (middle_2 >> 16u));
}

// The high word of a * b.
fn mul_high(a: u32, b: u32) -> u32 {
    return wide_mul(a, b).y;
}

fn wide_add(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
    let low = a.x + b.x;
    return vec2<u32>(low, a.y + b.y + u32(low < a.x));
}

// The high word of (low / P mod 2^32) * P, with P = 0x7800 * 2^16 + 1: what reduction takes from the high word.
fn reduction_term(low: u32) -> u32 {
    let quotient = low * P_INVERSE;
    let high = quotient >> 16u;
    return high * 0x7800u + (((quotient & 0xffffu) * 0x7800u + high) >> 16u);
}

// value / R mod P, for value < P * R.
fn wide_reduce(value: vec2<u32>) -> u32 {
    return fp_sub(value.y, reduction_term(value.x));
}

// value / R mod P, for a sum of up to four products: value < 4 P^2 < 2 P * R.
fn wide_reduce_sum(value: vec2<u32>) -> u32 {
    return fp_sub(min(value.y, value.y - P), reduction_term(value.x));
}

// value / R mod P, between value / R and value / R + P, which must fit in 32 bits.
fn wide_reduce_lazy(value: vec2<u32>) -> u32 {
    return value.y + P - reduction_term(value.x);
}

fn fp_mul(a: u32, b: u32) -> u32 {
    return wide_reduce(wide_mul(a, b));
}

// a^7
fn fp_exp7(a: u32) -> u32 {
    let a2 = fp_mul(a, a);
    return fp_mul(fp_mul(a2, a), fp_mul(a2, a2));
}

fn ef_add(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
    let sum = a + b;
    return min(sum, sum - vec4<u32>(P));
}

fn ef_sub(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
    let difference = a - b;
    return min(difference, difference + vec4<u32>(P));
}

// The sum of sixteen elements.
fn fp_sum_16(a: vec4<u32>, b: vec4<u32>, c: vec4<u32>, d: vec4<u32>) -> u32 {
    let sums = ef_add(ef_add(a, b), ef_add(c, d));
    return fp_add(fp_add(sums.x, sums.y), fp_add(sums.z, sums.w));
}

fn inner_product(a: vec4<u32>, b: vec4<u32>) -> u32 {
    let low_half = wide_add(wide_mul(a.x, b.x), wide_mul(a.y, b.y));
    let high_half = wide_add(wide_mul(a.z, b.z), wide_mul(a.w, b.w));
    return wide_reduce_sum(wide_add(low_half, high_half));
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
