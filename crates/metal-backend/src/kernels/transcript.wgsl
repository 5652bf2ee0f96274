// Observes and samples where no stage's kernel does: runs a list of operations on the sponge, in one workgroup. Needs
// the sponge's text before it.
//
// The words of an operation go through the transcript one by one and stand, afterwards, at
// tape[place..place + n_words]; sampled words that nobody needs have no place.

// The kinds of operations, as in transcript.rs.
// Observe words of `data` from `detail` on.
const OBSERVE_DATA: u32 = 0u;
// Observe words that are on the tape already.
const OBSERVE_TAPE: u32 = 1u;
// Observe the nonce that grind.wgsl has left at this place (a word): the integer 2^32 - 1 - nonce, or 0 for none.
const OBSERVE_NONCE: u32 = 2u;
// Sample field elements.
const SAMPLE: u32 = 3u;
// Sample integers of `detail` bits.
const SAMPLE_BITS: u32 = 4u;
const NO_PLACE: u32 = 0xffffffffu;
// R^2 mod P: a product with it turns an integer into the element's Montgomery form.
const R_SQUARED: u32 = 0x45dddde3u;

// Word i to observe.
fn word_to_observe(operation: Operation, i: u32) -> u32 {
    switch operation.kind {
        case OBSERVE_DATA: {
            return data[operation.detail + i];
        }
        case OBSERVE_TAPE: {
            return tape[operation.place + i];
        }
        default: {
            let found = tape[operation.place + i];
            if (found == 0u) {
                sponge[SPONGE_IS_SPOILT] = 1u;
                return 0u;
            }
            return fp_mul(0xffffffffu - found, R_SQUARED);
        }
    }
}

fn keep(operation: Operation, i: u32, word: u32) {
    if (operation.place != NO_PLACE) {
        tape[operation.place + i] = word;
    }
}

fn is_sampled(operation: Operation) -> bool {
    return operation.kind >= SAMPLE;
}

// Word i of what was sampled.
fn sampled_word(operation: Operation, i: u32) -> u32 {
    let word = sponge_word(i);
    if (operation.kind == SAMPLE_BITS) {
        return fp_mul(word, 1u) & ((1u << operation.detail) - 1u);
    }
    return word;
}

// A lane has a word of its own, so that all words of a step are read at once: memory answers slowly.
@compute @workgroup_size(N_THREADS)
fn main(@builtin(local_invocation_index) lane: u32) {
    sponge_load(lane);
    // A word has a place on the tape to itself, or is its operation's only one: so this ends whatever the list says, as
    // it does if its upload was lost.
    var n_left = arrayLength(&tape) + params.n_operations;
    for (var op = 0u; op < params.n_operations; op++) {
        let operation = operations[op];
        let n_words = min(operation.n_words, n_left);
        n_left -= n_words;
        for (var first = 0u; first < n_words; first += SPONGE_N_WORDS) {
            let n = min(SPONGE_N_WORDS, n_words - first);
            if (lane < n && !is_sampled(operation)) {
                let word = word_to_observe(operation, first + lane);
                sponge_put(lane, word);
                keep(operation, first + lane, word);
            }
            sponge_exchange(select(n, 0u, is_sampled(operation)), select(0u, n, is_sampled(operation)));
            if (lane < n && is_sampled(operation)) {
                keep(operation, first + lane, sampled_word(operation, lane));
            }
        }
    }
    sponge_store();
}
