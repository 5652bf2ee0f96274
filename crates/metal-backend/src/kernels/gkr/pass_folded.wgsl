// The elements that a later pass sums are those of the pass before, folded with the challenges r_1 and r_2 of its rounds:
// element 2 z + b from 8 z + 2 j + b for j = 0, ..., 3. They are kept in the target from target_offset on. Needs
// fold_base.wgsl or fold_extension.wgsl beside it, for the numerators.

struct Neighbours {
    p_0: vec4<u32>,
    p_1: vec4<u32>,
    q_0: vec4<u32>,
    q_1: vec4<u32>,
}

fn folded_q(first: u32) -> vec4<u32> {
    let r_1 = tape[params.r_at];
    let low = fold(q_source[tiled(first)], q_source[tiled(first + 2u)], r_1);
    let high = fold(q_source[tiled(first + 4u)], q_source[tiled(first + 6u)], r_1);
    return fold(low, high, tape[params.r_at + 4u]);
}

// Elements 2 z and 2 z + 1, where z = 4 i + k.
fn neighbours(i: u32, k: u32) -> Neighbours {
    let first = 32u * i + 8u * k;
    return Neighbours(folded_p(first), folded_p(first + 1u), folded_q(first), folded_q(first + 1u));
}

fn keep(i: u32, k: u32, elements: Neighbours) {
    let even = tiled(params.target_offset + 8u * i + 2u * k);
    let odd = tiled(params.target_offset + 8u * i + 2u * k + 1u);
    p_target[even] = elements.p_0;
    p_target[odd] = elements.p_1;
    q_target[even] = elements.q_0;
    q_target[odd] = elements.q_1;
}
