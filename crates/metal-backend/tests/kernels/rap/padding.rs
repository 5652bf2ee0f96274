//! The end of LogUp's input layer.

use openvm_metal_backend::internals::{
    gpu::Kernel,
    kernels::{
        gkr::{tiled, TILE},
        rap::{PadFractions, PadFractionsBindings, PadFractionsParams},
    },
    transcript::sponge::to_word,
};
use openvm_stark_backend::p3_field::{BasedVectorSpace, PrimeCharacteristicRing};
use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};
use rand::{rngs::StdRng, SeedableRng};

use super::{random_ext, random_exts};
use crate::common::{gpus, random_element};

/// A block of fractions in tiles, with what was there before.
struct Block {
    p: Vec<F>,
    q: Vec<EF>,
}

impl Block {
    fn random(rng: &mut StdRng, len: usize) -> Self {
        Self {
            p: (0..len).map(|_| random_element(rng)).collect(),
            q: random_exts(rng, len),
        }
    }

    /// Compares what padding makes of it.
    fn check(&self, expected: &Self, params: PadFractionsParams) {
        for gpu in gpus() {
            let p = gpu.upload(&self.p, "test").unwrap();
            let q = gpu.upload(&self.q, "test").unwrap();
            let mut recorder = gpu.recorder("test");
            let bindings = PadFractionsBindings {
                numerators: &p,
                denominators: &q,
            };
            let kernel = Kernel::<PadFractions>::new(&gpu).unwrap();
            kernel.record(&mut recorder, bindings, params);
            let p = recorder.read_back(&p, 0..p.len());
            let q = recorder.read_back(&q, 0..q.len());
            let finished = recorder.submit().unwrap().wait().unwrap();
            let (p, q) = (finished.values(&p).unwrap(), finished.values(&q).unwrap());
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
        let before = Block::random(&mut rng, (start + len).next_multiple_of(TILE));
        let mut expected = Block {
            p: before.p.clone(),
            q: before.q.clone(),
        };
        for i in start..start + len {
            expected.p[tiled(i)] = F::ZERO;
            expected.q[tiled(i)] = alpha;
        }
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
