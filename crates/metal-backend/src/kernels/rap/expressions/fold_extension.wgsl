// The row of a lane at its place in the layer. Needs tiles.wgsl before it.
fn keep(total: Total, lane: u32, n_rows: u32, start: u32) {
    layer[tiled(start + lane)] = total;
}
