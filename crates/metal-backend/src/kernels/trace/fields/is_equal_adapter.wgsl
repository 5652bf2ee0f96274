// Two pointers to what is read, and a register that is written (`Rv32IsEqualModAdapterRecord`).

const EQUAL_WORDS: u32 = 11u + 2u * N_WORDS;
const EQUAL_COLUMNS: u32 = 26u + 6u * N_WORDS;

fn fill_equal_adapter(row: u32, at: u32) {
    var timestamp = records[at + 1u];
    let shift = 32u - params.pointer_max_bits;
    count_bytes((records[at + 4u] >> 24u) << shift, (records[at + 5u] >> 24u) << shift);
    // pc, timestamp, the registers with the pointers
    for (var i = 0u; i < 4u; i++) {
        put(i, row, records[at + i]);
    }
    put_bytes(4u, row, records[at + 4u]);
    put_bytes(8u, row, records[at + 5u]);
    for (var i = 0u; i < 2u + 2u * N_WORDS; i++) {
        put_access(12u + 3u * i, row, records[at + 6u + i], timestamp);
        timestamp += 1u;
    }
    let written = at + EQUAL_WORDS - 3u;
    put(EQUAL_COLUMNS - 8u, row, records[written]);
    put_write(EQUAL_COLUMNS - 7u, row, records[written + 1u], timestamp, records[written + 2u]);
}
