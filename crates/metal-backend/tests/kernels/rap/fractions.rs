//! The fractions of LogUp's input layer.

use openvm_metal_backend::{
    gpu::Recorder,
    kernels::{
        gkr::FractionBlock,
        rap::sums::{FractionParams, PadParams, Sums},
        sponge::to_word,
    },
};
use openvm_stark_backend::p3_field::{BasedVectorSpace, PrimeCharacteristicRing};
use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};
use rand::{rngs::StdRng, SeedableRng};

use super::{random_ext, random_exts};
use crate::common::gpus;

/// A block of fractions, with what was there before.
struct Block {
    p: Vec<EF>,
    q: Vec<EF>,
}

impl Block {
    fn random(rng: &mut StdRng, len: usize) -> Self {
        Self {
            p: random_exts(rng, len),
            q: random_exts(rng, len),
        }
    }

    /// Compares what `record` makes of it.
    fn check(
        &self,
        expected: &Self,
        case: &str,
        record: impl Fn(&mut Recorder<'_>, &Sums, FractionBlock<'_>),
    ) {
        for gpu in gpus() {
            let [p, q] = [&self.p, &self.q].map(|values| gpu.upload(values, "test").unwrap());
            let mut recorder = gpu.recorder("test");
            let block = FractionBlock { p: &p, q: &q };
            record(&mut recorder, &Sums::new(&gpu).unwrap(), block);
            let [p, q] = [p, q].map(|values| recorder.read_back(&values, 0..values.len()));
            let finished = recorder.submit().unwrap().wait().unwrap();
            let [p, q] = [p, q].map(|values| finished.values(&values).unwrap());
            let case = format!("{case}, {:?}", gpu.multiply());
            assert_eq!(p, expected.p, "numerators of {case}");
            assert_eq!(q, expected.q, "denominators of {case}");
        }
    }
}

#[test]
fn fractions_of_a_band_go_to_one_block() {
    let mut rng = StdRng::seed_from_u64(6);
    // Interactions, from one to the next in totals and in the layer; rows; the first interaction of the
    // dispatch, and where its fractions begin in the block.
    for (n_interactions, stride, height, n_rows, first, start) in [
        // A whole block at once; the last interactions of a band; a band of one row.
        (4usize, 64usize, 64usize, 64usize, 0usize, 0usize),
        (3, 128, 128, 128, 2, 256),
        (5, 4, 8, 1, 7, 3),
        // A part of one interaction that is longer than the block, at its end.
        (1, 256, 4096, 256, 3, 256),
        // More threads than a workgroup has, and not a multiple of it.
        (5, 68, 128, 64, 1, 384),
    ] {
        let totals = Block::random(&mut rng, (first + n_interactions) * stride);
        let before = Block::random(&mut rng, start + (n_interactions - 1) * height + n_rows + 5);
        let moved = |totals: &[EF], before: &[EF]| {
            let mut after = before.to_vec();
            for i in 0..n_interactions {
                let [total, place] = [(first + i) * stride, start + i * height];
                after[place..place + n_rows].copy_from_slice(&totals[total..total + n_rows]);
            }
            after
        };
        let expected = Block {
            p: moved(&totals.p, &before.p),
            q: moved(&totals.q, &before.q),
        };
        let params = FractionParams {
            n_interactions: n_interactions as u32,
            n_rows: n_rows as u32,
            first_total: (first * stride) as u32,
            stride: stride as u32,
            start: start as u32,
            height: height as u32,
        };
        before.check(
            &expected,
            &format!("{params:?}"),
            |recorder, sums, block| {
                let gpu = recorder.gpu();
                let [p, q] =
                    [&totals.p, &totals.q].map(|values| gpu.upload(values, "test").unwrap());
                let totals = FractionBlock { p: &p, q: &q };
                sums.record_fractions(recorder, totals, block, params);
            },
        );
    }
}

#[test]
fn padding_fills_the_end_of_a_block() {
    let mut rng = StdRng::seed_from_u64(7);
    for (start, len) in [(0usize, 256usize), (1, 257), (511, 1), (300, 1000)] {
        let alpha = random_ext(&mut rng);
        let before = Block::random(&mut rng, start + len);
        let padded = |before: &[EF], value| {
            let padding = std::iter::repeat_n(value, len);
            before[..start].iter().copied().chain(padding).collect()
        };
        let expected = Block {
            p: padded(&before.p, EF::ZERO),
            q: padded(&before.q, alpha),
        };
        let coefficients: &[F] = alpha.as_basis_coefficients_slice();
        let word = |i: usize| to_word(coefficients[i]);
        let params = PadParams {
            start: start as u32,
            len: len as u32,
            alpha_0: word(0),
            alpha_1: word(1),
            alpha_2: word(2),
            alpha_3: word(3),
        };
        before.check(
            &expected,
            &format!("{params:?}"),
            |recorder, sums, block| {
                sums.record_padding(recorder, block, params);
            },
        );
    }
}
