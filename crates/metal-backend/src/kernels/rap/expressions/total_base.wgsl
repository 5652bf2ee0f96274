// The weighted sums of values of the base form: four rows of extension elements.

struct Total {
    rows: array<vec4<u32>, 4>,
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
