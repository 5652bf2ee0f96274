// Powers of field elements, by squaring. A library; needs a field text before it.

const EF_ONE: vec4<u32> = vec4<u32>(FP_ONE, 0u, 0u, 0u);

fn fp_power(base: u32, exponent: u32) -> u32 {
    var power = FP_ONE;
    var square = base;
    for (var rest = exponent; rest != 0u; rest >>= 1u) {
        if ((rest & 1u) == 1u) {
            power = fp_mul(power, square);
        }
        square = fp_mul(square, square);
    }
    return power;
}

fn ef_power(base: vec4<u32>, exponent: u32) -> vec4<u32> {
    var power = EF_ONE;
    var square = base;
    for (var rest = exponent; rest != 0u; rest >>= 1u) {
        if ((rest & 1u) == 1u) {
            power = ef_mul(power, square);
        }
        square = ef_mul(square, square);
    }
    return power;
}

// base^(2^n)
fn fp_power_of_two(base: u32, n: u32) -> u32 {
    var square = base;
    for (var i = 0u; i < n; i++) {
        square = fp_mul(square, square);
    }
    return square;
}

// base^(2^n)
fn ef_power_of_two(base: vec4<u32>, n: u32) -> vec4<u32> {
    var square = base;
    for (var i = 0u; i < n; i++) {
        square = ef_mul(square, square);
    }
    return square;
}
