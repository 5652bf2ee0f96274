// A constraint on the schedule holds in all rows, also where a row of a digest is next to one of rounds. What it takes for
// the bits of words are there the bytes of the hash and the limbs of the one before it: field elements, and their sums and
// sigmas are those of polynomials that would be right for bits.

// Number i of the cells of word 0 or 1; `at` is where the record has the two hashes.
fn digest_cell(at: u32, word: u32, i: u32) -> u32 {
    if (word == 0u) {
        return to_field(byte_of(records[at + STATE_LEN + (i >> 2u)], i & 3u));
    }
    if (i < 8u * N_LIMBS) {
        return to_field((records[at + (i >> 1u)] >> (16u * (i & 1u))) & 0xffffu);
    }
    return 0u;
}

fn exclusive_or(x: u32, y: u32) -> u32 {
    let product = fp_mul(x, y);
    return fp_sub(fp_add(x, y), fp_add(product, product));
}

// Limb k of a word, or of its small sigma.
fn digest_limb(at: u32, word: u32, k: u32, is_sigma: bool, turns: vec3<u32>) -> u32 {
    var sum = 0u;
    for (var i = 16u; i > 0u; i--) {
        let place = 16u * k + i - 1u;
        var cell = 0u;
        if (is_sigma) {
            let x = digest_cell(at, word, (place + turns.x) & (WORD_BITS - 1u));
            let y = digest_cell(at, word, (place + turns.y) & (WORD_BITS - 1u));
            if (place + turns.z < WORD_BITS) {
                cell = digest_cell(at, word, place + turns.z);
            }
            cell = exclusive_or(exclusive_or(x, y), cell);
        } else {
            cell = digest_cell(at, word, place);
        }
        sum = fp_add(fp_add(sum, sum), cell);
    }
    return sum;
}

// Adds to the sums of a row beside a digest's, or of that, what is missing there.
fn add_digest_cells(row: u32, at: u32, part: u32) {
    let is_padding = records[at + IS_PADDING_WORD] == 1u;
    // The first row of a block, or of padding, is behind a digest's.
    let is_behind = part == 0u;
    let is_digest = part == N_ROUND_ROWS && !is_padding;
    let is_before = part == N_ROUND_ROWS - 1u && !is_padding;
    let n_sums = select(select(select(0u, 4u, is_before), 2u, is_digest), 3u, is_behind);
    let hashes = at + select(HASHES, HASHES_BEFORE, is_behind);
    for (var i = 0u; i < n_sums; i++) {
        // Both words, and less both sigmas, to the sums 12 before.
        var column = SUMS_12 + N_LIMBS * i;
        var word = i & 1u;
        var turns = SMALL_1;
        var is_sigma = i >= 2u;
        var is_less = is_sigma;
        if (is_digest) {
            // A sigma to the last sum 4 before, less a word to the last one 12 before.
            column = select(SUMS_12, SUMS_4, i == 0u) + 3u * N_LIMBS;
            word = 0u;
            turns = SMALL_0;
            is_sigma = i == 0u;
            is_less = i == 1u;
        } else if (is_behind) {
            // A word and the sigma of the next one to the first sum 4 before, and the next one to the second.
            column = SUMS_4 + select(0u, N_LIMBS, i == 2u);
            word = min(i, 1u);
            turns = SMALL_0;
            is_sigma = i == 1u;
            is_less = false;
        }
        for (var k = 0u; k < N_LIMBS; k++) {
            let limb = digest_limb(hashes, word, k, is_sigma, turns);
            add_element(column + k, row, select(limb, fp_sub(0u, limb), is_less));
        }
    }
}

// Adds to what this thread has put there.
fn add_element(column: u32, row: u32, element: u32) {
    let place = column - params.first_column;
    if (place < params.n_columns) {
        let at = place * params.height + row;
        trace[at] = fp_add(trace[at], element);
    }
}
