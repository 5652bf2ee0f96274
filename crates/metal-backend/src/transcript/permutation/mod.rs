//! The permutation of the host's sponge, Poseidon2 (ePrint 2023/323) of width 16 over BabyBear, with
//! the words of one state side by side in vectors.
//!
//! The transcript is a chain of permutations, each of which waits for the one before, so what counts
//! is the time that one takes. Plonky3's vectors hold words of several states; one state it permutes
//! word by word. Here the external rounds run in vectors. In the internal rounds only word 0 goes
//! through S-boxes, one after another: it stays in a scalar register (`word_0.rs`), and the vectors
//! with the other words keep up with it, as each sum that word 0 needs of them is known two rounds
//! earlier but for a multiple of the last sum of all words.
//!
//! Which instructions there are is found out when the program runs. Without AVX2 or NEON Plonky3's
//! permutation remains.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod constants;
#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(test)]
mod tests;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod word_0;

use openvm_stark_backend::p3_symmetric::Permutation;
use openvm_stark_sdk::config::baby_bear_poseidon2::{poseidon2_perm, F};

use super::lanes::WIDTH;

/// Permutes `state` as [`poseidon2_perm`] does, in the fastest way that this processor knows.
pub fn permute(state: &mut [F; WIDTH]) {
    if !permute_in_vectors(state) {
        permute_by_words(state);
    }
}

fn permute_by_words(state: &mut [F; WIDTH]) {
    poseidon2_perm().permute_mut(state);
}

/// Whether this processor has the vectors; if not, `state` is as it was.
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code, reason = "only a check at run time tells what is there")]
fn permute_in_vectors(state: &mut [F; WIDTH]) -> bool {
    // The standard library asks the processor once and remembers.
    let has_vectors = is_x86_feature_detected!("avx2");
    if has_vectors {
        // SAFETY: the processor has AVX2, which is all that the function asks for.
        unsafe { avx2::permute(words_of(state), constants::Constants::get()) }
    }
    has_vectors
}

/// Whether this processor has the vectors; if not, `state` is as it was.
#[cfg(target_arch = "aarch64")]
#[allow(unsafe_code, reason = "only a check at run time tells what is there")]
fn permute_in_vectors(state: &mut [F; WIDTH]) -> bool {
    // True on every processor that runs Rust's standard library; then nothing is checked.
    let has_vectors = std::arch::is_aarch64_feature_detected!("neon");
    if has_vectors {
        // SAFETY: the processor has NEON, which is all that the function asks for.
        unsafe { neon::permute(words_of(state), constants::Constants::get()) }
    }
    has_vectors
}

/// Whether this processor has the vectors; if not, `state` is as it was.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn permute_in_vectors(_: &mut [F; WIDTH]) -> bool {
    false
}

/// The Montgomery form of the words, which is how Plonky3 keeps them.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[allow(unsafe_code, reason = "Plonky3 takes no words in Montgomery form")]
fn words_of(state: &mut [F; WIDTH]) -> &mut [u32; WIDTH] {
    const {
        assert!(size_of::<F>() == size_of::<u32>() && align_of::<F>() == align_of::<u32>());
    }
    // SAFETY: `MontyField31` is `repr(transparent)` over its `u32` and a zero-sized marker, as
    // `gpu::Element` says; a word outside [0, p) would give wrong arithmetic, not unsafety.
    unsafe { &mut *std::ptr::from_mut(state).cast() }
}
