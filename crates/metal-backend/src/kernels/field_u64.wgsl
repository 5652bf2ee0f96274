// Products and their reduction with 64-bit integers. A product before reduction is a u64. `field_u32.wgsl` defines the
// same functions without 64-bit integers, and `field.wgsl` builds the field on either.

alias Wide = u64;

fn wide_low(value: u64) -> u32 {
    return u32(value);
}

fn wide_high(value: u64) -> u32 {
    return u32(value >> 32u);
}

// a * R
fn wide_from_high(a: u32) -> u64 {
    return u64(a) << 32u;
}

// A product before reduction; four of them can be added up.
fn wide_mul(a: u32, b: u32) -> u64 {
    return u64(a) * u64(b);
}

// The high word of a * b.
fn mul_high(a: u32, b: u32) -> u32 {
    return u32(wide_mul(a, b) >> 32u);
}

fn wide_add(a: u64, b: u64) -> u64 {
    return a + b;
}

// The same modulo P * R, and less than that, for value < 2 P * R.
fn wide_fold(value: u64) -> u64 {
    let high = wide_high(value);
    return (u64(min(high, high - P)) << 32u) | u64(wide_low(value));
}

// The high word of (low / P mod 2^32) * P: what reduction takes from the high word.
fn reduction_term(low: u32) -> u32 {
    return mul_high(low * P_INVERSE, P);
}

// value / R mod P, for value < P * R: the product of a canonical factor and any word.
fn wide_reduce(value: u64) -> u32 {
    return fp_sub(wide_high(value), reduction_term(wide_low(value)));
}

// value / R mod P, for a sum of up to four products: value < 4 P^2 < 2 P * R.
fn wide_reduce_sum(value: u64) -> u32 {
    let high = wide_high(value);
    return fp_sub(min(high, high - P), reduction_term(wide_low(value)));
}

// value / R mod P, between value / R and value / R + P, which must fit in 32 bits.
fn wide_reduce_lazy(value: u64) -> u32 {
    let quotient = u32(value) * (0u - P_INVERSE);
    return u32((value + u64(quotient) * u64(P)) >> 32u);
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

fn inner_product(a: vec4<u32>, b: vec4<u32>) -> u32 {
    return wide_reduce_sum(wide_mul(a.x, b.x) + wide_mul(a.y, b.y) + wide_mul(a.z, b.z) + wide_mul(a.w, b.w));
}
