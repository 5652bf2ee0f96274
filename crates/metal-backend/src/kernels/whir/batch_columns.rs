//! `batch_columns.wgsl`: columns times powers of a challenge, added up.

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use crate::{gpu::kernel, kernels::field};

kernel! {
    /// Adds columns times powers of a challenge to a vector over the extension, which is four base
    /// columns, two in each of two buffers.
    pub struct BatchColumns("whir batch_columns");
    text(multiply) = [field::source(multiply), include_str!("batch_columns.wgsl")];
    workgroup_size = [256, 1, 1];
    bindings BatchColumnsBindings {
        /// Has the columns, one after the other.
        columns: Read<F>,
        /// The powers of the challenge.
        powers: Read<EF>,
        /// The vector's first two base columns.
        batched: Write<F>,
        /// The other two.
        batched_high: Write<F>,
    }
    params BatchColumnsParams {
        /// Values of a column.
        height,
        /// Number of columns.
        n_columns,
        /// Place of the first one's first cell.
        first_cell,
        /// The power that the first one is multiplied by.
        first_power,
        /// Whether `batched` has no value yet: 1 or 0.
        is_first,
    }
    grid(params) = threads(params.height);
}
