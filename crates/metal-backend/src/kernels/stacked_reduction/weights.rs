//! `weights.wgsl`: computes what the rows of a slice weigh.

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use crate::{gpu::kernel, kernels::field};

kernel! {
    /// Computes what some rows of the slices of one height weigh in the slices' values.
    pub struct SliceWeights("stacked_reduction weights");
    text(multiply) = [field::source(multiply), include_str!("weights.wgsl")];
    workgroup_size = [256, 1, 1];
    bindings SliceWeightsBindings {
        /// The transcript's tape.
        tape: Read<F> as "array<vec4<u32>>",
        /// Begins with the values `L_z(u_0)`.
        scalars: Read<EF>,
        /// The weights, from the first of the rows on.
        weights: Write<EF>,
    }
    params SliceWeightsParams {
        /// Number of rows.
        n_rows,
        /// The first one.
        first_row,
        /// Logarithm of the skip domain's size.
        log_skip,
        /// Number of variables of the hypercube.
        n_vars,
        /// Place of u_1 on the tape, in vectors of four words.
        u_place,
        /// Distance to u_2, likewise.
        u_stride,
    }
    grid(params) = threads(params.n_rows);
}
