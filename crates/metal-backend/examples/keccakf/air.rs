//! Plonky3's Keccak AIR for OpenVM.

use openvm_stark_backend::{
    p3_air::{Air, AirBuilder, BaseAir, BaseAirWithPublicValues},
    p3_field::Field,
    PartitionedBaseAir,
};
use p3_keccak_air::{KeccakAir, NUM_KECCAK_COLS};

/// Plonky3's Keccak AIR with the traits that OpenVM asks of an AIR.
pub struct KeccakfAir;

impl<T> BaseAir<T> for KeccakfAir {
    fn width(&self) -> usize {
        NUM_KECCAK_COLS
    }
}

impl<T: Field> BaseAirWithPublicValues<T> for KeccakfAir {}
impl<T: Field> PartitionedBaseAir<T> for KeccakfAir {}

impl<AB: AirBuilder> Air<AB> for KeccakfAir {
    fn eval(&self, builder: &mut AB) {
        KeccakAir {}.eval(builder);
    }
}
