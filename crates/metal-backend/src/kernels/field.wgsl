// BabyBear and its extension of degree 4, on top of `field_u64.wgsl` or `field_u32.wgsl`, which multiply.
//
// A base element is a u32 in [0, P) in Montgomery form with R = 2^32: the bits Plonky3 keeps in memory. An
// extension element is a vec4<u32>, the coefficients of 1, x, x^2, x^3 with x^4 = 11. Arguments and results are
// canonical everywhere, but for those of the `wide` functions, where it says so, and one factor of fp_mul, which may be
// any word.

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

fn fp_mul(a: u32, b: u32) -> u32 {
    return wide_reduce(wide_mul(a, b));
}

// x * w in [0, P) for any word x, w < P not in Montgomery form, and quotient = floor(w * 2^32 / P) (Shoup). It costs
// less than fp_mul where the second factor is known in advance.
fn fp_mul_fixed(x: u32, w: u32, quotient: u32) -> u32 {
    let product = x * w - mul_high(x, quotient) * P;
    return min(product, product - P);
}

// a^6, in two factors whose product is less than P * R; a may be up to 1.06 P. Only the factor that would grow out of
// 32 bits is made canonical: in units of P, the second power is below 1.6, the fourth below 2.1 and then 1.1, the third
// below 1.8, and the seventh power before its last reduction below 0.92.
fn fp_exp7_factors(a: u32) -> vec2<u32> {
    let a2 = wide_reduce_lazy(wide_mul(a, a));
    let a3 = wide_reduce_lazy(wide_mul(a2, a));
    let a4 = wide_reduce_lazy(wide_mul(a2, a2));
    return vec2<u32>(a3, min(a4, a4 - P));
}

// a^7, where a may be up to 1.06 P.
fn fp_exp7(a: u32) -> u32 {
    let factors = fp_exp7_factors(a);
    let a7 = wide_reduce_lazy(wide_mul(factors.x, factors.y));
    return min(a7, a7 - P);
}

fn ef_add(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
    let sum = a + b;
    return min(sum, sum - vec4<u32>(P));
}

fn ef_sub(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
    let difference = a - b;
    return min(difference, difference + vec4<u32>(P));
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
