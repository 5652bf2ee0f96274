//! `eq_tree.wgsl`, `reduce.wgsl`, `fractions.wgsl` and `pad_fractions.wgsl`: what becomes of the sums
//! of rows.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use crate::{
    gpu::{Buffer, Element, Gpu, GpuError, Multiply, Pipeline, Recorder},
    kernels::{field, flat_grid, gkr::FractionBlock, kernel_params},
};

const WORKGROUP_SIZE: u64 = 256;

mod texts {
    pub const REDUCE: &str = include_str!("reduce.wgsl");
    pub const EQ_TREE: &str = include_str!("eq_tree.wgsl");
    pub const FRACTIONS: &str = include_str!("fractions.wgsl");
    pub const PAD_FRACTIONS: &str = include_str!("pad_fractions.wgsl");
}

kernel_params! {
    /// Some of the runs.
    ReduceParams {
        /// First run.
        first_run,
        /// Number of runs.
        n_runs,
    }
}

kernel_params! {
    /// Some of the coordinates.
    EqTreeParams {
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
}

kernel_params! {
    /// A band of rows of interactions whose fractions lie in one block.
    FractionParams {
        /// Number of interactions.
        n_interactions,
        /// Rows in the band.
        n_rows,
        /// Place of the first interaction's first total.
        first_total,
        /// Totals from one interaction to the next.
        stride,
        /// Place of the first interaction's first fraction in the block.
        start,
        /// Fractions from one interaction to the next.
        height,
    }
}

kernel_params! {
    /// The end of a block.
    PadParams {
        /// First place.
        start,
        /// Number of places.
        len,
        /// Coefficient of 1 of alpha.
        alpha_0,
        /// Coefficient of x.
        alpha_1,
        /// Coefficient of x^2.
        alpha_2,
        /// Coefficient of x^3.
        alpha_3,
    }
}

/// Name and text of the kernels.
pub fn sources(multiply: Multiply) -> Vec<(String, String)> {
    let list = [
        (
            "reduce",
            source(ReduceParams::WGSL, texts::REDUCE, multiply),
        ),
        (
            "eq_tree",
            source(EqTreeParams::WGSL, texts::EQ_TREE, multiply),
        ),
        (
            "fractions",
            source(FractionParams::WGSL, texts::FRACTIONS, multiply),
        ),
        (
            "pad_fractions",
            source(PadParams::WGSL, texts::PAD_FRACTIONS, multiply),
        ),
    ];
    list.map(|(name, text)| (name.to_owned(), text)).into()
}

fn source(params: &str, main: &str, multiply: Multiply) -> String {
    [params, field::source(multiply), main].concat()
}

/// The kernels.
pub struct Sums {
    reduce: Arc<Pipeline>,
    eq_tree: Arc<Pipeline>,
    fractions: Arc<Pipeline>,
    pad_fractions: Arc<Pipeline>,
}

impl Sums {
    /// Compiles the kernels.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        let kernel = |name, params, main| gpu.pipeline(name, source(params, main, gpu.multiply()));
        Ok(Self {
            reduce: kernel("reduce", ReduceParams::WGSL, texts::REDUCE)?,
            eq_tree: kernel("eq_tree", EqTreeParams::WGSL, texts::EQ_TREE)?,
            fractions: kernel("fractions", FractionParams::WGSL, texts::FRACTIONS)?,
            pad_fractions: kernel("pad_fractions", PadParams::WGSL, texts::PAD_FRACTIONS)?,
        })
    }

    /// Adds up runs of `partials`: a run is the place of its first one and that of its sum, and ends
    /// where the next begins.
    pub fn record_reduce(
        &self,
        recorder: &mut Recorder<'_>,
        partials: &Buffer<EF>,
        runs: &Buffer<u32>,
        sums: &Buffer<EF>,
        params: ReduceParams,
    ) {
        if params.n_runs > 0 {
            let bindings = [partials.binding(), runs.binding(), sums.binding()];
            let grid = flat_grid(params.n_runs.into(), 1);
            recorder.dispatch(&self.reduce, &bindings, &params.words(), grid);
        }
    }

    /// Fills `2^(n + 1)` elements of `tree` with the values of eq that `eq_tree.wgsl` describes.
    pub fn record_eq_tree<T: Element>(
        &self,
        recorder: &mut Recorder<'_>,
        xi: &Buffer<T>,
        tree: &Buffer<EF>,
        params: EqTreeParams,
    ) {
        let grid = flat_grid(2 << params.n_coordinates, WORKGROUP_SIZE);
        let bindings = [xi.binding(), tree.binding()];
        recorder.dispatch(&self.eq_tree, &bindings, &params.words(), grid);
    }

    /// Brings the `totals` of a band to their places in a `block` of the input layer.
    pub fn record_fractions(
        &self,
        recorder: &mut Recorder<'_>,
        totals: FractionBlock<'_>,
        block: FractionBlock<'_>,
        params: FractionParams,
    ) {
        let bindings = [totals.p, totals.q, block.p, block.q].map(|buffer| buffer.binding());
        let n_threads = u64::from(params.n_interactions) * u64::from(params.n_rows);
        let grid = flat_grid(n_threads, WORKGROUP_SIZE);
        recorder.dispatch(&self.fractions, &bindings, &params.words(), grid);
    }

    /// Fills the end of a `block` of the input layer.
    pub fn record_padding(
        &self,
        recorder: &mut Recorder<'_>,
        block: FractionBlock<'_>,
        params: PadParams,
    ) {
        let bindings = [block.p, block.q].map(|buffer| buffer.binding());
        let grid = flat_grid(params.len.into(), WORKGROUP_SIZE);
        recorder.dispatch(&self.pad_fractions, &bindings, &params.words(), grid);
    }
}
