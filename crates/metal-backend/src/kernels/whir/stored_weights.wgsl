// The weights of sumcheck.wgsl as a vector, which a fold halves:
//
//     W'[j] = (1 - X) W[2j] + (2X - 1) W[2j + 1]

// The weight at j after the fold, if there is one; it is kept.
fn next_weight(j: u32) -> vec4<u32> {
    if (!FOLDS) {
        return weights_in[j];
    }
    let low = weights_in[2u * j];
    let high = weights_in[2u * j + 1u];
    let at_0 = ef_sub(low, high);
    let folded = ef_add(at_0, ef_mul(alpha, ef_sub(high, at_0)));
    weights_out[j] = folded;
    return folded;
}

fn pair_weights(j: u32) -> AtOneAndTwo {
    let low = next_weight(2u * j);
    let high = next_weight(2u * j + 1u);
    return AtOneAndTwo(high, ef_sub(ef_add(ef_add(high, high), high), low));
}

fn scaled(sums: AtOneAndTwo) -> AtOneAndTwo {
    return sums;
}

fn keep_weights(first: u32, step: u32, len: u32) {
    for (var j = first; j < len; j += step) {
        _ = next_weight(j);
    }
}
