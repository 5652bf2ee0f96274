// The cells of one round of a row.

// What the additions of a round carry, which are to be done with `word`.
fn put_round_carries(row: u32, j: u32, t: u32, word: Word, variables: ptr<function, Variables>) {
    let a = (*variables)[0];
    let d = (*variables)[3];
    let e = (*variables)[4];
    let h = (*variables)[7];
    let e_sigma = big_sigma(e, BIG_1);
    let chosen = choice(e, (*variables)[5], (*variables)[6]);
    let a_sigma = big_sigma(a, BIG_0);
    let most = majority(a, (*variables)[1], (*variables)[2]);
    let constant = round_constant(t);
    var carry_a = 0u;
    var carry_e = 0u;
    for (var k = 0u; k < N_LIMBS; k++) {
        let sum = limb(h, k) + limb(e_sigma, k) + limb(chosen, k) + limb(constant, k) + limb(word, k);
        carry_a = (carry_a + sum + limb(a_sigma, k) + limb(most, k)) >> 16u;
        carry_e = (carry_e + sum + limb(d, k)) >> 16u;
        put(CARRIES_A + N_LIMBS * j + k, row, carry_a);
        put(CARRIES_E + N_LIMBS * j + k, row, carry_e);
        count_bytes(carry_a, carry_e);
    }
}

// What the additions that make word number j of a row carry, in two bits; `window` has the sixteen words before it.
fn put_schedule_carries(row: u32, j: u32, window: ptr<function, Window>) {
    let near = small_sigma((*window)[14], SMALL_1);
    let far = small_sigma((*window)[1], SMALL_0);
    var carry = 0u;
    for (var k = 0u; k < N_LIMBS; k++) {
        carry = (carry + limb(near, k) + limb((*window)[9], k) + limb(far, k) + limb((*window)[0], k)) >> 16u;
        let column = SCHEDULE_CARRIES + 2u * (N_LIMBS * j + k);
        put(column, row, carry & 1u);
        put(column + 1u, row, carry >> 1u);
    }
}

// Carries of rows without rounds, from the variables of two rows in the order of rounds: field elements, as there is no
// message and no constant in the sums.
fn put_filler_carries(row: u32, a: ptr<function, Variables>, e: ptr<function, Variables>) {
    for (var j = 0u; j < 4u; j++) {
        let e_sigma = big_sigma((*e)[j + 3u], BIG_1);
        let chosen = choice((*e)[j + 3u], (*e)[j + 2u], (*e)[j + 1u]);
        let a_sigma = big_sigma((*a)[j + 3u], BIG_0);
        let most = majority((*a)[j + 3u], (*a)[j + 2u], (*a)[j + 1u]);
        var carry_a = 0u;
        var carry_e = 0u;
        for (var k = 0u; k < N_LIMBS; k++) {
            let sum = limb((*e)[j], k) + limb(e_sigma, k) + limb(chosen, k);
            let a_sum = to_field(sum + limb(a_sigma, k) + limb(most, k));
            let e_sum = to_field(sum + limb((*a)[j], k));
            // 2^16 is the Montgomery form of its own inverse.
            carry_a = fp_mul(fp_sub(fp_add(carry_a, a_sum), to_field(limb((*a)[j + 4u], k))), 1u << 16u);
            carry_e = fp_mul(fp_sub(fp_add(carry_e, e_sum), to_field(limb((*e)[j + 4u], k))), 1u << 16u);
            put_element(CARRIES_A + N_LIMBS * j + k, row, carry_a);
            put_element(CARRIES_E + N_LIMBS * j + k, row, carry_e);
        }
    }
}
