//! `poseidon2.wgsl`: Poseidon2 (ePrint 2023/323), which hashes leaves, digests and the transcript.

use openvm_stark_backend::p3_field::PrimeCharacteristicRing;
use p3_baby_bear::{
    BabyBear, BABYBEAR_RC16_EXTERNAL_FINAL, BABYBEAR_RC16_EXTERNAL_INITIAL, BABYBEAR_RC16_INTERNAL,
};

pub use crate::transcript::sponge::{RATE, WIDTH};

use crate::{
    gpu::{Buffer, Gpu, GpuError},
    transcript::lanes::{self, from_word, to_word},
};

/// The permutation, after a field text. A kernel that includes it declares
/// the uniform
/// `poseidon2_constants: array<vec4<u32>, 89>` and binds [`constants`] there.
pub const SOURCE: &str = include_str!("poseidon2.wgsl");

/// Field multiplications of a permutation, about: four for each seventh power and one for each word of the
/// internal rounds' diagonal.
pub const WORK: u64 = 800;

const WORDS_OF_VECTOR: usize = 4;

/// The round constants, in vectors of four words: eight for each of the nine external layers, four for
/// the first external round after the internal ones, and one for each of the 13 internal rounds, of
/// which only the first word is used.
///
/// What the next round adds to the words after a layer `circ(2 M, M, M, M)` is multiplied by the inverse
/// of `M`, so that it can be added before `M` multiplies. The high halves follow.
pub fn constants(gpu: &Gpu) -> Result<Buffer<BabyBear>, GpuError> {
    gpu.constant("Poseidon2 constants", || {
        let [before, after] = [BABYBEAR_RC16_EXTERNAL_INITIAL, BABYBEAR_RC16_EXTERNAL_FINAL];
        let nothing = [[BabyBear::ZERO; WIDTH]];
        let layers = [&before[..], &nothing, &after[1..], &nothing].concat();
        let mut constants: Vec<BabyBear> = layers.iter().flat_map(layer_constants).collect();
        constants.extend(after[0]);
        for constant in BABYBEAR_RC16_INTERNAL {
            constants.extend([constant, BabyBear::ZERO, BabyBear::ZERO, BabyBear::ZERO]);
        }
        constants
    })
}

/// `M^-1` times each vector of `added`, then the high halves of these words.
fn layer_constants(added: &[BabyBear; WIDTH]) -> Vec<BabyBear> {
    let unmixed = added.chunks(WORDS_OF_VECTOR).flat_map(unmix);
    let words: Vec<BabyBear> = unmixed.collect();
    let high_halves = words.iter().map(|word| from_word(to_word(*word) >> 16));
    words.iter().copied().chain(high_halves).collect()
}

/// The inverse of the matrix `M = circ(2, 3, 1, 1)`, which is `circ(-4, 3, -11, 17) / 35`, times a vector.
fn unmix(vector: &[BabyBear]) -> [BabyBear; WORDS_OF_VECTOR] {
    let row = [-4, 3, -11, 17].map(|entry| BabyBear::from_i32(entry) / BabyBear::from_u32(35));
    std::array::from_fn(|i| {
        let term = |j| row[(WORDS_OF_VECTOR + j - i) % WORDS_OF_VECTOR] * vector[j];
        (0..WORDS_OF_VECTOR).map(term).sum()
    })
}

/// The constants of the permutation by lanes, for kernels that include [`lanes::source`].
pub fn lanes_constants(gpu: &Gpu) -> Result<Buffer<BabyBear>, GpuError> {
    gpu.constant("Poseidon2 constants of lanes", || {
        lanes::constants().to_vec()
    })
}
