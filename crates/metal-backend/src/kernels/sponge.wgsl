// The duplex sponge of the Fiat-Shamir transcript, for kernels that observe and sample. Needs a field text before it.
// Equal to upstream's `DuplexSponge` with Poseidon2: overwrite mode, width 16, rate 8.
//
// A library without entry point. The kernel that includes it declares, at a binding of its own,
//     var<storage, read_write> sponge: array<u32>;
// and calls every function below from all threads of ONE workgroup of at least 16 threads, in uniform control flow.
// Sixteen threads permute together, a state word each; the others only take part in the barriers. A word to observe
// is taken from lane 0, whatever the other threads pass; a sampled value is returned to all of them.
//
//     sponge_load(lane);                        lane = local_invocation_index; once, before all others
//     sponge_observe(word); sponge_observe_ef(value);
//     sponge_observe_lanes(word, n);            the words of lanes 0, ..., n - 1; n <= 32, and at least 32 threads
//     sponge_sample_fp(); sponge_sample_ef(); sponge_sample_bits(n);
//     sponge_store();                           once, after all others
//
// Every call is inlined with a whole permutation: call in a loop rather than line by line.
// Field elements are in Montgomery form. Takes 884 bytes of workgroup memory.

// The layout of `sponge`: the state's 16 words, two indices and a note, then constants that the host put there.
const SPONGE_WIDTH: u32 = 16u;
const SPONGE_RATE: u32 = 8u;
// Where the next observed word goes, in [0, SPONGE_RATE).
const SPONGE_ABSORB_INDEX: u32 = 16u;
// One above the state word that is sampled next, in [0, SPONGE_RATE]; 0 asks for a permutation first.
const SPONGE_SAMPLE_INDEX: u32 = 17u;
// Not 0 once a proof-of-work search has ended without a nonce.
const SPONGE_IS_SPOILT: u32 = 18u;
const SPONGE_CONSTANTS: u32 = 20u;
// Among the constants: a row of 16 for each of the 8 external rounds, then the rows of the internal rounds.
const SPONGE_DIAGONAL: u32 = 128u;
const SPONGE_INTERNAL: u32 = 144u;
const SPONGE_N_CONSTANTS: u32 = 157u;

// Words 0 to 15: the state between two permutations. Within one, the halves take turns, so that one barrier is
// enough between writing a layer's input and writing the next one's.
var<workgroup> sh_sponge: array<u32, 32>;
var<workgroup> sh_sponge_constants: array<u32, SPONGE_N_CONSTANTS>;
// Words that lanes wait to observe.
var<workgroup> sh_sponge_words: array<u32, 32>;
// The same in all threads, except for the lane.
var<private> sponge_lane: u32;
var<private> sponge_absorb_index: u32;
var<private> sponge_sample_index: u32;

fn sponge_load(lane: u32) {
    sponge_lane = lane;
    sponge_absorb_index = sponge[SPONGE_ABSORB_INDEX];
    sponge_sample_index = sponge[SPONGE_SAMPLE_INDEX];
    if (lane < SPONGE_WIDTH) {
        sh_sponge[lane] = sponge[lane];
        for (var i = lane; i < SPONGE_N_CONSTANTS; i += SPONGE_WIDTH) {
            sh_sponge_constants[i] = sponge[SPONGE_CONSTANTS + i];
        }
    }
    workgroupBarrier();
}

fn sponge_store() {
    workgroupBarrier();
    if (sponge_lane < SPONGE_WIDTH) {
        sponge[sponge_lane] = sh_sponge[sponge_lane];
    }
    if (sponge_lane == 0u) {
        sponge[SPONGE_ABSORB_INDEX] = sponge_absorb_index;
        sponge[SPONGE_SAMPLE_INDEX] = sponge_sample_index;
    }
}

fn sponge_observe(word: u32) {
    if (sponge_lane == 0u) {
        sh_sponge[sponge_absorb_index] = word;
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
            sh_sponge[sponge_absorb_index + sponge_lane] = sh_sponge_words[done + sponge_lane];
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
    let word = sh_sponge[sponge_sample_index];
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
    let is_worker = lane < SPONGE_WIDTH;
    var x = 0u;
    if (is_worker) {
        x = sponge_external_layer(0u);
    }
    var half = SPONGE_WIDTH;
    for (var round = 0u; round < 21u; round++) {
        let is_internal = round >= 4u && round < 17u;
        if (is_worker) {
            if (!is_internal || lane == 0u) {
                let row = select(round, round - 13u, round >= 17u);
                let constant = select(SPONGE_WIDTH * row + lane, SPONGE_INTERNAL + round - 4u, is_internal);
                x = fp_exp7(fp_add(x, sh_sponge_constants[constant]));
            }
            sh_sponge[half + lane] = x;
        }
        workgroupBarrier();
        if (is_worker) {
            if (is_internal) {
                x = fp_add(fp_mul(x, sh_sponge_constants[SPONGE_DIAGONAL + lane]), sponge_sum(half));
            } else {
                x = sponge_external_layer(half);
            }
        }
        half = SPONGE_WIDTH - half;
    }
    // The last layer was read from the upper half.
    if (is_worker) {
        sh_sponge[lane] = x;
    }
    workgroupBarrier();
    sponge_absorb_index = 0u;
    sponge_sample_index = SPONGE_RATE;
}

// Four words from `start` on, turned so that this lane's position in its group of four comes first. The additions of
// extension elements serve for any four base elements.
fn sponge_group(start: u32) -> vec4<u32> {
    return vec4<u32>(
        sh_sponge[start + (sponge_lane & 3u)],
        sh_sponge[start + ((sponge_lane + 1u) & 3u)],
        sh_sponge[start + ((sponge_lane + 2u) & 3u)],
        sh_sponge[start + ((sponge_lane + 3u) & 3u)],
    );
}

// This lane's word of the external matrix times the words in `half`: circ(2 M, M, M, M) with M = circ(2, 3, 1, 1).
fn sponge_external_layer(half: u32) -> u32 {
    var sum = sponge_group(half + (sponge_lane & 12u));
    for (var group = 0u; group < SPONGE_WIDTH; group += 4u) {
        sum = ef_add(sum, sponge_group(half + group));
    }
    let low = fp_add(sum.x, sum.y);
    return fp_add(fp_add(low, fp_add(sum.z, sum.w)), fp_add(low, sum.y));
}

// The sum of the words in `half`.
fn sponge_sum(half: u32) -> u32 {
    return fp_sum_16(sponge_group(half), sponge_group(half + 4u), sponge_group(half + 8u), sponge_group(half + 12u));
}
