//! What the values on cosets of the skip domain are made with, see `coset_inputs.wgsl`.

use openvm_stark_backend::p3_field::{Field, PrimeCharacteristicRing, TwoAdicField};
use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use crate::kernels::rap::inputs::MAX_LOG_SKIP_IN_REGISTERS;

/// The factors of the cosets `g D`, `g^2 D`, ..., for `2^l_skip` points in the skip domain `D`.
pub fn coset_factors(l_skip: usize, n_cosets: usize) -> Vec<F> {
    match l_skip {
        0..=MAX_LOG_SKIP_IN_REGISTERS => power_factors(l_skip, n_cosets),
        _ => lagrange_factors(l_skip, n_cosets),
    }
}

/// `g^((c+1) i) / N` for coset `c` and exponent `i`.
fn power_factors(l_skip: usize, n_cosets: usize) -> Vec<F> {
    let n_inverse = F::ONE.halve().exp_u64(l_skip as u64);
    let shifts = F::GENERATOR.powers().skip(1).take(n_cosets);
    shifts
        .flat_map(|shift| shift.shifted_powers(n_inverse).take(1 << l_skip))
        .collect()
}

/// `L_0(p) = (p^N - 1) / (N (p - 1))` at the points `p` of each coset.
fn lagrange_factors(l_skip: usize, n_cosets: usize) -> Vec<F> {
    let omega = F::two_adic_generator(l_skip);
    let n_inverse = F::ONE.halve().exp_u64(l_skip as u64);
    let value = |p: F| (p.exp_power_of_2(l_skip) - F::ONE) * n_inverse * (p - F::ONE).inverse();
    let shifts = F::GENERATOR.powers().skip(1).take(n_cosets);
    shifts
        .flat_map(|shift| {
            let points = omega.powers().take(1 << l_skip);
            points.map(move |w| value(shift * w))
        })
        .collect()
}
