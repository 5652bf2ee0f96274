//! The chips of upstream's `openvm-bigint-circuit`: those of RV32IM with numbers of 256 bits in memory.

use super::{join_texts, TraceKernel};

/// `Rv32BaseAlu256Chip`.
pub const BASE_ALU: TraceKernel = TraceKernel::new(
    "Rv32BaseAlu256",
    231,
    60,
    join_texts!["heap_adapter.wgsl", "numbers.wgsl", "base_alu.wgsl"],
);

/// `Rv32LessThan256Chip`.
pub const LESS_THAN: TraceKernel = TraceKernel::new(
    "Rv32LessThan256",
    232,
    60,
    join_texts![
        "heap_adapter.wgsl",
        "numbers.wgsl",
        "../rv32/comparison.wgsl",
        "comparison.wgsl",
        "less_than.wgsl",
    ],
);

/// `Rv32Shift256Chip`.
pub const SHIFT: TraceKernel = TraceKernel::new(
    "Rv32Shift256",
    304,
    60,
    join_texts!["heap_adapter.wgsl", "numbers.wgsl", "shift.wgsl"],
);

/// `Rv32Multiplication256Chip`.
pub const MULTIPLICATION: TraceKernel = TraceKernel::new(
    "Rv32Multiplication256",
    227,
    59,
    join_texts!["heap_adapter.wgsl", "numbers.wgsl", "multiplication.wgsl"],
);

/// `Rv32BranchEqual256Chip`.
pub const BRANCH_EQUAL: TraceKernel = TraceKernel::new(
    "Rv32BranchEqual256",
    166,
    42,
    join_texts![
        "heap_branch_adapter.wgsl",
        "numbers.wgsl",
        "branch_equal.wgsl",
    ],
);

/// `Rv32BranchLessThan256Chip`.
pub const BRANCH_LESS_THAN: TraceKernel = TraceKernel::new(
    "Rv32BranchLessThan256",
    172,
    42,
    join_texts![
        "heap_branch_adapter.wgsl",
        "numbers.wgsl",
        "../rv32/comparison.wgsl",
        "comparison.wgsl",
        "branch_less_than.wgsl",
    ],
);

/// All of them.
pub const ALL: [TraceKernel; 6] = [
    BASE_ALU,
    LESS_THAN,
    SHIFT,
    MULTIPLICATION,
    BRANCH_EQUAL,
    BRANCH_LESS_THAN,
];
