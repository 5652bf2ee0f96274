//! `lanes.wgsl`: Poseidon2 by sixteen lanes, a library for kernels that wait for a permutation.
//!
//! A kernel puts [`source`] after the field's text and gives the lanes what [`constants`] makes; the
//! text's head says how.

use std::sync::LazyLock;

use openvm_stark_backend::p3_field::{Field, PrimeCharacteristicRing, PrimeField32};
use openvm_stark_sdk::config::baby_bear_poseidon2::F;
use p3_baby_bear::{
    BABYBEAR_RC16_EXTERNAL_FINAL, BABYBEAR_RC16_EXTERNAL_INITIAL, BABYBEAR_RC16_INTERNAL,
};

/// Words of the permutation's state.
pub const WIDTH: usize = 16;

const N_INTERNAL: usize = BABYBEAR_RC16_INTERNAL.len();

/// The library's text for workgroups of which `n_lanes`, a power of two, permute at once; the same
/// for both forms of the field.
pub fn source(n_lanes: usize) -> String {
    let n_lanes = format!("const N_LANES: u32 = {n_lanes}u;\n");
    n_lanes + include_str!("lanes.wgsl") + &internal_rounds()
}

/// A thread's word after the internal rounds and the constant after them, from the word `x` before
/// them; from `first` on stand the first sums, then the first S-box's input.
///
/// Only word 0 goes through an S-box. The others are linear in what they were and in the sums `s_k`
/// that round `k` adds to all words: `x_i` becomes `d_i x_i + s_k`, and `x_0` becomes `s_k - 2 y_k`,
/// where `y_k` is its S-box. With `u_k`, the sum of the others in round `k`, `s_k = y_k + u_k`, and
///
/// ```text
/// u_k = sum over i > 0 of d_i^k x_i  +  sum over j < k of c_(k - 1 - j) s_j,
/// c_m = sum over i > 0 of d_i^m.
/// ```
///
/// All threads compute all `u_k`, but each its own `x_i`, so that no round waits for another
/// thread; what `s_(k - 1)` is multiplied by runs while the S-box of round `k` does. The rounds are
/// unrolled, because a loop would need all products in every round: 78 of them become 156.
fn internal_rounds() -> String {
    let sums: String = (0..N_INTERNAL)
        .map(|k| format!("    var u_{k} = wide_from_high(sh_lanes[first + {k}u]);\n"))
        .collect();
    let rounds: String = (0..N_INTERNAL).map(internal_round).collect();
    format!(
        "
fn lanes_internal_rounds(first: u32, x: u32) -> u32 {{
    let diagonal = sh_lanes_constants[LANES_DIAGONAL + lane_word];
{sums}    var t = sh_lanes[first + {N_INTERNAL}u];
    var s = 0u;
    var rest = x;
{rounds}    return select(fp_add(rest, s), t, lane_word == 0u);
}}
"
    )
}

/// Round `k`, from `t`, the S-box's input, to the next one's, which is `u_k - y_k`.
fn internal_round(k: usize) -> String {
    // Each sum so far is canonical, or has grown by one product since.
    let fold = if k.is_multiple_of(2) { "wide_fold" } else { "" };
    let products: String = (k..N_INTERNAL)
        .filter(|_| k > 0)
        .map(|j| {
            let c = to_word(power_sum(j - k));
            let sum = format!("wide_add(u_{j}, wide_mul(s, {c}u))");
            let fold = if j == k { "" } else { fold };
            format!("        u_{j} = {fold}({sum});\n")
        })
        .collect();
    format!(
        "    {{
        let factors = fp_exp7_factors(t);
        let y = wide_mul(factors.x, factors.y);
{products}        rest = fp_mul(fp_add(rest, s), diagonal);
        let u = wide_reduce_sum(u_{k});
        t = fp_add(fp_sub(u, wide_high(y)), reduction_term(wide_low(y)));
        s = fp_sub(fp_double(u), t);
    }}
"
    )
}

/// The permutation's constants, in rows of one for each word of the state.
///
/// The kernel keeps `u_k = sum of the words 1 to 15` of internal round `k`, not the words, and would
/// add the constant of round `k + 1` to `u_k`. As all that follows is linear, what the larger `s_k`
/// then does to later sums and words is subtracted here, from what they start with. The first
/// constants after the internal rounds go the same way.
pub fn constants() -> &'static [F] {
    static CONSTANTS: LazyLock<Vec<F>> = LazyLock::new(make_constants);
    &CONSTANTS
}

fn make_constants() -> Vec<F> {
    let [before, after] = [BABYBEAR_RC16_EXTERNAL_INITIAL, BABYBEAR_RC16_EXTERNAL_FINAL];
    // The constant that u_k holds.
    let in_sum = |k: usize| match BABYBEAR_RC16_INTERNAL.get(k + 1) {
        Some(constant) => *constant,
        None => after[0][0],
    };

    let first_sum = |k: usize| {
        let earlier = |j: usize| power_sum(k - 1 - j) * in_sum(j);
        in_sum(k) - (0..k).map(earlier).sum::<F>()
    };
    let first_sums = (0..WIDTH).map(|k| match k {
        N_INTERNAL => BABYBEAR_RC16_INTERNAL[0],
        0..N_INTERNAL => first_sum(k),
        _ => F::ZERO,
    });

    // What word 0 begins with is among the first sums.
    let word = |i: usize| {
        let added = |k: usize| diagonal_power(i, N_INTERNAL - 1 - k) * in_sum(k);
        let rest = after[0][i] - (0..N_INTERNAL).map(added).sum::<F>();
        rest / diagonal_power(i, N_INTERNAL)
    };
    let words = (0..WIDTH).map(|i| if i == 0 { F::ZERO } else { word(i) });

    // The first sums and, below them, word 0, from the words before the last external layer.
    let start = |row: usize, column: usize| match row {
        N_INTERNAL => external(0, column),
        0..N_INTERNAL => (1..WIDTH)
            .map(|i| diagonal_power(i, row) * external(i, column))
            .sum(),
        _ => F::ZERO,
    };

    let mut constants = before.as_flattened().to_vec();
    constants.extend(words);
    constants.extend_from_slice(after[1..].as_flattened());
    constants.extend([F::ZERO; WIDTH]);
    constants.extend(*DIAGONAL);
    constants.extend(first_sums);
    constants.extend((0..WIDTH).flat_map(|column| (0..WIDTH).map(move |row| start(row, column))));
    constants
}

/// `d_i^k`.
fn diagonal_power(i: usize, k: usize) -> F {
    DIAGONAL[i].exp_u64(k as u64)
}

/// The sum of `d_i^k` over the words that no internal S-box changes.
fn power_sum(k: usize) -> F {
    (1..WIDTH).map(|i| diagonal_power(i, k)).sum()
}

/// An entry of the external matrix `circ(2 M, M, M, M)` with `M = circ(2, 3, 1, 1)`.
fn external(row: usize, column: usize) -> F {
    let entry = [2, 3, 1, 1][(column + WIDTH - row) % 4];
    F::from_usize(if row / 4 == column / 4 {
        2 * entry
    } else {
        entry
    })
}

/// The element that is kept in memory as the word `integer`, which is less than the field's order.
///
/// Integers travel between field elements in this way.
pub fn from_word(integer: u32) -> F {
    F::from_u32(integer) / F::from_u64(1 << 32)
}

/// The word that an element is kept in memory as: the inverse of [`from_word`].
pub fn to_word(element: F) -> u32 {
    (element * F::from_u64(1 << 32)).as_canonical_u32()
}

/// The diagonal `D` of the internal matrix `1 + D`.
pub(super) static DIAGONAL: LazyLock<[F; WIDTH]> = LazyLock::new(|| {
    let inverse_power = |k| F::TWO.inverse().exp_u64(k);
    [
        -F::TWO,
        F::ONE,
        F::TWO,
        inverse_power(1),
        F::from_u32(3),
        F::from_u32(4),
        -inverse_power(1),
        -F::from_u32(3),
        -F::from_u32(4),
        inverse_power(8),
        inverse_power(2),
        inverse_power(3),
        inverse_power(27),
        -inverse_power(8),
        -inverse_power(4),
        -inverse_power(27),
    ]
});
