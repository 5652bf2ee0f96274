//! `grind.wgsl`: the search for a proof-of-work nonce.

use std::ops::Range;

use openvm_stark_backend::p3_field::PrimeField32;
use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use super::{field, poseidon2};
use crate::{
    gpu::{kernel, word, Buffer, Gpu, GpuError, Kernel, Recorder},
    transcript::{DeviceSponge, Nonce},
};

/// Enough to fill the largest GPUs; a search for few bits takes fewer.
const MAX_LOG_THREADS: u32 = 17;
/// About 50 ms on a laptop GPU that does 0.3 G permutations a second; macOS stops kernels that
/// hold the GPU for seconds.
const MAX_NONCES_PER_DISPATCH: u64 = 1 << 24;
/// One in `e^32 > 2^46` searches would go on after this many times the expected number of nonces.
const SEARCH_LENGTH: u64 = 32;

kernel! {
    /// Tries a range of nonces.
    pub struct Grind("grind");
    text(multiply) = [field::source(multiply), poseidon2::SOURCE, include_str!("grind.wgsl")];
    workgroup_size = [64, 1, 1];
    bindings GrindBindings {
        /// The permutation's constants.
        poseidon2_constants: Read<F> as "array<vec4<u32>, 45>",
        /// The sponge that the nonces are tried on.
        sponge: Read<F>,
        /// The tape.
        tape: Write<F> as "array<atomic<u32>>",
    }
    params GrindParams {
        /// The first nonce to try.
        first_nonce,
        /// One above the last.
        end_nonce,
        /// Number of zero bits that are asked for.
        bits,
        /// The word of the tape that holds what was found.
        place,
    }
    grid(params) = threads(1u32 << params.bits.min(MAX_LOG_THREADS));
    work(params) = {
        let n_nonces = params.end_nonce.saturating_sub(params.first_nonce);
        poseidon2::WORK * (u64::from(n_nonces) >> params.bits.min(MAX_LOG_THREADS)).max(1)
    };
}

/// Searches the smallest nonce.
pub struct NonceSearch {
    grind: Kernel<Grind>,
    constants: Buffer<F>,
}

impl NonceSearch {
    /// Compiles the kernel.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        Ok(Self {
            grind: Kernel::new(gpu)?,
            constants: poseidon2::constants(gpu)?,
        })
    }

    /// Searches `nonce` from the state that the sponge has then. The transcript is carried on by
    /// [`super::transcript::Operations::observe_nonce`], after it.
    ///
    /// The whole search is recorded; its dispatches return at once when a nonce has been found.
    /// That none is found, which [`crate::transcript::Ended::finish`] reports, happens with a
    /// probability of less than `2^-40` for up to 26 bits; for more, when the field has none.
    pub fn record(&self, recorder: &mut Recorder<'_>, sponge: &DeviceSponge, nonce: Nonce) {
        let Some(place) = nonce.place else { return };
        for nonces in ranges(nonce.bits) {
            let bindings = GrindBindings {
                poseidon2_constants: &self.constants,
                sponge: sponge.sponge(),
                tape: sponge.tape(),
            };
            let params = GrindParams {
                first_nonce: nonces.start,
                end_nonce: nonces.end,
                bits: nonce.bits,
                place: place.start,
            };
            self.grind.record(recorder, bindings, params);
        }
    }
}

/// The nonces that each dispatch tries.
fn ranges(bits: u32) -> Vec<Range<u32>> {
    let end = (SEARCH_LENGTH << bits).min(u64::from(F::ORDER_U32));
    let starts = (0..end).step_by(MAX_NONCES_PER_DISPATCH as usize);
    starts
        .map(|start| word(start)..word((start + MAX_NONCES_PER_DISPATCH).min(end)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_are_in_order_without_gaps_and_stay_in_the_field() {
        for bits in 1..=30 {
            let ranges = ranges(bits);
            assert_eq!(ranges[0].start, 0);
            assert!(ranges.windows(2).all(|pair| pair[0].end == pair[1].start));
            let end = u64::from(ranges[ranges.len() - 1].end);
            assert_eq!(end, (32u64 << bits).min(u64::from(F::ORDER_U32)));
        }
        assert_eq!(ranges(20).len(), 2);
    }
}
