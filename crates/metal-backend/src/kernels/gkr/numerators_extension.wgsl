// The numerators of every layer but the input: extension elements. Needs a field text before it.

alias Numerator = vec4<u32>;

fn numerator_sub(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
    return ef_sub(a, b);
}

fn numerator_add_ef(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
    return ef_add(a, b);
}

fn numerator_mul_ef(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
    return ef_mul(a, b);
}
