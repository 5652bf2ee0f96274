// Folds numerators of the extension field.

alias SourceNumerator = vec4<u32>;

fn folded_p(first: u32) -> vec4<u32> {
    let r_1 = tape[params.r_at];
    let low = fold(p_source[tiled(first)], p_source[tiled(first + 2u)], r_1);
    let high = fold(p_source[tiled(first + 4u)], p_source[tiled(first + 6u)], r_1);
    return fold(low, high, tape[params.r_at + 4u]);
}
