// The duplex sponge of the Fiat-Shamir transcript, for kernels that observe and sample. Needs a field text before it.
// Equal to upstream's `DuplexSponge` with Poseidon2: overwrite mode, width 16, rate 8.
//
// A library without entry point. The kernel that includes it declares, at a binding of its own,
//     var<storage, read_write> sponge: array<u32>;
// and calls every function below from all threads of ONE workgroup of 64 threads or more, in uniform control flow.
// Sixteen lanes permute together, a state word each, and the next sixteen do the same: on an H200, half a subgroup is
// slower than a whole one. The other threads only take part in the barriers. A word to observe is taken from lane 0,
// whatever the other threads pass; a sampled value is returned to all of them.
//
//     sponge_load(lane);                        lane = local_invocation_index; once, before all others
//     sponge_observe(word); sponge_observe_ef(value);
//     sponge_observe_lanes(word, n);            the words of lanes 0, ..., n - 1; n <= SPONGE_N_WORDS
//     sponge_sample_fp(); sponge_sample_ef(); sponge_sample_bits(n);
//     sponge_store();                           once, after all others
//
// Every call is inlined with a whole permutation: call in a loop rather than line by line.
// Field elements are in Montgomery form. Takes 2,112 bytes of workgroup memory.

// The layout of `sponge`: the state's 16 words, two indices and a note, then constants that the host put there.
const SPONGE_WIDTH: u32 = 16u;
const SPONGE_RATE: u32 = 8u;
const SPONGE_N_WORKERS: u32 = 32u;
// Words that are observed at once.
const SPONGE_N_WORDS: u32 = 32u;
// Where the next observed word goes, in [0, SPONGE_RATE).
const SPONGE_ABSORB_INDEX: u32 = 16u;
// One above the state word that is sampled next, in [0, SPONGE_RATE]; 0 asks for a permutation first.
const SPONGE_SAMPLE_INDEX: u32 = 17u;
// Not 0 once a proof-of-work search has ended without a nonce.
const SPONGE_IS_SPOILT: u32 = 18u;
const SPONGE_CONSTANTS: u32 = 20u;
// Among the constants are rows of 16, one word for each of the state: one to add after each of the nine external layers; the
// diagonal; one to add at the start of the internal rounds, and the transposed matrix there. sponge.rs makes them.
const SPONGE_DIAGONAL: u32 = 144u;
const SPONGE_START_CONSTANTS: u32 = 160u;
const SPONGE_START: u32 = 176u;
const SPONGE_N_CONSTANTS: u32 = 432u;

// The first half: the state between two permutations. Within one, the halves take turns, so that one barrier is
// enough between writing a layer's input and writing the next one's. Nobody reads the words from SPONGE_WIDTH on.
var<workgroup> sh_sponge: array<array<u32, SPONGE_N_WORKERS>, 2>;
var<workgroup> sh_sponge_constants: array<u32, SPONGE_N_CONSTANTS>;
// Words that lanes wait to observe.
var<workgroup> sh_sponge_words: array<u32, SPONGE_N_WORDS>;
// The same in all threads, except for the lane, its word of the state, and its row.
var<private> sponge_lane: u32;
var<private> sponge_word: u32;
// Its row of circ(2, 3, 1, 1).
var<private> sponge_row: vec4<u32>;
var<private> sponge_absorb_index: u32;
var<private> sponge_sample_index: u32;

fn sponge_load(lane: u32) {
    sponge_lane = lane;
    sponge_word = lane & (SPONGE_WIDTH - 1u);
    let columns = vec4<u32>(0u, 1u, 2u, 3u);
    sponge_row = select(vec4<u32>(1u), vec4<u32>(2u), columns == vec4<u32>(lane & 3u));
    sponge_row = select(sponge_row, vec4<u32>(3u), columns == vec4<u32>((lane + 1u) & 3u));
    sponge_absorb_index = sponge[SPONGE_ABSORB_INDEX];
    sponge_sample_index = sponge[SPONGE_SAMPLE_INDEX];
    if (lane < SPONGE_N_WORKERS) {
        sh_sponge[0][lane] = sponge[sponge_word];
        for (var i = lane; i < SPONGE_N_CONSTANTS; i += SPONGE_N_WORKERS) {
            sh_sponge_constants[i] = sponge[SPONGE_CONSTANTS + i];
        }
    }
    workgroupBarrier();
}

fn sponge_store() {
    workgroupBarrier();
    if (sponge_lane < SPONGE_WIDTH) {
        sponge[sponge_lane] = sh_sponge[0][sponge_lane];
    }
    if (sponge_lane == 0u) {
        sponge[SPONGE_ABSORB_INDEX] = sponge_absorb_index;
        sponge[SPONGE_SAMPLE_INDEX] = sponge_sample_index;
    }
}

fn sponge_observe(word: u32) {
    if (sponge_lane == 0u) {
        sh_sponge[0][sponge_absorb_index] = word;
    }
    sponge_absorb_index += 1u;
    if (sponge_absorb_index == SPONGE_RATE) {
        sponge_permute();
    }
}

fn sponge_observe_ef(value: vec4<u32>) {
    var rest = value;
    for (var i = 0u; i < 4u; i++) {
        sponge_observe(rest.x);
        rest = rest.yzwx;
    }
}

fn sponge_observe_lanes(word: u32, n: u32) {
    if (sponge_lane < n) {
        sh_sponge_words[sponge_lane] = word;
    }
    workgroupBarrier();
    var done = 0u;
    while (done < n) {
        let taken = min(SPONGE_RATE - sponge_absorb_index, n - done);
        if (sponge_lane < taken) {
            sh_sponge[0][sponge_absorb_index + sponge_lane] = sh_sponge_words[done + sponge_lane];
        }
        sponge_absorb_index += taken;
        done += taken;
        if (sponge_absorb_index == SPONGE_RATE) {
            sponge_permute();
        }
    }
    // Before the words may be overwritten.
    workgroupBarrier();
}

fn sponge_sample_fp() -> u32 {
    if (sponge_absorb_index != 0u || sponge_sample_index == 0u) {
        sponge_permute();
    }
    sponge_sample_index -= 1u;
    let word = sh_sponge[0][sponge_sample_index];
    // Before lane 0 may overwrite the word.
    workgroupBarrier();
    return word;
}

fn sponge_sample_ef() -> vec4<u32> {
    var value = vec4<u32>();
    for (var i = 0u; i < 4u; i++) {
        value = vec4<u32>(value.yzw, sponge_sample_fp());
    }
    return value;
}

// The lowest n bits of a sampled element's canonical value, as an integer; n < 31.
fn sponge_sample_bits(n: u32) -> u32 {
    return fp_mul(sponge_sample_fp(), 1u) & ((1u << n) - 1u);
}

// After it, all of the rate can be observed or sampled.
fn sponge_permute() {
    workgroupBarrier();
    let lane = sponge_lane;
    let is_worker = lane < SPONGE_N_WORKERS;
    var x = 0u;
    if (is_worker) {
        x = sponge_external_layer(0u, sh_sponge_constants[sponge_word]);
    }
    var half = 1u;
    for (var round = 0u; round < 8u; round++) {
        if (is_worker) {
            sh_sponge[half][lane] = fp_exp7(x);
        }
        workgroupBarrier();
        if (is_worker) {
            x = sponge_external_layer(half, sh_sponge_constants[SPONGE_WIDTH * (round + 1u) + sponge_word]);
        }
        if (round == 3u) {
            if (is_worker) {
                sh_sponge[1u - half][lane] = sponge_internal_start(half);
            }
            half = 1u - half;
            workgroupBarrier();
            if (is_worker) {
                x = sponge_internal_rounds(half, x);
            }
        }
        half = 1u - half;
    }
    // The last layer was read from half 1.
    if (is_worker) {
        sh_sponge[0][lane] = min(x, x - P);
    }
    workgroupBarrier();
    sponge_absorb_index = 0u;
    sponge_sample_index = SPONGE_RATE;
}

fn sponge_group(half: u32, start: u32) -> vec4<u32> {
    return vec4<u32>(
        sh_sponge[half][start],
        sh_sponge[half][start + 1u],
        sh_sponge[half][start + 2u],
        sh_sponge[half][start + 3u],
    );
}

// `constant` plus this thread's word of the external matrix times the words in `half`, up to 1.02 P. The matrix is
// circ(2 M, M, M, M) with M = circ(2, 3, 1, 1).
fn sponge_external_layer(half: u32, constant: u32) -> u32 {
    // Two canonical words fit in 32 bits.
    let ab = sponge_group(half, 0u) + sponge_group(half, 4u);
    let cd = sponge_group(half, 8u) + sponge_group(half, 12u);
    let own = sponge_group(half, sponge_word & 12u);
    // The sum of 36 words, of which we know the low 32 bits and, almost, what is above the low 16: enough for its quotient
    // by P, or one less if the remainder is small.
    let low = dot(ab + cd + own, sponge_row) + constant;
    let columns = (ab >> vec4<u32>(16u)) + (cd >> vec4<u32>(16u)) + (own >> vec4<u32>(16u));
    let high = dot(columns, sponge_row) + (constant >> 16u);
    // 2184 / 2^26 is just below 2^16 / P.
    return low - ((high * 2184u) >> 26u) * P;
}

// From the S-boxes of the last external round in `half`, this thread's part of what the internal rounds start from.
fn sponge_internal_start(half: u32) -> u32 {
    var sum = sh_sponge_constants[SPONGE_START_CONSTANTS + sponge_word];
    for (var j = 0u; j < SPONGE_WIDTH; j += 4u) {
        let at = SPONGE_START + SPONGE_WIDTH * j + sponge_word;
        let row = vec4<u32>(
            sh_sponge_constants[at],
            sh_sponge_constants[at + SPONGE_WIDTH],
            sh_sponge_constants[at + 2u * SPONGE_WIDTH],
            sh_sponge_constants[at + 3u * SPONGE_WIDTH],
        );
        sum = fp_add(sum, inner_product(sponge_group(half, j), row));
    }
    return sum;
}
