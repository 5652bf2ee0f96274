// XORIN: up to 34 words of input are added to a buffer (`XorinVmRecordHeader`). There is room for all of them in a row.

const N_WORDS: u32 = 34u;

// Words of the record.
const BUFFER: u32 = 8u;
const INPUT: u32 = 42u;
const REGISTERS_READ: u32 = 76u;
const INPUT_READ: u32 = 79u;
const BUFFER_READ: u32 = 113u;
const BUFFER_WRITTEN: u32 = 147u;

fn put_instruction(column: u32, row: u32, at: u32) {
    put(column, row, records[at]);
    put_flag(column + 1u, row, true);
    for (var i = 0u; i < 3u; i++) {
        // The registers of the buffer, the input and the length, and what is in them.
        let value = records[at + 5u + i];
        put(column + 2u + i, row, records[at + 2u + i]);
        put(column + 5u + 5u * i, row, value);
        put_bytes(column + 6u + 5u * i, row, value);
    }
    put(column + 20u, row, records[at + 1u]);
    let n_bytes_top = pointer_top(records[at + 7u]);
    count_bytes(pointer_top(records[at + 5u]), pointer_top(records[at + 6u]));
    count_bytes(n_bytes_top, n_bytes_top);
}

fn fill_row(row: u32, at: u32) {
    put_instruction(442u, row, at);
    let timestamp = records[at + 1u];
    for (var i = 0u; i < 3u; i++) {
        put_access(463u + 3u * i, row, records[at + REGISTERS_READ + i], timestamp + i);
    }
    // The length is one of whole words.
    let n_words = records[at + 7u] >> 2u;
    for (var i = 0u; i < N_WORDS; i++) {
        let is_used = i < n_words;
        put_flag(i, row, !is_used);
        var buffer = 0u;
        var input = 0u;
        if (is_used) {
            buffer = records[at + BUFFER + i];
            input = records[at + INPUT + i];
            for (var j = 0u; j < 4u; j++) {
                count_xor(byte_of(buffer, j), byte_of(input, j));
            }
            let written = at + BUFFER_WRITTEN + 2u * i;
            put_access(472u + 3u * i, row, records[at + INPUT_READ + i], timestamp + 3u + n_words + i);
            put_access(574u + 3u * i, row, records[at + BUFFER_READ + i], timestamp + 3u + i);
            put_write(676u + 7u * i, row, records[written], timestamp + 3u + 2u * n_words + i, records[written + 1u]);
        } else {
            put_no_access(472u + 3u * i, row);
            put_no_access(574u + 3u * i, row);
            put_no_write(676u + 7u * i, row);
        }
        put_bytes(34u + 4u * i, row, buffer);
        put_bytes(170u + 4u * i, row, input);
        put_bytes(306u + 4u * i, row, buffer ^ input);
    }
}
