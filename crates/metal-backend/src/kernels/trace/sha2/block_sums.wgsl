// Columns that bring words of the schedule to the rows where they are needed: the word three before, and the sum of a word and
// the sigma of the next one 4, 8 and 12 before. Where a row of a digest or none is next to this one, they are what makes the
// constraint on the schedule hold. `window` ends with this row's words, which are zero in a row without rounds.
fn put_sums(row: u32, at: u32, part: u32, window: ptr<function, Window>) {
    let is_padding = records[at + IS_PADDING_WORD] == 1u;
    let has_12 = part >= 3u && part < N_ROUND_ROWS - 1u && !is_padding;
    let has_filler = !has_12 && (!is_padding || row == params.height - 1u);
    for (var j = 0u; j < 4u; j++) {
        for (var k = 0u; k < N_LIMBS; k++) {
            let column = N_LIMBS * j + k;
            if (j < 3u) {
                put(THREE_BEFORE + column, row, limb((*window)[9u + j], k));
            }
            put(SUMS_4 + column, row, sum_limb(window, 8u + j, k));
            put(SUMS_8 + column, row, select(0u, sum_limb(window, 4u + j, k), part >= 2u && !is_padding));
            var sum = 0u;
            if (has_12) {
                sum = to_field(sum_limb(window, j, k));
            } else if (has_filler) {
                sum = filler_sum(at, part, j, k, window);
            }
            put_element(SUMS_12 + column, row, sum);
        }
    }
    add_digest_cells(row, at, part);
}

// Limb k of word number i of the window and the sigma of the next one.
fn sum_limb(window: ptr<function, Window>, i: u32, k: u32) -> u32 {
    return limb((*window)[i], k) + limb(small_sigma((*window)[i + 1u], SMALL_0), k);
}

// What is missing 12 before word number j of the next row, which has no carries: the word less those 7 and 2 before it.
fn filler_sum(at: u32, part: u32, j: u32, k: u32, window: ptr<function, Window>) -> u32 {
    let near = small_sigma(word_from(at, part, 2u + j, window), SMALL_1);
    let missing = to_field(limb(word_from(at, part, 4u + j, window), k));
    return fp_sub(missing, to_field(limb(near, k) + limb((*window)[9u + j], k)));
}

// Word number i from the first of this row on: one of this row's or, from 4 on, of the next one's.
fn word_from(at: u32, part: u32, i: u32, window: ptr<function, Window>) -> Word {
    if (i < 4u) {
        return (*window)[12u + i];
    }
    let is_padding = records[at + IS_PADDING_WORD] == 1u;
    if (is_padding || part == N_ROUND_ROWS) {
        return load_reversed(at + NEXT_MESSAGE + WORD_LEN * (i - 4u));
    }
    if (part < 3u) {
        return load_reversed(at + MESSAGE + WORD_LEN * (4u * part + i));
    }
    // The next row is the digest's.
    return Word();
}
