//! The kernels for upstream's extensions.

use openvm_bigint_circuit::{
    Rv32BaseAlu256Chip, Rv32BranchEqual256Chip, Rv32BranchLessThan256Chip, Rv32LessThan256Chip,
    Rv32Multiplication256Chip, Rv32Shift256Chip,
};
use openvm_keccak256_circuit::{keccakf_op::KeccakfOpChip, xorin::XorinVmChip};
use openvm_metal_backend::{bigint, keccak as keccak_kernels, sha2 as sha2_kernels};
use openvm_sha2_air::{Sha256Config, Sha512Config};
use openvm_sha2_circuit::Sha2MainChip;

use super::{
    keccak, sha2,
    trace_kernels::{Follower, TraceKernels},
};
use crate::F;

impl TraceKernels {
    /// All that there are: those for RV32IM, keccak, SHA-2, numbers of 256 bits, prime fields and curves.
    pub fn standard() -> Self {
        Self::rv32im()
            .with::<XorinVmChip<F>>(keccak_kernels::XOR_IN)
            .with_follower::<KeccakfOpChip<F>>(
                keccak_kernels::PERMUTATION_CALL,
                Follower {
                    air: "KeccakfPermAir",
                    kernel: keccak_kernels::PERMUTATION,
                    records: keccak::permutations,
                },
            )
            .with_follower::<Sha2MainChip<F, Sha256Config>>(
                sha2_kernels::CALL_256,
                Follower {
                    air: "Sha2BlockHasherVmAir",
                    kernel: sha2_kernels::BLOCK_256,
                    records: sha2::blocks_256,
                },
            )
            .with_follower::<Sha2MainChip<F, Sha512Config>>(
                sha2_kernels::CALL_512,
                Follower {
                    air: "Sha2BlockHasherVmAir",
                    kernel: sha2_kernels::BLOCK_512,
                    records: sha2::blocks_512,
                },
            )
            .with::<Rv32BaseAlu256Chip<F>>(bigint::BASE_ALU)
            .with::<Rv32LessThan256Chip<F>>(bigint::LESS_THAN)
            .with::<Rv32Shift256Chip<F>>(bigint::SHIFT)
            .with_tuples(
                bigint::MULTIPLICATION,
                |chip: &Rv32Multiplication256Chip<F>| chip.inner.range_tuple_chip.clone(),
            )
            .with::<Rv32BranchEqual256Chip<F>>(bigint::BRANCH_EQUAL)
            .with::<Rv32BranchLessThan256Chip<F>>(bigint::BRANCH_LESS_THAN)
            .with_fields()
    }
}
