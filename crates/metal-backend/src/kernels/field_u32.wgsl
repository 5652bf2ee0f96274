// Products and their reduction without 64-bit integers. A product before reduction is a vec2<u32>, low word first.
// `field_u64.wgsl` defines the same functions with 64-bit integers, and `field.wgsl` builds the field on either.

alias Wide = vec2<u32>;

fn wide_low(value: vec2<u32>) -> u32 {
    return value.x;
}

fn wide_high(value: vec2<u32>) -> u32 {
    return value.y;
}

// a * R
fn wide_from_high(a: u32) -> vec2<u32> {
    return vec2<u32>(0u, a);
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

// The same modulo P * R, and less than that, for value < 2 P * R.
fn wide_fold(value: vec2<u32>) -> vec2<u32> {
    return vec2<u32>(value.x, min(value.y, value.y - P));
}

// The high word of (low / P mod 2^32) * P, with P = 0x7800 * 2^16 + 1: what reduction takes from the high word.
fn reduction_term(low: u32) -> u32 {
    let quotient = low * P_INVERSE;
    let high = quotient >> 16u;
    return high * 0x7800u + (((quotient & 0xffffu) * 0x7800u + high) >> 16u);
}

// value / R mod P, for value < P * R: the product of a canonical factor and any word.
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
