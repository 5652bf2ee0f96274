//! `grind.wgsl`: the search for a proof-of-work nonce.

use std::{ops::Range, sync::Arc};

use openvm_stark_backend::p3_field::PrimeField32;
use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use super::{field, kernel_params, poseidon2};
use crate::{
    gpu::{Buffer, Gpu, GpuError, Multiply, Pipeline, Recorder},
    transcript::{DeviceSponge, Nonce},
};

const WORKGROUP_SIZE: u32 = 64;
/// Enough to fill the largest GPUs; a search for few bits takes fewer.
const MAX_THREADS: u32 = 1 << 17;
/// About 50 ms on a laptop GPU that does 0.3 G permutations a second; macOS stops kernels that
/// hold the GPU for seconds.
const MAX_NONCES_PER_DISPATCH: u64 = 1 << 24;
/// One in `e^32 > 2^46` searches would go on after this many times the expected number of nonces.
const SEARCH_LENGTH: u64 = 32;

kernel_params! {
    /// One part of a search.
    GrindParams {
        /// The first nonce to try.
        first_nonce,
        /// One above the last.
        end_nonce,
        /// Number of zero bits that are asked for.
        bits,
        /// The word of the tape that holds what was found.
        place,
    }
}

/// The kernel's text.
pub fn source(multiply: Multiply) -> String {
    [
        GrindParams::WGSL,
        field::source(multiply),
        poseidon2::SOURCE,
        include_str!("grind.wgsl"),
    ]
    .concat()
}

/// The kernel that searches the smallest nonce.
pub struct Grind {
    pipeline: Arc<Pipeline>,
    constants: Buffer<F>,
}

impl Grind {
    /// Compiles the kernel.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        Ok(Self {
            pipeline: gpu.pipeline("grind", source(gpu.multiply()))?,
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
        let bindings = [
            self.constants.binding(),
            sponge.sponge().binding(),
            sponge.tape().binding(),
        ];
        let n_threads = MAX_THREADS.min(1 << nonce.bits);
        let grid = [n_threads.div_ceil(WORKGROUP_SIZE), 1, 1];
        for nonces in dispatches(nonce.bits) {
            let params = GrindParams {
                first_nonce: nonces.start,
                end_nonce: nonces.end,
                bits: nonce.bits,
                place: place.start,
            };
            recorder.dispatch(&self.pipeline, &bindings, &params.words(), grid);
        }
    }
}

/// The nonces that each dispatch tries.
fn dispatches(bits: u32) -> Vec<Range<u32>> {
    let end = (SEARCH_LENGTH << bits).min(u64::from(F::ORDER_U32));
    let starts = (0..end).step_by(MAX_NONCES_PER_DISPATCH as usize);
    starts
        .map(|start| start as u32..(start + MAX_NONCES_PER_DISPATCH).min(end) as u32)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_are_in_order_without_gaps_and_stay_in_the_field() {
        for bits in 1..=30 {
            let ranges = dispatches(bits);
            assert_eq!(ranges[0].start, 0);
            assert!(ranges.windows(2).all(|pair| pair[0].end == pair[1].start));
            let end = u64::from(ranges[ranges.len() - 1].end);
            assert_eq!(end, (32u64 << bits).min(u64::from(F::ORDER_U32)));
        }
        assert_eq!(dispatches(20).len(), 2);
    }
}
