//! The chips of upstream's `openvm-keccak256-circuit`.

use super::{join_texts, TraceKernel};

/// `XorinVmChip`.
pub const XOR_IN: TraceKernel = TraceKernel::new("XorinVm", 914, 215, join_texts!["xor_in.wgsl"]);

/// `KeccakfOpChip`.
pub const PERMUTATION_CALL: TraceKernel = TraceKernel::new(
    "KeccakfOp",
    561,
    105,
    join_texts!["permutation.wgsl", "permutation_call.wgsl"],
);

/// `KeccakfPermChip`, whose records are made of those of `KeccakfOpChip`: see `permutation_rows.wgsl`.
pub const PERMUTATION: TraceKernel = TraceKernel::new(
    "KeccakfPerm",
    2634,
    52,
    join_texts!["permutation.wgsl", "permutation_rows.wgsl"],
)
.with_rows(24);

/// All of them.
pub const ALL: [TraceKernel; 3] = [XOR_IN, PERMUTATION_CALL, PERMUTATION];
