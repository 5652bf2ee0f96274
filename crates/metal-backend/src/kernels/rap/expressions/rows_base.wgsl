// The four rows of a point's lane, each times its eq, added up.
fn total_of_rows(total: Total, point_lane: u32) -> vec4<u32> {
    let row = 4u * point_lane;
    let low = ef_add(ef_mul(total.rows[0], eq_of(row)), ef_mul(total.rows[1], eq_of(row + 1u)));
    let high = ef_add(ef_mul(total.rows[2], eq_of(row + 2u)), ef_mul(total.rows[3], eq_of(row + 3u)));
    return ef_add(low, high);
}
