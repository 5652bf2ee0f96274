//! `eq_tree.wgsl`: eq of some coordinates on the hypercube.

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use crate::{gpu::kernel, kernels::field};

kernel! {
    /// Fills `2^(n + 1)` elements of a tree with the values of eq that the text describes.
    pub struct EqTree("eq_tree");
    text(multiply) = [field::source(multiply), include_str!("eq_tree.wgsl")];
    workgroup_size = [256, 1, 1];
    bindings EqTreeBindings {
        /// The coordinates, extension elements.
        xi: Read<u32> as "array<vec4<u32>>",
        /// The tree.
        tree: Write<EF>,
    }
    params EqTreeParams {
        /// Place of the tree.
        start,
        /// First coordinate.
        first,
        /// From one coordinate to the next.
        step,
        /// Number of coordinates.
        n_coordinates,
        /// Whether the values are of the last coordinates, 1, or of the first, 0.
        is_of_last,
    }
    grid(params) = threads(2u64 << params.n_coordinates);
}
