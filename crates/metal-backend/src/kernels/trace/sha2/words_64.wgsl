// Words of SHA-512 (FIPS 180-4), the low half first.

alias Word = vec2<u32>;

// 32-bit words of one.
const WORD_LEN: u32 = 2u;
const N_ROUND_ROWS: u32 = 20u;
// Columns of a row's number.
const NUMBER_COLUMNS: u32 = 6u;

// Rotations, and for SMALL_0 and SMALL_1 a shift behind them.
const BIG_0 = vec3<u32>(28u, 34u, 39u);
const BIG_1 = vec3<u32>(14u, 18u, 41u);
const SMALL_0 = vec3<u32>(1u, 8u, 7u);
const SMALL_1 = vec3<u32>(19u, 61u, 6u);

fn load_word(at: u32) -> Word {
    return vec2<u32>(records[at], records[at + 1u]);
}

// From bytes with the high one first.
fn load_reversed(at: u32) -> Word {
    return vec2<u32>(reversed(records[at + 1u]), reversed(records[at]));
}

fn round_constant(t: u32) -> Word {
    return vec2<u32>(table[2u * t], table[2u * t + 1u]);
}

fn add(x: Word, y: Word) -> Word {
    let low = x.x + y.x;
    return vec2<u32>(low, x.y + y.y + select(0u, 1u, low < x.x));
}

// n is from 1 to 63, and not 32.
fn rotated(x: Word, n: u32) -> Word {
    let near = select(x, x.yx, n >= 32u);
    let right = n & 31u;
    return (near >> vec2<u32>(right)) | (near.yx << vec2<u32>(32u - right));
}

// n is from 1 to 31.
fn shifted(x: Word, n: u32) -> Word {
    return vec2<u32>((x.x >> n) | (x.y << (32u - n)), x.y >> n);
}

// The i-th 32 bits of a word.
fn part_of(x: Word, i: u32) -> u32 {
    return select(x.x, x.y, i == 1u);
}
