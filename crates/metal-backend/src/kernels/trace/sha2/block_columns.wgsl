// Where the rows of a block have what (`Sha2RoundCols`, `Sha2DigestCols`), and the words of a block's record.

const FLAGS: u32 = 1u;
const NUMBER: u32 = 4u;
const BLOCK_NUMBER: u32 = NUMBER + NUMBER_COLUMNS;
const A: u32 = BLOCK_NUMBER + 1u;
const E: u32 = A + 4u * WORD_BITS;
const CARRIES_A: u32 = E + 4u * WORD_BITS;
const CARRIES_E: u32 = CARRIES_A + 4u * N_LIMBS;
const THREE_BEFORE: u32 = CARRIES_E + 4u * N_LIMBS;
const SUMS_4: u32 = THREE_BEFORE + 3u * N_LIMBS;
const SUMS_8: u32 = SUMS_4 + 4u * N_LIMBS;
const SUMS_12: u32 = SUMS_8 + 4u * N_LIMBS;
const SCHEDULE: u32 = SUMS_12 + 4u * N_LIMBS;
const SCHEDULE_CARRIES: u32 = SCHEDULE + 4u * WORD_BITS;
const END: u32 = SCHEDULE_CARRIES + 8u * N_LIMBS;
// In the digest's row, instead of the schedule.
const FINAL_HASH: u32 = SCHEDULE;
const PREVIOUS_HASH: u32 = FINAL_HASH + 16u * N_LIMBS;
const END_OF_HASHES: u32 = PREVIOUS_HASH + 8u * N_LIMBS;

// The block's message; the state before and after it; the same two of the block before, or zero; the state before the next
// block; the first four words of that one's message, or zero; the block's number from 1 on; whether it is padding.
const MESSAGE: u32 = 0u;
const HASHES: u32 = MESSAGE + MESSAGE_LEN;
const HASHES_BEFORE: u32 = HASHES + 2u * STATE_LEN;
const NEXT_STATE: u32 = HASHES_BEFORE + 2u * STATE_LEN;
const NEXT_MESSAGE: u32 = NEXT_STATE + STATE_LEN;
const BLOCK_NUMBER_WORD: u32 = NEXT_MESSAGE + 4u * WORD_LEN;
const IS_PADDING_WORD: u32 = BLOCK_NUMBER_WORD + 1u;

fn put_word_bits(column: u32, row: u32, word: Word) {
    for (var i = 0u; i < WORD_LEN; i++) {
        put_bits(column + 32u * i, row, part_of(word, i));
    }
}

fn put_zeros(first: u32, end: u32, row: u32) {
    for (var column = first; column < end; column++) {
        put_element(column, row, 0u);
    }
}

// A row's number as upstream's `Encoder` has it, of degree 2: at most two units, in lexicographic order.
fn put_number(row: u32, number: u32) {
    // The units' places from the right, from 1 on; 0 is nowhere.
    var left = 0u;
    var right = number;
    if (number > 0u) {
        left = 1u;
        right -= 1u;
        while (right > left) {
            right -= left + 1u;
            left++;
        }
    }
    for (var i = 0u; i < NUMBER_COLUMNS; i++) {
        let place = NUMBER_COLUMNS - i;
        put(NUMBER + i, row, select(0u, 1u, place == left) + select(0u, 1u, place == right));
    }
}
