// The duplex sponge of the Fiat-Shamir transcript, for kernels that observe and sample. Needs lanes.wgsl before it.
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
// Words that are observed at once.
const SPONGE_N_WORDS: u32 = 32u;
// Where the next observed word goes, in [0, SPONGE_RATE).
const SPONGE_ABSORB_INDEX: u32 = 16u;
// One above the state word that is sampled next, in [0, SPONGE_RATE]; 0 asks for a permutation first.
const SPONGE_SAMPLE_INDEX: u32 = 17u;
// Not 0 once a proof-of-work search has ended without a nonce.
const SPONGE_IS_SPOILT: u32 = 18u;
const SPONGE_CONSTANTS: u32 = 20u;

// Words that lanes wait to observe. The state is in `sh_lanes`, of which nobody reads the words from SPONGE_WIDTH on.
var<workgroup> sh_sponge_words: array<u32, SPONGE_N_WORDS>;
// The same in all threads, except for the lane.
var<private> sponge_lane: u32;
var<private> sponge_absorb_index: u32;
var<private> sponge_sample_index: u32;

fn sponge_load(lane: u32) {
    sponge_lane = lane;
    lanes_load(lane);
    sponge_absorb_index = sponge[SPONGE_ABSORB_INDEX];
    sponge_sample_index = sponge[SPONGE_SAMPLE_INDEX];
    if (lane < N_LANES) {
        sh_lanes[lane] = sponge[lane & (SPONGE_WIDTH - 1u)];
        for (var i = lane; i < LANES_N_CONSTANTS; i += N_LANES) {
            sh_lanes_constants[i] = sponge[SPONGE_CONSTANTS + i];
        }
    }
    workgroupBarrier();
}

fn sponge_store() {
    workgroupBarrier();
    if (sponge_lane < SPONGE_WIDTH) {
        sponge[sponge_lane] = sh_lanes[sponge_lane];
    }
    if (sponge_lane == 0u) {
        sponge[SPONGE_ABSORB_INDEX] = sponge_absorb_index;
        sponge[SPONGE_SAMPLE_INDEX] = sponge_sample_index;
    }
}

fn sponge_observe(word: u32) {
    if (sponge_lane == 0u) {
        sh_lanes[sponge_absorb_index] = word;
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
            sh_lanes[sponge_absorb_index + sponge_lane] = sh_sponge_words[done + sponge_lane];
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
    let word = sh_lanes[sponge_sample_index];
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

// After it, all of the rate can be observed or sampled. Both groups of sixteen lanes permute what the first one has.
fn sponge_permute() {
    lanes_permute(sponge_lane, 0u, sponge_lane < N_LANES);
    sponge_absorb_index = 0u;
    sponge_sample_index = SPONGE_RATE;
}
