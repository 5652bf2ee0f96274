// The rows of a lane, as far as there are any, at their places in the layer. Needs tiles.wgsl before it.
fn keep(total: Total, lane: u32, n_rows: u32, start: u32) {
    let row = 4u * lane;
    layer[tiled(start + row)] = total.rows[0];
    if row + 1u < n_rows {
        layer[tiled(start + row + 1u)] = total.rows[1];
    }
    if row + 2u < n_rows {
        layer[tiled(start + row + 2u)] = total.rows[2];
    }
    if row + 3u < n_rows {
        layer[tiled(start + row + 3u)] = total.rows[3];
    }
}
