// A chunk of memory before a segment and after it (`PersistentBoundaryCols`).

fn fill_row(row: u32, chunk: BoundaryRecord) {
    let is_after = (row & 1u) == 1u;
    put_element(0u, row, select(BEFORE, AFTER, is_after));
    put(1u, row, chunk.address_space);
    put(2u, row, chunk.label);
    put_digest(3u, row, select(chunk.values_before, chunk.values_after, is_after));
    put_digest(11u, row, select(chunk.hash_before, chunk.hash_after, is_after));
    put(19u, row, select(0u, chunk.timestamp_0, is_after));
    put(20u, row, select(0u, chunk.timestamp_1, is_after));
}
