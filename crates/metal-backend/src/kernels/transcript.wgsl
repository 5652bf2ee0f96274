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

// A lane reads the word that it keeps, and all words of a step are read at once: memory answers slowly.
fn observe(lane: u32, operation: Operation) {
    for (var first = 0u; first < operation.n_words; first += SPONGE_N_WORDS) {
        let n = min(SPONGE_N_WORDS, operation.n_words - first);
        var word = 0u;
        if (lane < n) {
            word = word_to_observe(operation, first + lane);
            keep(operation, first + lane, word);
        }
        sponge_observe_lanes(word, n);
    }
}

fn sample(lane: u32, operation: Operation) {
    for (var i = 0u; i < operation.n_words; i++) {
        var word = sponge_sample_fp();
        if (operation.kind == SAMPLE_BITS) {
            word = fp_mul(word, 1u) & ((1u << operation.detail) - 1u);
        }
        if (lane == 0u) {
            keep(operation, i, word);
        }
    }
}

@compute @workgroup_size(N_THREADS)
fn main(@builtin(local_invocation_index) lane: u32) {
    sponge_load(lane);
    for (var op = 0u; op < params.n_operations; op++) {
        let operation = operations[op];
        if (operation.kind < SAMPLE) {
            observe(lane, operation);
        } else {
            sample(lane, operation);
        }
    }
    sponge_store();
}
