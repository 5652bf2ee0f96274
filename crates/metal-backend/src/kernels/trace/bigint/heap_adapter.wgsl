// Three registers with pointers, two numbers that are read and one that is written there (`Rv32VecHeapAdapterRecord`).
// Columns 0 to 129.

const ADAPTER_COLUMNS: u32 = 130u;
const ADAPTER_WORDS: u32 = 43u;

fn fill_adapter(row: u32, at: u32) {
    let timestamp = records[at + 1u];
    for (var i = 0u; i < 5u; i++) {
        // pc, timestamp, rs1, rs2, rd
        put(i, row, records[at + i]);
    }
    for (var i = 0u; i < 3u; i++) {
        // In the same order, what is in the registers.
        put_bytes(5u + 4u * i, row, records[at + 5u + i]);
        put_access(17u + 3u * i, row, records[at + 8u + i], timestamp + i);
    }
    let written_top = pointer_top(records[at + 7u]);
    count_bytes(pointer_top(records[at + 5u]), pointer_top(records[at + 6u]));
    count_bytes(written_top, written_top);
    for (var i = 0u; i < 16u; i++) {
        put_access(26u + 3u * i, row, records[at + 11u + i], timestamp + 3u + i);
    }
    for (var i = 0u; i < 8u; i++) {
        let written = at + 27u + 2u * i;
        put_write(74u + 7u * i, row, records[written], timestamp + 19u + i, records[written + 1u]);
    }
}
