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
// Among the constants are rows of 16, a word for each lane: one to add after each of the nine external layers; the
// diagonal; one to add at the start of the internal rounds, and the transposed matrix there. sponge.rs makes them.
const SPONGE_DIAGONAL: u32 = 144u;
const SPONGE_START_CONSTANTS: u32 = 160u;
const SPONGE_START: u32 = 176u;
const SPONGE_N_CONSTANTS: u32 = 432u;
// The sums c_m of sponge_internal_rounds, m = 0, ..., 11.
const SPONGE_C_0: u32 = 0x77ffffe1u;
const SPONGE_C_1: u32 = 0x07fffff9u;
const SPONGE_C_2: u32 = 0x4501fbcau;
const SPONGE_C_3: u32 = 0x1c6fffedu;
const SPONGE_C_4: u32 = 0x310dae80u;
const SPONGE_C_5: u32 = 0x3041efbau;
const SPONGE_C_6: u32 = 0x2d296c4bu;
const SPONGE_C_7: u32 = 0x180406ddu;
const SPONGE_C_8: u32 = 0x4eb57184u;
const SPONGE_C_9: u32 = 0x37803bdau;
const SPONGE_C_10: u32 = 0x1df93c95u;
const SPONGE_C_11: u32 = 0x540772eeu;

// The first half: the state between two permutations. Within one, the halves take turns, so that one barrier is
// enough between writing a layer's input and writing the next one's.
var<workgroup> sh_sponge: array<array<u32, SPONGE_WIDTH>, 2>;
var<workgroup> sh_sponge_constants: array<u32, SPONGE_N_CONSTANTS>;
// Words that lanes wait to observe.
var<workgroup> sh_sponge_words: array<u32, 32>;
// The same in all threads, except for the lane.
var<private> sponge_lane: u32;
// This lane's row of circ(2, 3, 1, 1).
var<private> sponge_row: vec4<u32>;
var<private> sponge_absorb_index: u32;
var<private> sponge_sample_index: u32;

fn sponge_load(lane: u32) {
    sponge_lane = lane;
    let columns = vec4<u32>(0u, 1u, 2u, 3u);
    sponge_row = select(vec4<u32>(1u), vec4<u32>(2u), columns == vec4<u32>(lane & 3u));
    sponge_row = select(sponge_row, vec4<u32>(3u), columns == vec4<u32>((lane + 1u) & 3u));
    sponge_absorb_index = sponge[SPONGE_ABSORB_INDEX];
    sponge_sample_index = sponge[SPONGE_SAMPLE_INDEX];
    if (lane < SPONGE_WIDTH) {
        sh_sponge[0][lane] = sponge[lane];
        for (var i = lane; i < SPONGE_N_CONSTANTS; i += SPONGE_WIDTH) {
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
    let is_worker = lane < SPONGE_WIDTH;
    var x = 0u;
    if (is_worker) {
        x = sponge_external_layer(0u, sh_sponge_constants[lane]);
    }
    var half = 1u;
    for (var round = 0u; round < 8u; round++) {
        if (is_worker) {
            sh_sponge[half][lane] = fp_exp7(x);
        }
        workgroupBarrier();
        if (is_worker) {
            x = sponge_external_layer(half, sh_sponge_constants[SPONGE_WIDTH * (round + 1u) + lane]);
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

// `constant` plus this lane's word of the external matrix times the words in `half`, up to 1.02 P. The matrix is
// circ(2 M, M, M, M) with M = circ(2, 3, 1, 1).
fn sponge_external_layer(half: u32, constant: u32) -> u32 {
    // Two canonical words fit in 32 bits.
    let ab = sponge_group(half, 0u) + sponge_group(half, 4u);
    let cd = sponge_group(half, 8u) + sponge_group(half, 12u);
    let own = sponge_group(half, sponge_lane & 12u);
    // The sum of 36 words, of which we know the low 32 bits and, almost, what is above the low 16: enough for its quotient
    // by P, or one less if the remainder is small.
    let low = dot(ab + cd + own, sponge_row) + constant;
    let columns = (ab >> vec4<u32>(16u)) + (cd >> vec4<u32>(16u)) + (own >> vec4<u32>(16u));
    let high = dot(columns, sponge_row) + (constant >> 16u);
    // 2184 / 2^26 is just below 2^16 / P.
    return low - ((high * 2184u) >> 26u) * P;
}

// From the S-boxes of the last external round in `half`, this lane's part of what the internal rounds start from.
fn sponge_internal_start(half: u32) -> u32 {
    var sum = sh_sponge_constants[SPONGE_START_CONSTANTS + sponge_lane];
    for (var j = 0u; j < SPONGE_WIDTH; j += 4u) {
        let at = SPONGE_START + SPONGE_WIDTH * j + sponge_lane;
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

// This lane's word after the internal rounds and the constant after them, from the word x before them.
//
// Only word 0 goes through an S-box; the others are linear in what they were and in the sums s_k that round k adds to
// all words: x_i becomes d_i x_i + s_k, and x_0 becomes s_k - 2 y_k, where y_k is its S-box. With u_k, the sum of the
// others in round k, s_k = y_k + u_k, and
//     u_k = sum over i > 0 of d_i^k x_i  +  sum over j < k of c_(k - 1 - j) s_j,    c_m = sum over i > 0 of d_i^m.
// All lanes compute all of it, but each its own x_i, so that no round waits for another lane. The first sums are in
// `half`, then the first S-box's input. Round constants have been moved: u_k holds that of round k + 1, the first sums
// and the x_i make up for the s_k that have grown by it.
fn sponge_internal_rounds(half: u32, x: u32) -> u32 {
    let diagonal = sh_sponge_constants[SPONGE_DIAGONAL + sponge_lane];
    // a_m is u_(k + m) as far as s_j is known for it. A canonical sum grows by one product, and is folded after two.
    var a_1 = wide_from_high(sh_sponge[half][0]);
    var a_2 = wide_from_high(sh_sponge[half][1]);
    var a_3 = wide_from_high(sh_sponge[half][2]);
    var a_4 = wide_from_high(sh_sponge[half][3]);
    var a_5 = wide_from_high(sh_sponge[half][4]);
    var a_6 = wide_from_high(sh_sponge[half][5]);
    var a_7 = wide_from_high(sh_sponge[half][6]);
    var a_8 = wide_from_high(sh_sponge[half][7]);
    var a_9 = wide_from_high(sh_sponge[half][8]);
    var a_10 = wide_from_high(sh_sponge[half][9]);
    var a_11 = wide_from_high(sh_sponge[half][10]);
    var a_12 = wide_from_high(sh_sponge[half][11]);
    let a_13 = wide_from_high(sh_sponge[half][12]);
    var t = sh_sponge[half][13];
    var s = 0u;
    var rest = x;
    for (var round = 0u; round < 13u; round++) {
        let factors = fp_exp7_factors(t);
        let y = wide_mul(factors.x, factors.y);
        // The rest waits for s of the round before only, and runs while the S-box does.
        let u = wide_reduce_sum(wide_add(a_1, wide_mul(s, SPONGE_C_0)));
        a_1 = wide_add(a_2, wide_mul(s, SPONGE_C_1));
        a_2 = wide_fold(wide_add(a_3, wide_mul(s, SPONGE_C_2)));
        a_3 = wide_add(a_4, wide_mul(s, SPONGE_C_3));
        a_4 = wide_fold(wide_add(a_5, wide_mul(s, SPONGE_C_4)));
        a_5 = wide_add(a_6, wide_mul(s, SPONGE_C_5));
        a_6 = wide_fold(wide_add(a_7, wide_mul(s, SPONGE_C_6)));
        a_7 = wide_add(a_8, wide_mul(s, SPONGE_C_7));
        a_8 = wide_fold(wide_add(a_9, wide_mul(s, SPONGE_C_8)));
        a_9 = wide_add(a_10, wide_mul(s, SPONGE_C_9));
        a_10 = wide_fold(wide_add(a_11, wide_mul(s, SPONGE_C_10)));
        a_11 = wide_add(a_12, wide_mul(s, SPONGE_C_11));
        a_12 = a_13;
        rest = fp_mul(fp_add(rest, s), diagonal);
        // u - y
        t = fp_add(fp_sub(u, wide_high(y)), reduction_term(wide_low(y)));
        s = fp_sub(fp_double(u), t);
    }
    return select(fp_add(rest, s), t, sponge_lane == 0u);
}
