//! The blocks of the input layer, which are written one at a time: its end, and what lies where.

use std::ops::Range;

use openvm_stark_backend::p3_field::BasedVectorSpace;
use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use crate::{
    constraints::logup_gkr::Fractions,
    gpu::{word, Kernel, Recorder},
    kernels::rap::{PadFractions, PadFractionsBindings, PadFractionsParams},
    transcript::sponge::to_word,
};

/// Fills the layer from place `n_fractions` on with `0 / alpha`: a dispatch for each block.
pub(super) fn record_padding(
    recorder: &mut Recorder<'_>,
    kernel: &Kernel<PadFractions>,
    layer: &Fractions,
    n_fractions: usize,
    alpha: EF,
) {
    let coefficients: &[F] = alpha.as_basis_coefficients_slice();
    let alpha = |i: usize| to_word(coefficients[i]);
    for (block, start) in padded_blocks(n_fractions, layer.n_blocks(), layer.block_len()) {
        let params = PadFractionsParams {
            start: word(start),
            len: word(layer.block_len() - start),
            alpha_0: alpha(0),
            alpha_1: alpha(1),
            alpha_2: alpha(2),
            alpha_3: alpha(3),
        };
        let block = layer.block(block);
        let bindings = PadFractionsBindings {
            numerators: block.p,
            denominators: block.q,
        };
        kernel.record(recorder, bindings, params);
    }
}

/// The blocks that padding reaches into, each with the first place there that it fills.
fn padded_blocks(
    n_fractions: usize,
    n_blocks: usize,
    block_len: usize,
) -> impl Iterator<Item = (usize, usize)> {
    let start = move |block| n_fractions.saturating_sub(block * block_len);
    (n_fractions / block_len..n_blocks).map(move |block| (block, start(block)))
}

/// The blocks that a band reaches into, each with the interactions whose fractions lie there.
///
/// Those of one interaction are in one block, because they begin at a multiple of their number.
pub(super) fn by_block(
    place: usize,
    height: usize,
    n_interactions: usize,
    block_len: usize,
) -> impl Iterator<Item = (usize, Range<usize>)> {
    let mut next = 0;
    std::iter::from_fn(move || {
        let first = next;
        let block = (place + first * height) / block_len;
        let to_next_block = (block + 1) * block_len - place;
        next = to_next_block.div_ceil(height).min(n_interactions);
        (first < n_interactions).then_some((block, first..next))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYER_LEN: usize = 64;

    /// How often each place of the layer is written, with the number of dispatches.
    fn writes(heights: &[(usize, usize)], max_band: usize, block_len: usize) -> (Vec<u32>, usize) {
        let (mut writes, mut n_dispatches, mut start) = (vec![0; LAYER_LEN], 0, 0);
        for &(n_interactions, height) in heights {
            let band = max_band.min(height).min(block_len);
            for first in (0..height).step_by(band) {
                for (block, interactions) in
                    by_block(start + first, height, n_interactions, block_len)
                {
                    n_dispatches += 1;
                    for i in interactions {
                        let place = start + first + i * height;
                        assert_eq!([place, place + band - 1].map(|p| p / block_len), [block; 2]);
                        writes[place..place + band].iter_mut().for_each(|n| *n += 1);
                    }
                }
            }
            start += n_interactions * height;
        }
        for (block, first) in padded_blocks(start, LAYER_LEN / block_len, block_len) {
            assert!(first < block_len);
            n_dispatches += 1;
            let padded = block * block_len + first..(block + 1) * block_len;
            writes[padded].iter_mut().for_each(|n| *n += 1);
        }
        (writes, n_dispatches)
    }

    #[test]
    fn every_place_is_written_once_whatever_the_blocks() {
        // Interactions larger and smaller than a block, with blocks that only padding reaches.
        for heights in [
            &[(1, 32), (3, 8), (1, 4), (2, 1)][..],
            &[(7, 8), (1, 1)],
            &[(5, 2)],
        ] {
            for max_band in [1, 2, 8, 64] {
                for log_block in 0..=6 {
                    let (writes, _) = writes(heights, max_band, 1 << log_block);
                    assert_eq!(
                        writes, [1; LAYER_LEN],
                        "{heights:?}, {max_band}, {log_block}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_dispatch_serves_all_interactions_in_a_block() {
        // Two blocks of 32: one of a single interaction in two bands, one of all others.
        let heights = [(1, 32), (3, 8), (2, 2)];
        assert_eq!(writes(&heights, 16, 32).1, 2 + 1 + 1 + 1);
        assert_eq!(writes(&heights, 64, 64).1, 3 + 1);
        let blocks: Vec<_> = by_block(8, 8, 5, 16).collect();
        assert_eq!(blocks, [(0, 0..1), (1, 1..3), (2, 3..5)]);
    }
}
