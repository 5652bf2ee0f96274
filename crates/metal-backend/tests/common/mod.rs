//! What the tests share: a GPU, and random data on both sides of it.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::sync::Arc;

use openvm_metal_backend::gpu::{Columns, Gpu, GpuOptions, Multiply};
use openvm_stark_backend::{
    p3_field::{PrimeCharacteristicRing, PrimeField32},
    prover::{ColMajorMatrix, MatrixDimensions},
};
use openvm_stark_sdk::config::baby_bear_poseidon2::F;
use rand::Rng;

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
