// The states that a segment begins and ends with (`ConnectorCols`): pc, timestamp, whether the program has ended, its exit
// code, whether the segment begins.

fn fill_row(row: u32, at: u32) {
    let timestamp = records[at + 1u];
    let low = timestamp & ((1u << params.range_max_bits) - 1u);
    for (var i = 0u; i < 4u; i++) {
        put(i, row, records[at + i]);
    }
    put(4u, row, low);
    put(5u, row, records[at + 4u]);
    let n_low_bits = min(params.timestamp_max_bits, params.range_max_bits);
    count_range(low, n_low_bits);
    count_range(timestamp >> params.range_max_bits, params.timestamp_max_bits - n_low_bits);
}
