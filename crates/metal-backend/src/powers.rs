//! Powers of an element.

use openvm_stark_backend::p3_field::PrimeCharacteristicRing;

/// The first `n` powers of `base`, by this thread alone.
///
/// `powers().take(n).collect()` is a method of p3's that has them computed by rayon's workers, which a proof
/// must not need (`gpu/claims.rs`), and which is slower for as few as there are here.
pub fn powers<R: PrimeCharacteristicRing>(base: R, n: usize) -> Vec<R> {
    Vec::from_iter(base.powers().take(n))
}
