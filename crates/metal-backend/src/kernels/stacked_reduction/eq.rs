//! `eq.wgsl`: tabulates `eq(x, r)`.

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use crate::{gpu::kernel, kernels::field};

kernel! {
    /// Tabulates `eq(x, r[1..1 + n])` for all `n` up to the most variables.
    pub struct EqTable("stacked_reduction eq");
    text(multiply) = [field::source(multiply), include_str!("eq.wgsl")];
    workgroup_size = [256, 1, 1];
    bindings EqTableBindings {
        /// The opening point.
        r: Read<EF>,
        /// The value for `x` in `n` variables at `2^n + x`.
        table: Write<EF>,
    }
    params EqTableParams {
        /// Length of the table: two to the power of one more than the most variables.
        n_values,
    }
    grid(params) = threads(params.n_values);
}
