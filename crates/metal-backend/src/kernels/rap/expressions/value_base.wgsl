// Base form: a Value is four rows of base elements, a Total the same four rows of extension elements.
// The additions of an extension element are those of four base elements.

alias Value = vec4<u32>;

struct Total {
    rows: array<vec4<u32>, 4>,
}

fn value_constant(constant: u32) -> Value {
    return Value(constant);
}

fn value_mul(a: Value, b: Value) -> Value {
    return Value(fp_mul(a.x, b.x), fp_mul(a.y, b.y), fp_mul(a.z, b.z), fp_mul(a.w, b.w));
}

fn total_constant(constant: vec4<u32>) -> Total {
    return Total(array<vec4<u32>, 4>(constant, constant, constant, constant));
}

fn total_add(total: Total, weight: vec4<u32>, value: Value) -> Total {
    return Total(array<vec4<u32>, 4>(
        ef_add(total.rows[0], ef_mul_fp(weight, value.x)),
        ef_add(total.rows[1], ef_mul_fp(weight, value.y)),
        ef_add(total.rows[2], ef_mul_fp(weight, value.z)),
        ef_add(total.rows[3], ef_mul_fp(weight, value.w)),
    ));
}
