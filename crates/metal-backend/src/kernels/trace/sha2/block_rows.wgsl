// A block: rows of four rounds each, and one with its hash; and rows of padding.

// The hash, and that of the block before.
fn put_hashes(row: u32, at: u32) {
    for (var i = 0u; i < STATE_LEN; i++) {
        let after = records[at + HASHES + STATE_LEN + i];
        put_bytes(FINAL_HASH + 4u * i, row, after);
        count_word(after);
        put_limbs(PREVIOUS_HASH + 2u * i, row, records[at + HASHES + i]);
    }
}

// A row without rounds has a state's variables: that before the next block, and padding that before the first. `variables`
// are those of the row before.
fn fill_between(row: u32, at: u32, variables: ptr<function, Variables>) {
    var a: Variables;
    var e: Variables;
    for (var j = 0u; j < 4u; j++) {
        a[j] = (*variables)[3u - j];
        e[j] = (*variables)[7u - j];
        a[4u + j] = load_word(at + NEXT_STATE + WORD_LEN * (3u - j));
        e[4u + j] = load_word(at + NEXT_STATE + WORD_LEN * (7u - j));
        put_word_bits(A + WORD_BITS * j, row, a[4u + j]);
        put_word_bits(E + WORD_BITS * j, row, e[4u + j]);
    }
    put_filler_carries(row, &a, &e);
    if (records[at + IS_PADDING_WORD] == 1u) {
        put_zeros(SCHEDULE, END, row);
    } else {
        put_hashes(row, at);
        put_zeros(END_OF_HASHES, END, row);
    }
}

fn fill_row(row: u32, at: u32, part: u32) {
    let is_padding = records[at + IS_PADDING_WORD] == 1u;
    let number = records[at + BLOCK_NUMBER_WORD];
    let is_round = part < N_ROUND_ROWS && !is_padding;
    put(0u, row, select(number - 1u, 0u, is_padding));
    put_flag(FLAGS, row, is_round);
    put_flag(FLAGS + 1u, row, part < 4u && !is_padding);
    put_flag(FLAGS + 2u, row, part == N_ROUND_ROWS && !is_padding);
    put_number(row, select(part, N_ROUND_ROWS + 1u, is_padding));
    put(BLOCK_NUMBER, row, number);

    var variables: Variables;
    for (var i = 0u; i < 8u; i++) {
        variables[i] = load_word(at + HASHES + WORD_LEN * i);
    }
    var window: Window;
    // The rounds of the rows before: each thread is at its own before any of them puts cells, so that neighbours put neighbouring
    // ones at the same time.
    let first_round = 4u * part;
    let n_before = select(first_round, 0u, is_padding);
    for (var t = 0u; t < n_before; t++) {
        let word = next_word(&window, at + MESSAGE, t);
        do_round(&variables, t, word);
        push(&window, word);
    }
    for (var j = 0u; j < 4u; j++) {
        var word = Word();
        if (is_round) {
            let t = first_round + j;
            word = next_word(&window, at + MESSAGE, t);
            if (part >= 4u) {
                put_schedule_carries(row, j, &window);
            }
            put_word_bits(SCHEDULE + WORD_BITS * j, row, word);
            put_round_carries(row, j, t, word, &variables);
            do_round(&variables, t, word);
            put_word_bits(A + WORD_BITS * j, row, variables[0]);
            put_word_bits(E + WORD_BITS * j, row, variables[4]);
        }
        push(&window, word);
    }
    if (!is_round) {
        fill_between(row, at, &variables);
    } else if (part < 4u) {
        put_zeros(SCHEDULE_CARRIES, END, row);
    }
    put_sums(row, at, part, &window);
}
