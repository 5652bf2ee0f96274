// 1 / a, and 0 for 0: the power P - 2 = 2^31 - 2^27 - 1.
fn fp_inverse(a: u32) -> u32 {
    // a^(2^k - 1) for k = 1, 2, 3.
    let a2 = fp_mul(fp_mul(a, a), a);
    let a3 = fp_mul(fp_mul(a2, a2), a);
    // The bits of P - 2 are 1110, and 27 times 1.
    var power = fp_mul(a3, a3);
    for (var i = 0u; i < 27u; i++) {
        power = fp_mul(fp_mul(power, power), a);
    }
    return power;
}
