// Folds numerators of the base field, by the products of eq of the two challenges, for each coefficient a sum of four.

alias SourceNumerator = u32;

fn folded_p(first: u32) -> vec4<u32> {
    let r_1 = tape[params.r_at];
    let r_2 = tape[params.r_at + 4u];
    let w_11 = ef_mul(r_1, r_2);
    let w_01 = ef_sub(r_2, w_11);
    let w_10 = ef_sub(r_1, w_11);
    let w_00 = ef_sub(ef_sub(EF_ONE, r_1), w_01);
    let p = vec4<u32>(
        p_source[tiled(first)],
        p_source[tiled(first + 2u)],
        p_source[tiled(first + 4u)],
        p_source[tiled(first + 6u)],
    );
    return vec4<u32>(
        inner_product(p, vec4<u32>(w_00.x, w_10.x, w_01.x, w_11.x)),
        inner_product(p, vec4<u32>(w_00.y, w_10.y, w_01.y, w_11.y)),
        inner_product(p, vec4<u32>(w_00.z, w_10.z, w_01.z, w_11.z)),
        inner_product(p, vec4<u32>(w_00.w, w_10.w, w_01.w, w_11.w)),
    );
}
