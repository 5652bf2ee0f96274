//! The chips of upstream's `openvm-rv32im-circuit`, and the system's for phantom instructions.
//!
//! Words of a record are those of upstream's `#[repr(C)]` types in a dense arena: the adapter's and then the
//! core's, in little-endian words.

use super::{join_texts, TraceKernel};

/// `Rv32BaseAluChip`.
pub const BASE_ALU: TraceKernel = TraceKernel::new(
    "Rv32BaseAlu",
    36,
    13,
    join_texts!["alu_adapter.wgsl", "base_alu.wgsl"],
);

/// `Rv32LessThanChip`.
pub const LESS_THAN: TraceKernel = TraceKernel::new(
    "Rv32LessThan",
    37,
    13,
    join_texts!["alu_adapter.wgsl", "comparison.wgsl", "less_than.wgsl"],
);

/// `Rv32ShiftChip`.
pub const SHIFT: TraceKernel = TraceKernel::new(
    "Rv32Shift",
    53,
    13,
    join_texts!["alu_adapter.wgsl", "shift.wgsl"],
);

/// `Rv32BranchEqualChip`.
pub const BRANCH_EQUAL: TraceKernel = TraceKernel::new(
    "Rv32BranchEqual",
    26,
    10,
    join_texts!["branch_adapter.wgsl", "branch_equal.wgsl"],
);

/// `Rv32BranchLessThanChip`.
pub const BRANCH_LESS_THAN: TraceKernel = TraceKernel::new(
    "Rv32BranchLessThan",
    32,
    10,
    join_texts![
        "branch_adapter.wgsl",
        "comparison.wgsl",
        "branch_less_than.wgsl"
    ],
);

/// `Rv32JalLuiChip`.
pub const JAL_LUI: TraceKernel = TraceKernel::new(
    "Rv32JalLui",
    18,
    8,
    join_texts!["write_adapter.wgsl", "jal_lui.wgsl"],
);

/// `Rv32JalrChip`.
pub const JALR: TraceKernel = TraceKernel::new("Rv32Jalr", 28, 11, join_texts!["jalr.wgsl"]);

/// `Rv32AuipcChip`.
pub const AUIPC: TraceKernel = TraceKernel::new(
    "Rv32Auipc",
    20,
    7,
    join_texts!["write_adapter.wgsl", "auipc.wgsl"],
);

/// `Rv32LoadStoreChip`.
pub const LOAD_STORE: TraceKernel = TraceKernel::new(
    "Rv32LoadStore",
    41,
    15,
    join_texts!["load_store_adapter.wgsl", "load_store.wgsl"],
);

/// `Rv32LoadSignExtendChip`.
pub const LOAD_SIGN_EXTEND: TraceKernel = TraceKernel::new(
    "Rv32LoadSignExtend",
    36,
    12,
    join_texts!["load_store_adapter.wgsl", "load_sign_extend.wgsl"],
);

/// `Rv32MultiplicationChip`.
pub const MULTIPLICATION: TraceKernel = TraceKernel::new(
    "Rv32Multiplication",
    31,
    11,
    join_texts![
        "multiply_adapter.wgsl",
        "product.wgsl",
        "multiplication.wgsl"
    ],
);

/// `Rv32MulHChip`.
pub const MULTIPLICATION_HIGH: TraceKernel = TraceKernel::new(
    "Rv32MulH",
    39,
    12,
    join_texts![
        "multiply_adapter.wgsl",
        "product.wgsl",
        "multiplication_high.wgsl"
    ],
);

/// `Rv32DivRemChip`.
pub const DIVIDE_REMAINDER: TraceKernel = TraceKernel::new(
    "Rv32DivRem",
    59,
    12,
    join_texts![
        "multiply_adapter.wgsl",
        "product.wgsl",
        "divide_remainder.wgsl"
    ],
);

/// `Rv32HintStoreChip`, whose records are not upstream's, as those have no fixed size: see `hint_store.wgsl`.
pub const HINT_STORE: TraceKernel =
    TraceKernel::new("Rv32HintStore", 32, 12, join_texts!["hint_store.wgsl"]);

/// `PhantomChip`.
pub const PHANTOM: TraceKernel = TraceKernel::new("Phantom", 6, 5, join_texts!["phantom.wgsl"]);

/// All of them.
pub const ALL: [TraceKernel; 15] = [
    BASE_ALU,
    LESS_THAN,
    SHIFT,
    BRANCH_EQUAL,
    BRANCH_LESS_THAN,
    JAL_LUI,
    JALR,
    AUIPC,
    LOAD_STORE,
    LOAD_SIGN_EXTEND,
    MULTIPLICATION,
    MULTIPLICATION_HIGH,
    DIVIDE_REMAINDER,
    HINT_STORE,
    PHANTOM,
];
