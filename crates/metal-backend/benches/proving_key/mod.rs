//! Proving keys of AIRs that are known by their constraints.

use openvm_stark_backend::{
    keygen::types::{MultiStarkProvingKey, StarkProvingKey, StarkVerifyingKey},
    SystemParams,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::BabyBearPoseidon2Config;

use crate::airs::AirUnderTest;

/// A key of `airs`, which have no preprocessed traces.
pub fn proving_key(
    airs: Vec<AirUnderTest>,
    params: SystemParams,
) -> MultiStarkProvingKey<BabyBearPoseidon2Config> {
    let max_constraint_degree = params.max_constraint_degree;
    let key = |air: AirUnderTest| StarkProvingKey {
        air_name: air.name,
        vk: StarkVerifyingKey {
            preprocessed_data: None,
            params: air.params,
            symbolic_constraints: air.dag,
            max_constraint_degree: max_constraint_degree as u8,
            is_required: false,
            unused_variables: vec![],
        },
        preprocessed_data: None,
    };
    MultiStarkProvingKey {
        per_air: airs.into_iter().map(key).collect(),
        trace_height_constraints: vec![],
        max_constraint_degree,
        params,
        vk_pre_hash: Default::default(),
    }
}
