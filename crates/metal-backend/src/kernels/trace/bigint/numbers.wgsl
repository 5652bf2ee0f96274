// Numbers of 256 bits in a record: two of them behind the adapter's words.

const N_WORDS: u32 = 8u;
const N_BYTES: u32 = 32u;
const FIRST_NUMBER: u32 = ADAPTER_WORDS;
const SECOND_NUMBER: u32 = FIRST_NUMBER + N_WORDS;
const BEHIND_NUMBERS: u32 = SECOND_NUMBER + N_WORDS;

// Byte number i of the number at `at`.
fn number_byte(at: u32, i: u32) -> u32 {
    return byte_of(records[at + (i >> 2u)], i & 3u);
}

fn put_number(column: u32, row: u32, at: u32) {
    for (var i = 0u; i < N_WORDS; i++) {
        put_bytes(column + 4u * i, row, records[at + i]);
    }
}
