// SHA256, SHA512: a block is added to a state in memory (`Sha2RecordHeader`, the message, the states before and after, and
// when what was read and written was touched last).

const BLOCK: u32 = 1u;
const INSTRUCTION: u32 = BLOCK + 4u * (MESSAGE_LEN + 2u * STATE_LEN);
const ACCESSES: u32 = INSTRUCTION + 18u;
const WRITES: u32 = ACCESSES + 3u * (3u + MESSAGE_LEN + STATE_LEN);

const HEADER_WORDS: u32 = 12u;
const TIMES_WORDS: u32 = HEADER_WORDS + MESSAGE_LEN + 2u * STATE_LEN;

fn fill_row(row: u32, at: u32) {
    let timestamp = records[at + 2u];
    put(0u, row, row);
    for (var i = 0u; i < MESSAGE_LEN + 2u * STATE_LEN; i++) {
        put_bytes(BLOCK + 4u * i, row, records[at + HEADER_WORDS + i]);
    }
    put_flag(INSTRUCTION, row, true);
    put(INSTRUCTION + 1u, row, records[at + 1u]);
    put(INSTRUCTION + 2u, row, timestamp);
    for (var i = 0u; i < 3u; i++) {
        // The registers of the destination, the state and the input, what is in them, and when they were touched last.
        put(INSTRUCTION + 3u + i, row, records[at + 3u + i]);
        put_bytes(INSTRUCTION + 6u + 4u * i, row, records[at + 6u + i]);
        put_access(ACCESSES + 3u * i, row, records[at + 9u + i], timestamp + i);
    }
    let input_top = pointer_top(records[at + 8u]);
    count_bytes(pointer_top(records[at + 6u]), pointer_top(records[at + 7u]));
    count_bytes(input_top, input_top);
    let n_reads = MESSAGE_LEN + STATE_LEN;
    for (var i = 0u; i < n_reads; i++) {
        put_access(ACCESSES + 9u + 3u * i, row, records[at + TIMES_WORDS + i], timestamp + 3u + i);
    }
    for (var i = 0u; i < STATE_LEN; i++) {
        let written = at + TIMES_WORDS + n_reads + 2u * i;
        put_write(WRITES + 7u * i, row, records[written], timestamp + 3u + n_reads + i, records[written + 1u]);
    }
}
