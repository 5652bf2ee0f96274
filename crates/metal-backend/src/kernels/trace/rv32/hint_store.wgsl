// HINT_STOREW, HINT_BUFFER: a row for each word (`Rv32HintStoreRecordHeader`, its number among its instruction's words,
// `Rv32HintStoreVar`).

// Stands for the register with the number of words where there is but one.
const NO_REGISTER: u32 = 0xffffffffu;
// Logarithm of more words than an instruction stores.
const MAX_WORDS_BITS: u32 = 10u;

fn fill_row(row: u32, at: u32) {
    let n_words = records[at];
    let ix = records[at + 8u];
    let timestamp = records[at + 2u] + 3u * ix;
    let pointer = records[at + 4u] + 4u * ix;
    let is_single = records[at + 6u] == NO_REGISTER;
    let is_first = ix == 0u;
    let is_start = is_first && !is_single;
    put_flag(0u, row, is_single);
    put_flag(1u, row, !is_single);
    put_bytes(2u, row, n_words - ix);
    put(6u, row, records[at + 1u]);
    put(7u, row, timestamp);
    put(8u, row, records[at + 3u]);
    put_bytes(9u, row, pointer);
    put_write(16u, row, records[at + 9u], timestamp + 2u, records[at + 10u]);
    let data = records[at + 11u];
    put_bytes(23u, row, data);
    count_word(data);
    put_flag(27u, row, is_start);
    if (is_first) {
        put_access(13u, row, records[at + 5u], timestamp);
        count_bytes(pointer_top(records[at + 4u]), byte_of(n_words, 1u) << (16u - MAX_WORDS_BITS));
    } else {
        put_no_access(13u, row);
    }
    if (is_start) {
        put(28u, row, records[at + 6u]);
        put_access(29u, row, records[at + 7u], timestamp + 1u);
    } else {
        put_element(28u, row, 0u);
        put_no_access(29u, row);
    }
}
