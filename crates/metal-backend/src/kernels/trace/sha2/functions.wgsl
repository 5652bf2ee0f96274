// What SHA-256 and SHA-512 have in common, with words of either. `table` has the round constants.

const WORD_BITS: u32 = 32u * WORD_LEN;
const N_LIMBS: u32 = 2u * WORD_LEN;
// Words of 32 bits.
const STATE_LEN: u32 = 8u * WORD_LEN;
const MESSAGE_LEN: u32 = 16u * WORD_LEN;

alias Variables = array<Word, 8>;
// The last sixteen words of the message schedule.
alias Window = array<Word, 16>;

fn reversed(word: u32) -> u32 {
    let pairs = ((word & 0xff00ffu) << 8u) | ((word >> 8u) & 0xff00ffu);
    return (pairs << 16u) | (pairs >> 16u);
}

fn big_sigma(x: Word, turns: vec3<u32>) -> Word {
    return rotated(x, turns.x) ^ rotated(x, turns.y) ^ rotated(x, turns.z);
}

fn small_sigma(x: Word, turns: vec3<u32>) -> Word {
    return rotated(x, turns.x) ^ rotated(x, turns.y) ^ shifted(x, turns.z);
}

fn choice(x: Word, y: Word, z: Word) -> Word {
    return (x & y) ^ (~x & z);
}

fn majority(x: Word, y: Word, z: Word) -> Word {
    return (x & y) ^ (x & z) ^ (y & z);
}

// The k-th 16 bits of a word.
fn limb(x: Word, k: u32) -> u32 {
    return (part_of(x, k >> 1u) >> (16u * (k & 1u))) & 0xffffu;
}

fn push(window: ptr<function, Window>, word: Word) {
    for (var i = 0u; i < 15u; i++) {
        (*window)[i] = (*window)[i + 1u];
    }
    (*window)[15] = word;
}

// Word t of the schedule, the sixteen before it given.
fn next_word(window: ptr<function, Window>, message_at: u32, t: u32) -> Word {
    if (t < 16u) {
        return load_reversed(message_at + WORD_LEN * t);
    }
    let near = add(small_sigma((*window)[14], SMALL_1), (*window)[9]);
    return add(near, add(small_sigma((*window)[1], SMALL_0), (*window)[0]));
}

fn do_round(variables: ptr<function, Variables>, t: u32, word: Word) {
    let e = (*variables)[4];
    let chosen = add(choice(e, (*variables)[5], (*variables)[6]), big_sigma(e, BIG_1));
    let first = add(add(add((*variables)[7], chosen), round_constant(t)), word);
    let a = (*variables)[0];
    let second = add(big_sigma(a, BIG_0), majority(a, (*variables)[1], (*variables)[2]));
    for (var i = 7u; i > 0u; i--) {
        (*variables)[i] = (*variables)[i - 1u];
    }
    (*variables)[4] = add((*variables)[4], first);
    (*variables)[0] = add(first, second);
}
