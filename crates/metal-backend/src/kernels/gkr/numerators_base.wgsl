// The numerators of the input layer: base elements. Needs a field text before it.

alias Numerator = u32;

fn numerator_sub(a: u32, b: u32) -> u32 {
    return fp_sub(a, b);
}

fn numerator_add_ef(a: u32, b: vec4<u32>) -> vec4<u32> {
    return vec4<u32>(fp_add(a, b.x), b.yzw);
}

fn numerator_mul_ef(a: u32, b: vec4<u32>) -> vec4<u32> {
    return ef_mul_fp(b, a);
}
