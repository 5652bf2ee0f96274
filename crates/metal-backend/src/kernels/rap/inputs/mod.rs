//! From base columns to the inputs of a plan: what the slots before the virtual columns are filled with.

mod coset_inputs;
mod coset_text;
mod row_inputs;

pub use coset_inputs::{CosetInputs, CosetInputsBindings, CosetJob, MAX_LOG_SKIP_IN_REGISTERS};
pub use row_inputs::{RowInputs, RowInputsBindings, RowJob};

use crate::gpu::row;

row! {
    /// What is wanted in a slot.
    pub struct Entry as "Entry" {
        /// Column, selector or public value: one of the `KIND_` constants.
        kind,
        /// Number of the column in its part, or of the public value.
        column,
        /// The slot.
        slot,
        /// Rows further, 0 or 1.
        next,
    }
}

impl Entry {
    /// A column.
    pub const KIND_COLUMN: u32 = 0;
    /// The selector of the first row.
    pub const KIND_IS_FIRST: u32 = 1;
    /// The selector of the last row.
    pub const KIND_IS_LAST: u32 = 2;
    /// The selector of all rows but the last.
    pub const KIND_IS_TRANSITION: u32 = 3;
    /// A public value.
    pub const KIND_PUBLIC_VALUE: u32 = 4;
}

/// How kernels read what entries want, after a field text.
pub(super) const SOURCE: &str = include_str!("source.wgsl");

/// Threads of a workgroup of the kernels that read inputs.
pub(super) const WORKGROUP_SIZE: u32 = 64;
