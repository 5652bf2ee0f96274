// Words of SHA-256 (FIPS 180-4).

alias Word = u32;

// 32-bit words of one.
const WORD_LEN: u32 = 1u;
const N_ROUND_ROWS: u32 = 16u;
// Columns of a row's number.
const NUMBER_COLUMNS: u32 = 5u;

// Rotations, and for SMALL_0 and SMALL_1 a shift behind them.
const BIG_0 = vec3<u32>(2u, 13u, 22u);
const BIG_1 = vec3<u32>(6u, 11u, 25u);
const SMALL_0 = vec3<u32>(7u, 18u, 3u);
const SMALL_1 = vec3<u32>(17u, 19u, 10u);

fn load_word(at: u32) -> Word {
    return records[at];
}

// From bytes with the high one first.
fn load_reversed(at: u32) -> Word {
    return reversed(records[at]);
}

// The high half of what SHA-512 has.
fn round_constant(t: u32) -> Word {
    return table[2u * t + 1u];
}

fn add(x: Word, y: Word) -> Word {
    return x + y;
}

fn rotated(x: Word, n: u32) -> Word {
    return (x >> n) | (x << (32u - n));
}

fn shifted(x: Word, n: u32) -> Word {
    return x >> n;
}

// The i-th 32 bits of a word.
fn part_of(x: Word, i: u32) -> u32 {
    return x;
}
