// Products and their reduction with 64-bit integers. A product before reduction is a u64. `field_u32.wgsl` defines the
// same functions without 64-bit integers, and `field.wgsl` builds the field on either.

// A product before reduction; four of them can be added up.
fn wide_mul(a: u32, b: u32) -> u64 {
    return u64(a) * u64(b);
}

// The high word of a * b.
fn mul_high(a: u32, b: u32) -> u32 {
    return u32(wide_mul(a, b) >> 32u);
}

// value / R mod P, for value < P * R: the product of a canonical factor and any word.
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
