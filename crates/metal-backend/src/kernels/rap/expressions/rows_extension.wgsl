// The one row of a point's lane, times its eq.
fn total_of_rows(total: Total, point_lane: u32) -> vec4<u32> {
    return ef_mul(total, eq_of(point_lane));
}
