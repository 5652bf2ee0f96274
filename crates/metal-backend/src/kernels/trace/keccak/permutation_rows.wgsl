// A permutation, a row for each round (`KeccakCols` of p3-keccak-air, and a timestamp). A record has the state, the
// timestamp, and whether it was asked for: the last one is of the rows behind, which permute zeros.

const EXPORT: u32 = 24u;
const PREIMAGE: u32 = 25u;
const STATE: u32 = 125u;
const PARITIES: u32 = 225u;
const NEW_PARITIES: u32 = 545u;
const AFTER_THETA: u32 = 865u;
const AFTER_CHI: u32 = 2465u;
const FIRST_BITS: u32 = 2565u;
const FIRST_AFTER_IOTA: u32 = 2629u;
const TIMESTAMP: u32 = 2633u;

fn put_lane_limbs(column: u32, row: u32, lane: vec2<u32>) {
    put_limbs(column, row, lane.x);
    put_limbs(column + 2u, row, lane.y);
}

fn put_lane_bits(column: u32, row: u32, lane: vec2<u32>) {
    put_bits(column, row, lane.x);
    put_bits(column + 32u, row, lane.y);
}

fn fill_row(row: u32, at: u32, part: u32) {
    let row_round = part - (part / N_ROUNDS) * N_ROUNDS;
    put_marker(0u, row, N_ROUNDS, row_round);
    let is_exported = row_round == N_ROUNDS - 1u && records[at + 51u] == 1u;
    put_flag(EXPORT, row, is_exported);
    put(TIMESTAMP, row, select(0u, records[at + 50u], is_exported));
    for (var i = 0u; i < 50u; i++) {
        put_limbs(PREIMAGE + 2u * i, row, records[at + i]);
    }

    // Each thread goes to its row's round before any of them puts cells: then neighbours put neighbouring ones at the same time.
    var state = load_state(at);
    var feedback = 1u;
    for (var round = 0u; round < row_round; round++) {
        do_round(&state, &feedback);
    }
    var sums = parities(&state);
    for (var i = 0u; i < 25u; i++) {
        put_lane_limbs(STATE + 4u * i, row, state[i]);
    }
    for (var x = 0u; x < 5u; x++) {
        put_lane_bits(PARITIES + 64u * x, row, sums[x]);
        put_lane_bits(NEW_PARITIES + 64u * x, row, sums[x] ^ beside(&sums, x));
    }
    theta(&state, &sums);
    for (var i = 0u; i < 25u; i++) {
        put_lane_bits(AFTER_THETA + 64u * i, row, state[i]);
    }
    rho_pi(&state);
    chi(&state);
    for (var i = 0u; i < 25u; i++) {
        put_lane_limbs(AFTER_CHI + 4u * i, row, state[i]);
    }
    put_lane_bits(FIRST_BITS, row, state[0]);
    put_lane_limbs(FIRST_AFTER_IOTA, row, state[0] ^ round_constant(&feedback));
}
