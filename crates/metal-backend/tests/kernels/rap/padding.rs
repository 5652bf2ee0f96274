//! The end of LogUp's input layer.

use openvm_metal_backend::internals::{
    gpu::Kernel,
    kernels::rap::{PadFractions, PadFractionsBindings, PadFractionsParams},
    transcript::sponge::to_word,
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

    /// Compares what padding makes of it.
    fn check(&self, expected: &Self, params: PadFractionsParams) {
        for gpu in gpus() {
            let [p, q] = [&self.p, &self.q].map(|values| gpu.upload(values, "test").unwrap());
            let mut recorder = gpu.recorder("test");
            let bindings = PadFractionsBindings {
                numerators: &p,
                denominators: &q,
            };
            let kernel = Kernel::<PadFractions>::new(&gpu).unwrap();
            kernel.record(&mut recorder, bindings, params);
            let [p, q] = [p, q].map(|values| recorder.read_back(&values, 0..values.len()));
            let finished = recorder.submit().unwrap().wait().unwrap();
            let [p, q] = [p, q].map(|values| finished.values(&values).unwrap());
            let case = format!("{params:?}, {:?}", gpu.multiply());
            assert_eq!(p, expected.p, "numerators of {case}");
            assert_eq!(q, expected.q, "denominators of {case}");
        }
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
        let params = PadFractionsParams {
            start: start as u32,
            len: len as u32,
            alpha_0: word(0),
            alpha_1: word(1),
            alpha_2: word(2),
            alpha_3: word(3),
        };
        before.check(&expected, params);
    }
}
