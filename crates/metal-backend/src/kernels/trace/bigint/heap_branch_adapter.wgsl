// Two registers with pointers, and two numbers that are read there (`Rv32VecHeapBranchAdapterRecord`). Columns 0 to 65.

const ADAPTER_COLUMNS: u32 = 66u;
const ADAPTER_WORDS: u32 = 24u;

fn fill_adapter(row: u32, at: u32) {
    let timestamp = records[at + 1u];
    for (var i = 0u; i < 4u; i++) {
        // pc, timestamp, rs1, rs2
        put(i, row, records[at + i]);
    }
    for (var i = 0u; i < 2u; i++) {
        put_bytes(4u + 4u * i, row, records[at + 4u + i]);
        put_access(12u + 3u * i, row, records[at + 6u + i], timestamp + i);
    }
    count_bytes(pointer_top(records[at + 4u]), pointer_top(records[at + 5u]));
    for (var i = 0u; i < 16u; i++) {
        put_access(18u + 3u * i, row, records[at + 8u + i], timestamp + 2u + i);
    }
}
