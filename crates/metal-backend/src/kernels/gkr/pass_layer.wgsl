// The elements that a layer's first pass sums are the layer's own; there is nothing to keep.

alias SourceNumerator = Numerator;

struct Neighbours {
    p_0: Numerator,
    p_1: Numerator,
    q_0: vec4<u32>,
    q_1: vec4<u32>,
}

// Elements 2 z and 2 z + 1, where z = 4 i + k.
fn neighbours(i: u32, k: u32) -> Neighbours {
    let even = tiled(8u * i + 2u * k);
    let odd = tiled(8u * i + 2u * k + 1u);
    return Neighbours(p_source[even], p_source[odd], q_source[even], q_source[odd]);
}

fn keep(i: u32, k: u32, elements: Neighbours) {}
