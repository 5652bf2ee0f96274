// Extension form: a Value is one row of extension elements, and so is a Total.

alias Value = vec4<u32>;

alias Total = vec4<u32>;

fn value_constant(constant: u32) -> Value {
    return Value(constant, 0u, 0u, 0u);
}

fn value_mul(a: Value, b: Value) -> Value {
    return ef_mul(a, b);
}

fn total_constant(constant: vec4<u32>) -> Total {
    return constant;
}

fn total_add(total: Total, weight: vec4<u32>, value: Value) -> Total {
    return ef_add(total, ef_mul(weight, value));
}
