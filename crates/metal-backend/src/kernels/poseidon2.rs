//! `poseidon2.wgsl`: Poseidon2 (ePrint 2023/323), which hashes leaves, digests and the transcript.

use openvm_stark_backend::p3_field::PrimeCharacteristicRing;
use p3_baby_bear::{
    BabyBear, BABYBEAR_RC16_EXTERNAL_FINAL, BABYBEAR_RC16_EXTERNAL_INITIAL, BABYBEAR_RC16_INTERNAL,
};

pub use crate::transcript::sponge::{RATE, WIDTH};

use crate::{
    gpu::{Buffer, Gpu, GpuError},
    transcript::lanes,
};

/// The permutation, after a field text. A kernel that includes it declares
/// the uniform
/// `poseidon2_constants: array<vec4<u32>, 45>` and binds [`constants`] there.
pub const SOURCE: &str = include_str!("poseidon2.wgsl");

/// Field multiplications of a permutation, about: four for each seventh power and one for each word of the
/// internal rounds' diagonal.
pub const WORK: u64 = 800;

/// The same for each of the sixteen threads that permute a state together.
pub const LANE_WORK: u64 = 200;

/// The round constants: 16 for each of the eight external rounds, then a vector of four for each of
/// the 13 internal rounds, of which only the first is used.
pub fn constants(gpu: &Gpu) -> Result<Buffer<BabyBear>, GpuError> {
    gpu.constant("Poseidon2 constants", || {
        let external = BABYBEAR_RC16_EXTERNAL_INITIAL.iter();
        let external = external.chain(&BABYBEAR_RC16_EXTERNAL_FINAL).flatten();
        let internal = BABYBEAR_RC16_INTERNAL
            .into_iter()
            .flat_map(|x| [x, BabyBear::ZERO, BabyBear::ZERO, BabyBear::ZERO]);
        external.copied().chain(internal).collect()
    })
}

/// The constants of the permutation by lanes, for kernels that include [`lanes::source`].
pub fn lanes_constants(gpu: &Gpu) -> Result<Buffer<BabyBear>, GpuError> {
    gpu.constant("Poseidon2 constants of lanes", || {
        lanes::constants().to_vec()
    })
}
