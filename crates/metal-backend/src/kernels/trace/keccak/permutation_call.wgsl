// KECCAKF: a state in memory is permuted there (`KeccakfRecord`).

const PREIMAGE_WORDS: u32 = 55u;
const ACCESS_WORDS: u32 = 5u;

fn fill_row(row: u32, at: u32) {
    let timestamp = records[at + 1u];
    let buffer = records[at + 3u];
    put(0u, row, records[at]);
    put_flag(1u, row, true);
    put(2u, row, timestamp);
    put(3u, row, records[at + 2u]);
    put_bytes(4u, row, buffer);
    put_access(408u, row, records[at + 4u], timestamp);
    let top = pointer_top(buffer);
    count_bytes(top, top);
    for (var i = 0u; i < 50u; i++) {
        put_bytes(8u + 4u * i, row, records[at + PREIMAGE_WORDS + i]);
        put_access(411u + 3u * i, row, records[at + ACCESS_WORDS + i], timestamp + 1u + i);
    }
    var state = load_state(at + PREIMAGE_WORDS);
    var feedback = 1u;
    for (var round = 0u; round < N_ROUNDS; round++) {
        do_round(&state, &feedback);
    }
    // Not one loop of 25, which compilers replace by 25 times this text.
    for (var y = 0u; y < 25u; y += 5u) {
        for (var x = 0u; x < 5u; x++) {
            let lane = state[x + y];
            put_bytes(208u + 8u * (x + y), row, lane.x);
            put_bytes(212u + 8u * (x + y), row, lane.y);
            count_word(lane.x);
            count_word(lane.y);
        }
    }
}
