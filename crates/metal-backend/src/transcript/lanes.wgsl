// Poseidon2 by lanes: sixteen threads of a workgroup permute a state together, a word each, where one thread takes more
// than ten times as long. A library without entry point; needs a field text before it, and N_LANES, a power of two.
//
//     lanes_load(lane);                      lane = local_invocation_index; once, before the other
//     lanes_permute(lane, first, is_worker); the states whose words are sh_lanes[first..first + 16], in place
//
// Both are called from all threads of a workgroup, in uniform control flow. Threads that are no workers only take part
// in the barriers; workers are lanes 0, ..., N_LANES - 1 or some of them, sixteen neighbours or none. Lane l has word
// l % 16 of a state. Before the first call, whoever includes the library puts what `constants` of lanes.rs makes into
// `sh_lanes_constants`. Words are canonical, in Montgomery form.
//
// Takes 1,728 bytes of workgroup memory, and 8 for each lane.

const LANES_WIDTH: u32 = 16u;
// Among the constants are rows of 16, one word for each of the state: one to add after each of the nine external layers; the
// diagonal; one to add at the start of the internal rounds, and the transposed matrix there. lanes.rs makes them.
const LANES_DIAGONAL: u32 = 144u;
const LANES_START_CONSTANTS: u32 = 160u;
const LANES_START: u32 = 176u;
const LANES_N_CONSTANTS: u32 = 432u;

// The first half: states between two permutations. Within one, the halves take turns, so that one barrier is enough
// between writing a layer's input and writing the next one's.
var<workgroup> sh_lanes: array<u32, 2u * N_LANES>;
var<workgroup> sh_lanes_constants: array<u32, LANES_N_CONSTANTS>;
// This lane's word of the state, and its row of circ(2, 3, 1, 1).
var<private> lane_word: u32;
var<private> lane_row: vec4<u32>;

fn lanes_load(lane: u32) {
    lane_word = lane & (LANES_WIDTH - 1u);
    let columns = vec4<u32>(0u, 1u, 2u, 3u);
    lane_row = select(vec4<u32>(1u), vec4<u32>(2u), columns == vec4<u32>(lane & 3u));
    lane_row = select(lane_row, vec4<u32>(3u), columns == vec4<u32>((lane + 1u) & 3u));
}

fn lanes_permute(lane: u32, first: u32, is_worker: bool) {
    workgroupBarrier();
    var x = 0u;
    if (is_worker) {
        x = lanes_external_layer(first, sh_lanes_constants[lane_word]);
    }
    // Where the half in turn begins.
    var half = N_LANES;
    for (var round = 0u; round < 8u; round++) {
        if (is_worker) {
            sh_lanes[half + lane] = fp_exp7(x);
        }
        workgroupBarrier();
        if (is_worker) {
            x = lanes_external_layer(half + first, sh_lanes_constants[LANES_WIDTH * (round + 1u) + lane_word]);
        }
        if (round == 3u) {
            if (is_worker) {
                sh_lanes[N_LANES - half + lane] = lanes_internal_start(half + first);
            }
            half = N_LANES - half;
            workgroupBarrier();
            if (is_worker) {
                x = lanes_internal_rounds(half + first, x);
            }
        }
        half = N_LANES - half;
    }
    // The last layer was read from the second half.
    if (is_worker) {
        sh_lanes[lane] = min(x, x - P);
    }
    workgroupBarrier();
}

fn lanes_group(start: u32) -> vec4<u32> {
    return vec4<u32>(sh_lanes[start], sh_lanes[start + 1u], sh_lanes[start + 2u], sh_lanes[start + 3u]);
}

// `constant` plus this thread's word of the external matrix times the words from `first` on, up to 1.02 P. The matrix
// is circ(2 M, M, M, M) with M = circ(2, 3, 1, 1).
fn lanes_external_layer(first: u32, constant: u32) -> u32 {
    // Two canonical words fit in 32 bits.
    let ab = lanes_group(first) + lanes_group(first + 4u);
    let cd = lanes_group(first + 8u) + lanes_group(first + 12u);
    let own = lanes_group(first + (lane_word & 12u));
    // The sum of 36 words, of which we know the low 32 bits and, almost, what is above the low 16: enough for its quotient
    // by P, or one less if the remainder is small.
    let low = dot(ab + cd + own, lane_row) + constant;
    let columns = (ab >> vec4<u32>(16u)) + (cd >> vec4<u32>(16u)) + (own >> vec4<u32>(16u));
    let high = dot(columns, lane_row) + (constant >> 16u);
    // 2184 / 2^26 is just below 2^16 / P.
    return low - ((high * 2184u) >> 26u) * P;
}

// From the S-boxes of the last external round, from `first` on, this thread's part of what the internal rounds start from.
fn lanes_internal_start(first: u32) -> u32 {
    var sum = sh_lanes_constants[LANES_START_CONSTANTS + lane_word];
    for (var j = 0u; j < LANES_WIDTH; j += 4u) {
        let at = LANES_START + LANES_WIDTH * j + lane_word;
        let row = vec4<u32>(
            sh_lanes_constants[at],
            sh_lanes_constants[at + LANES_WIDTH],
            sh_lanes_constants[at + 2u * LANES_WIDTH],
            sh_lanes_constants[at + 3u * LANES_WIDTH],
        );
        sum = fp_add(sum, inner_product(lanes_group(first + j), row));
    }
    return sum;
}
