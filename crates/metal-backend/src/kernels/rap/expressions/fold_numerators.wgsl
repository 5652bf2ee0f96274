// The weighted sums of values of the base form where the weights are base elements, too: four rows of base elements.

alias Total = vec4<u32>;

fn total_constant(constant: vec4<u32>) -> Total {
    return Total(constant.x);
}

fn total_add(total: Total, weight: vec4<u32>, value: Value) -> Total {
    return ef_add(total, ef_mul_fp(value, weight.x));
}

// The rows of a lane, as far as there are any, at their places in the layer. Needs tiles.wgsl before it.
fn keep(total: Total, lane: u32, n_rows: u32, start: u32) {
    let row = 4u * lane;
    layer[tiled(start + row)] = total.x;
    if row + 1u < n_rows {
        layer[tiled(start + row + 1u)] = total.y;
    }
    if row + 2u < n_rows {
        layer[tiled(start + row + 2u)] = total.z;
    }
    if row + 3u < n_rows {
        layer[tiled(start + row + 3u)] = total.w;
    }
}
