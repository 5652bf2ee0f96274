//! A statement of one's own, from the AIR to the verified proof: "the Fibonacci sequence that
//! starts with `a`, `b` has `x` at its end".
//!
//!     cargo run -p openvm-metal-backend --release --example fibonacci

#[path = "common/stdout.rs"]
mod stdout;

use std::{error::Error, io::Write, sync::Arc};

use openvm_metal_backend::BabyBearPoseidon2MetalEngine;
use openvm_stark_backend::{
    p3_air::{Air, AirBuilder, AirBuilderWithPublicValues, BaseAir, BaseAirWithPublicValues},
    p3_field::PrimeCharacteristicRing,
    p3_matrix::Matrix,
    prover::{AirProvingContext, ColMajorMatrix, DeviceDataTransporter, ProvingContext},
    PartitionedBaseAir, StarkEngine,
};
use openvm_stark_sdk::config::{app_params_with_100_bits_security, baby_bear_poseidon2::F};
use stdout::Stdout;

const LOG_HEIGHT: usize = 12;

/// Row `i` holds the numbers `i` and `i + 1` of the sequence.
struct FibonacciAir;

impl<T> BaseAir<T> for FibonacciAir {
    fn width(&self) -> usize {
        2
    }
}

impl<T> BaseAirWithPublicValues<T> for FibonacciAir {
    fn num_public_values(&self) -> usize {
        3
    }
}

impl<T> PartitionedBaseAir<T> for FibonacciAir {}

impl<AB: AirBuilderWithPublicValues> Air<AB> for FibonacciAir {
    fn eval(&self, builder: &mut AB) {
        let main = builder.main();
        let public = builder.public_values();
        let [a, b, x] = [public[0], public[1], public[2]];
        let at = |row: usize, column: usize| main.get(row, column).expect("a window of two rows");
        let [left, right, next_left, next_right] = [at(0, 0), at(0, 1), at(1, 0), at(1, 1)];

        builder.when_first_row().assert_eq(left.clone(), a);
        builder.when_first_row().assert_eq(right.clone(), b);
        let mut transition = builder.when_transition();
        transition.assert_eq(next_left, right.clone());
        transition.assert_eq(next_right, left + right.clone());
        builder.when_last_row().assert_eq(right, x);
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let (a, b) = (F::ZERO, F::ONE);
    let mut rows = vec![(a, b)];
    for i in 1..1 << LOG_HEIGHT {
        let (left, right) = rows[i - 1];
        rows.push((right, left + right));
    }
    let (left, right): (Vec<F>, Vec<F>) = rows.into_iter().unzip();
    let x = right[right.len() - 1];
    let trace = ColMajorMatrix::new([left, right].concat(), 2);

    let engine = BabyBearPoseidon2MetalEngine::try_new(app_params_with_100_bits_security(14))?;
    let (pk, vk) = engine.keygen(&[Arc::new(FibonacciAir)]);
    let device_pk = engine.device().transport_pk_to_device(&pk);
    let trace = engine.device().transport_matrix_to_device(&trace);
    let statement = AirProvingContext::simple(trace, vec![a, b, x]);
    let proof = engine.prove(&device_pk, ProvingContext::new(vec![(0, statement)]))?;
    engine.verify(&vk, &proof)?;
    writeln!(
        Stdout,
        "number {} of the sequence is {x}: proved and verified",
        1 << LOG_HEIGHT
    )?;
    Ok(())
}
