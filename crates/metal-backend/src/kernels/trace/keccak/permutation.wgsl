// Keccak-f[1600] (FIPS 202). Lane x, y of the state has place x + 5 y; its words are the low one and the high one.

alias State = array<vec2<u32>, 25>;
alias Plane = array<vec2<u32>, 5>;

const N_ROUNDS: u32 = 24u;

// n is below 64.
fn rotate_left(lane: vec2<u32>, n: u32) -> vec2<u32> {
    let swapped = select(lane, lane.yx, n >= 32u);
    let left = n & 31u;
    // Shifts stay below 32 also where nothing is left to shift.
    return (swapped << vec2<u32>(left)) | ((swapped.yx >> vec2<u32>(1u)) >> vec2<u32>(31u - left));
}

fn load_state(at: u32) -> State {
    var state: State;
    for (var i = 0u; i < 25u; i++) {
        state[i] = vec2<u32>(records[at + 2u * i], records[at + 2u * i + 1u]);
    }
    return state;
}

// The sum of each column.
fn parities(state: ptr<function, State>) -> Plane {
    var sums: Plane;
    for (var x = 0u; x < 5u; x++) {
        sums[x] = (*state)[x] ^ (*state)[x + 5u] ^ (*state)[x + 10u] ^ (*state)[x + 15u] ^ (*state)[x + 20u];
    }
    return sums;
}

// What theta adds to the lanes of column x.
fn beside(sums: ptr<function, Plane>, x: u32) -> vec2<u32> {
    return (*sums)[(x + 4u) % 5u] ^ rotate_left((*sums)[(x + 1u) % 5u], 1u);
}

fn theta(state: ptr<function, State>, sums: ptr<function, Plane>) {
    for (var x = 0u; x < 5u; x++) {
        let sum = beside(sums, x);
        for (var y = 0u; y < 25u; y += 5u) {
            (*state)[x + y] ^= sum;
        }
    }
}

// Lanes are turned by triangular numbers, and all but the first move along one cycle, here from its end.
fn rho_pi(state: ptr<function, State>) {
    let first = (*state)[1];
    (*state)[1] = rotate_left((*state)[6], 44u);
    (*state)[6] = rotate_left((*state)[9], 20u);
    (*state)[9] = rotate_left((*state)[22], 61u);
    (*state)[22] = rotate_left((*state)[14], 39u);
    (*state)[14] = rotate_left((*state)[20], 18u);
    (*state)[20] = rotate_left((*state)[2], 62u);
    (*state)[2] = rotate_left((*state)[12], 43u);
    (*state)[12] = rotate_left((*state)[13], 25u);
    (*state)[13] = rotate_left((*state)[19], 8u);
    (*state)[19] = rotate_left((*state)[23], 56u);
    (*state)[23] = rotate_left((*state)[15], 41u);
    (*state)[15] = rotate_left((*state)[4], 27u);
    (*state)[4] = rotate_left((*state)[24], 14u);
    (*state)[24] = rotate_left((*state)[21], 2u);
    (*state)[21] = rotate_left((*state)[8], 55u);
    (*state)[8] = rotate_left((*state)[16], 45u);
    (*state)[16] = rotate_left((*state)[5], 36u);
    (*state)[5] = rotate_left((*state)[3], 28u);
    (*state)[3] = rotate_left((*state)[18], 21u);
    (*state)[18] = rotate_left((*state)[17], 15u);
    (*state)[17] = rotate_left((*state)[11], 10u);
    (*state)[11] = rotate_left((*state)[7], 6u);
    (*state)[7] = rotate_left((*state)[10], 3u);
    (*state)[10] = rotate_left(first, 1u);
}

fn chi(state: ptr<function, State>) {
    for (var y = 0u; y < 25u; y += 5u) {
        let first = (*state)[y];
        let second = (*state)[y + 1u];
        (*state)[y] ^= ~second & (*state)[y + 2u];
        (*state)[y + 1u] ^= ~(*state)[y + 2u] & (*state)[y + 3u];
        (*state)[y + 2u] ^= ~(*state)[y + 3u] & (*state)[y + 4u];
        (*state)[y + 3u] ^= ~(*state)[y + 4u] & first;
        (*state)[y + 4u] ^= ~first & second;
    }
}

// The next round's constant, from the shift register `feedback`, which starts with 1: bit 2^j - 1 is its next output.
fn round_constant(feedback: ptr<function, u32>) -> vec2<u32> {
    var constant = vec2<u32>(0u);
    for (var j = 0u; j < 7u; j++) {
        let bit = *feedback & 1u;
        if (j < 6u) {
            constant.x |= bit << ((1u << j) - 1u);
        } else {
            constant.y |= bit << 31u;
        }
        *feedback = (*feedback << 1u) ^ ((*feedback >> 7u) * 0x171u);
    }
    return constant;
}

fn do_round(state: ptr<function, State>, feedback: ptr<function, u32>) {
    var sums = parities(state);
    theta(state, &sums);
    rho_pi(state);
    chi(state);
    (*state)[0] ^= round_constant(feedback);
}
