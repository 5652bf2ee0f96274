//! What the tests share: a GPU, random data on both sides of it, and statements to prove.

#![allow(dead_code, reason = "each test file uses its own part")]

pub mod random_air;
pub mod statement;

use std::sync::Arc;

use openvm_metal_backend::internals::gpu::{Columns, Gpu, GpuOptions, Multiply};
use openvm_stark_backend::{
    p3_field::{PrimeCharacteristicRing, PrimeField32},
    prover::{ColMajorMatrix, MatrixDimensions},
};
use openvm_stark_sdk::config::baby_bear_poseidon2::F;
use rand::Rng;

/// Any test's dispatches are run as Metal's text, too, if the environment asks for it.
#[ctor::ctor(unsafe)]
fn beside() {
    openvm_metal_text::beside::from_env();
}

/// The GPU that the environment chooses.
pub fn gpu() -> Arc<Gpu> {
    Gpu::shared(&GpuOptions::from_env().unwrap()).unwrap()
}

/// The same GPU with each form of multiplication.
pub fn gpus() -> [Arc<Gpu>; 2] {
    [Multiply::U64, Multiply::U32]
        .map(|multiply| gpu_with(|options| options.multiply = Some(multiply)))
}

/// The same GPU with options changed.
pub fn gpu_with(change: impl FnOnce(&mut GpuOptions)) -> Arc<Gpu> {
    let mut options = GpuOptions::from_env().unwrap();
    change(&mut options);
    Gpu::shared(&options).unwrap()
}

/// The options of this machine in the forms that must all give the same proof: both
/// multiplications, and matrices in blocks of at most `max_binding_bytes`.
pub fn variants(max_binding_bytes: u64) -> [GpuOptions; 3] {
    let options = GpuOptions::from_env().unwrap();
    let [u64_form, u32_form] = [Multiply::U64, Multiply::U32].map(|multiply| GpuOptions {
        multiply: Some(multiply),
        ..options.clone()
    });
    let in_blocks = GpuOptions {
        max_binding_bytes: Some(max_binding_bytes),
        ..options
    };
    [u64_form, u32_form, in_blocks]
}

/// A random element, often one of the edge cases 0, 1 and p - 1.
pub fn random_element(rng: &mut impl Rng) -> F {
    match rng.random_range(0..8) {
        0 => F::ZERO,
        1 => F::ONE,
        2 => F::NEG_ONE,
        _ => F::from_u32(rng.random_range(0..F::ORDER_U32)),
    }
}

/// A column-major matrix of random elements.
pub fn random_matrix(rng: &mut impl Rng, height: usize, width: usize) -> ColMajorMatrix<F> {
    let values = (0..height * width).map(|_| random_element(rng)).collect();
    ColMajorMatrix::new(values, width)
}

/// A copy of `matrix` on the device.
pub fn columns(gpu: &Gpu, matrix: &ColMajorMatrix<F>) -> Columns<F> {
    let (height, width) = (matrix.height(), matrix.width());
    Columns::upload(gpu, &matrix.values, height, width, "test").unwrap()
}
