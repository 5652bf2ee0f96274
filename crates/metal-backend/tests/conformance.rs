//! Upstream's suite for engines, complete.

mod common;

use openvm_metal_backend::internals::BabyBearPoseidon2MetalEngine;

openvm_backend_tests::backend_test_suite!(BabyBearPoseidon2MetalEngine);
