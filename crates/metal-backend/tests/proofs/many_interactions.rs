//! An AIR with more interactions than a dispatch has workgroups along one dimension.

use std::sync::Arc;

use openvm_stark_backend::{
    interaction::InteractionBuilder,
    p3_air::{Air, BaseAir, BaseAirWithPublicValues},
    p3_field::PrimeCharacteristicRing,
    p3_matrix::Matrix,
    prover::{AirProvingContext, ColMajorMatrix, ProvingContext},
    AirRef, PartitionedBaseAir,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use crate::{
    common::{statement::Statement, variants},
    equality::{assert_equals_reference, small_params, SMALL_BLOCK_BYTES},
};

const N_INTERACTIONS: usize = 66_000;

/// Sends its only column half of the time, and receives it the other half.
struct ManyInteractions;

impl BaseAir<F> for ManyInteractions {
    fn width(&self) -> usize {
        1
    }
}

impl BaseAirWithPublicValues<F> for ManyInteractions {}

impl PartitionedBaseAir<F> for ManyInteractions {}

impl<AB: InteractionBuilder<F = F>> Air<AB> for ManyInteractions {
    fn eval(&self, builder: &mut AB) {
        let main = builder.main();
        let row = main.row_slice(0).expect("the window has two rows");
        let column: AB::Expr = row[0].into();
        for i in 0..N_INTERACTIONS as u32 / 2 {
            let message = || [column.clone() + AB::Expr::from_u32(i)];
            builder.push_interaction(0, message(), AB::Expr::ONE, 1);
            builder.push_interaction(0, message(), AB::Expr::NEG_ONE, 1);
        }
    }
}

#[test]
fn an_air_with_many_interactions_has_the_reference_proof() {
    let params = small_params(0, 3);
    let trace = ColMajorMatrix::new((5..7).map(F::from_u32).collect(), 1);
    let statement = Statement {
        name: format!("{N_INTERACTIONS} interactions"),
        airs: vec![Arc::new(ManyInteractions) as AirRef<_>],
        context: ProvingContext::new(vec![(0, AirProvingContext::new(vec![], trace, vec![]))]),
    };
    assert_equals_reference(&statement, &params, &variants(SMALL_BLOCK_BYTES)[..1]);
}
