// The duplex sponge of the Fiat-Shamir transcript, for kernels that observe and sample. Needs lanes.wgsl before it.
// Equal to upstream's `DuplexSponge` with Poseidon2: overwrite mode, width 16, rate 8.
//
// A library without entry point. The kernel that includes it declares, at a binding of its own,
//     var<storage, read_write> sponge: array<u32>;
// and calls the functions below from ONE workgroup of 64 threads or more, in uniform control flow.
// Sixteen lanes permute together, a state word each, and the next sixteen do the same: on an H200, half a subgroup is
// slower than a whole one. The other threads only take part in the barriers.
//
//     sponge_load(lane);                        lane = local_invocation_index; once, before all others
//     sponge_put(i, word); sponge_put_ef(i, value);    by any lane: word i, or element i, to observe next
//     sponge_exchange(n_observed, n_sampled);   observes so many words that were put, then samples so many; at most
//                                               SPONGE_N_WORDS of either
//     sponge_word(i); sponge_ef(i);             word i, or element i, of those that were sampled
//     sponge_store();                           once, after all others
//
// All but `put` and what reads sampled words are to be called from all threads. A permutation is two thousand instructions,
// which a GPU has to fetch before it can run them: an exchange has one permutation in its text, however many it does, and
// a kernel best has one exchange, in a loop.
// Field elements are in Montgomery form. Takes 2,240 bytes of workgroup memory.

// The layout of `sponge`: the state's 16 words, two indices and a note, then constants that the host put there.
const SPONGE_WIDTH: u32 = 16u;
const SPONGE_RATE: u32 = 8u;
// Words that are observed at once, or sampled.
const SPONGE_N_WORDS: u32 = 32u;
// Where the next observed word goes, in [0, SPONGE_RATE).
const SPONGE_ABSORB_INDEX: u32 = 16u;
// One above the state word that is sampled next, in [0, SPONGE_RATE]; 0 asks for a permutation first.
const SPONGE_SAMPLE_INDEX: u32 = 17u;
// Not 0 once a proof-of-work search has ended without a nonce.
const SPONGE_IS_SPOILT: u32 = 18u;
const SPONGE_CONSTANTS: u32 = 20u;

// Words to observe, and words that were sampled. The state is in `sh_lanes`, of which nobody reads the words from SPONGE_WIDTH on.
var<workgroup> sh_sponge_words: array<u32, SPONGE_N_WORDS>;
var<workgroup> sh_sponge_sampled: array<u32, SPONGE_N_WORDS>;
// The same in all threads, except for the lane.
var<private> sponge_lane: u32;
var<private> sponge_absorb_index: u32;
var<private> sponge_sample_index: u32;

fn sponge_load(lane: u32) {
    sponge_lane = lane;
    lanes_load(lane);
    // Exchanges end whatever stands there, as it does if an upload was lost.
    sponge_absorb_index = min(sponge[SPONGE_ABSORB_INDEX], SPONGE_RATE - 1u);
    sponge_sample_index = min(sponge[SPONGE_SAMPLE_INDEX], SPONGE_RATE);
    if (lane < N_LANES) {
        sh_lanes[lane] = sponge[lane & (SPONGE_WIDTH - 1u)];
    }
    for (var i = lane; i < LANES_N_CONSTANTS; i += N_THREADS) {
        sh_lanes_constants[i] = sponge[SPONGE_CONSTANTS + i];
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

fn sponge_put(i: u32, word: u32) {
    sh_sponge_words[i] = word;
}

fn sponge_put_ef(i: u32, value: vec4<u32>) {
    sh_sponge_words[4u * i] = value.x;
    sh_sponge_words[4u * i + 1u] = value.y;
    sh_sponge_words[4u * i + 2u] = value.z;
    sh_sponge_words[4u * i + 3u] = value.w;
}

fn sponge_word(i: u32) -> u32 {
    return sh_sponge_sampled[i];
}

fn sponge_ef(i: u32) -> vec4<u32> {
    return vec4<u32>(
        sh_sponge_sampled[4u * i],
        sh_sponge_sampled[4u * i + 1u],
        sh_sponge_sampled[4u * i + 2u],
        sh_sponge_sampled[4u * i + 3u],
    );
}

fn sponge_exchange(n_observed: u32, n_sampled: u32) {
    let lane = sponge_lane;
    var observed = 0u;
    var sampled = 0u;
    workgroupBarrier();
    loop {
        let absorbed = min(SPONGE_RATE - sponge_absorb_index, n_observed - observed);
        if (lane < absorbed) {
            sh_lanes[sponge_absorb_index + lane] = sh_sponge_words[observed + lane];
        }
        sponge_absorb_index += absorbed;
        observed += absorbed;
        // A full rate is permuted at once; what does not fill it has been the last.
        if (sponge_absorb_index < SPONGE_RATE) {
            if (sponge_absorb_index == 0u) {
                let squeezed = min(sponge_sample_index, n_sampled - sampled);
                if (lane < squeezed) {
                    sh_sponge_sampled[sampled + lane] = sh_lanes[sponge_sample_index - 1u - lane];
                }
                sponge_sample_index -= squeezed;
                sampled += squeezed;
            }
            if (sampled == n_sampled) {
                break;
            }
        }
        lanes_permute(lane, 0u, lane < N_LANES);
        sponge_absorb_index = 0u;
        sponge_sample_index = SPONGE_RATE;
    }
    workgroupBarrier();
}
