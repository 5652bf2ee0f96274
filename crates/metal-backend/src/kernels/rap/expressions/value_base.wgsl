// Base form: a Value is four rows of base elements. The additions of an extension element are those of four base
// elements.

alias Value = vec4<u32>;

fn value_constant(constant: u32) -> Value {
    return Value(constant);
}

fn value_mul(a: Value, b: Value) -> Value {
    return Value(fp_mul(a.x, b.x), fp_mul(a.y, b.y), fp_mul(a.z, b.z), fp_mul(a.w, b.w));
}
