//! `rows.wgsl`, `cosets.wgsl` and `point.wgsl`: from base columns to the inputs of a plan.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use crate::{
    gpu::{Buffer, Gpu, GpuError, Multiply, Pipeline, Recorder},
    kernels::{field, flat_grid, kernel_params},
};

kernel_params! {
    /// What of a block is brought where.
    InputParams {
        /// Rows of the trace, a power of two.
        height,
        /// Number of the block's first column in its part.
        column_start,
        /// First entry.
        first_entry,
        /// Number of entries.
        n_entries,
        /// First row, or first chunk of `2^l_skip` rows.
        first,
        /// Threads for each entry: rows, or vectors of a slot.
        count,
        /// From one target to the next.
        stride,
        /// Chunks in the band; of the coset kernel.
        n_x,
        /// Number of cosets; of the coset kernel.
        n_cosets,
        /// First target of the block that is written to; of the point kernel.
        target_start,
        /// Where its targets end; of the point kernel.
        target_end,
    }
}

/// Words of an entry, whose meaning is at the top of `source.wgsl`.
pub const ENTRY_WORDS: usize = 4;
/// An entry for a column.
pub const KIND_COLUMN: u32 = 0;
/// An entry for the selector of the first row.
pub const KIND_IS_FIRST: u32 = 1;
/// An entry for the selector of the last row.
pub const KIND_IS_LAST: u32 = 2;
/// An entry for the selector of all rows but the last.
pub const KIND_IS_TRANSITION: u32 = 3;
/// An entry for a public value.
pub const KIND_PUBLIC_VALUE: u32 = 4;

/// The largest `l_skip` for which the texts are listed.
const MAX_LISTED_LOG_SKIP: usize = 6;

/// Name and text of the kernels, for every usual `l_skip`.
pub fn sources(multiply: Multiply) -> Vec<(String, String)> {
    let mut sources = vec![("rows".to_owned(), source(ROWS, 0, multiply))];
    for l_skip in 0..=MAX_LISTED_LOG_SKIP {
        let [_, others @ ..] = sources_for(l_skip, multiply);
        sources.extend(others);
    }
    sources
}

/// Name and text of the kernels for one `l_skip`; the first is the same for all.
pub fn sources_for(l_skip: usize, multiply: Multiply) -> [(String, String); 3] {
    [
        ("rows".to_owned(), source(ROWS, 0, multiply)),
        (format!("cosets {l_skip}"), source(COSETS, l_skip, multiply)),
        (format!("point {l_skip}"), source(POINT, l_skip, multiply)),
    ]
}

const ROWS: &str = include_str!("rows.wgsl");
const COSETS: &str = include_str!("cosets.wgsl");
const POINT: &str = include_str!("point.wgsl");
const WORKGROUP_SIZE: u64 = 64;

fn source(main: &str, l_skip: usize, multiply: Multiply) -> String {
    let log_skip = format!("const LOG_SKIP: u32 = {l_skip}u;\n");
    [
        InputParams::WGSL,
        &log_skip,
        field::source(multiply),
        include_str!("source.wgsl"),
        main,
    ]
    .concat()
}

/// A block of columns or the public values, and the entries that read them.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The block.
    pub block: &'a Buffer<F>,
    /// The entries.
    pub entries: &'a Buffer<u32>,
}

/// The three kernels.
pub struct Inputs {
    rows: Arc<Pipeline>,
    cosets: Arc<Pipeline>,
    point: Arc<Pipeline>,
}

impl Inputs {
    /// Compiles the kernels for `2^l_skip` points in the skip domain.
    pub fn new(gpu: &Gpu, l_skip: usize) -> Result<Self, GpuError> {
        let kernel = |name: &str, main| gpu.pipeline(name, source(main, l_skip, gpu.multiply()));
        Ok(Self {
            rows: gpu.pipeline("rows", source(ROWS, 0, gpu.multiply()))?,
            cosets: kernel("cosets", COSETS)?,
            point: kernel("point", POINT)?,
        })
    }

    /// Rows as they are.
    pub fn record_rows(
        &self,
        recorder: &mut Recorder<'_>,
        source: Source<'_>,
        slots: &Buffer<EF>,
        params: InputParams,
    ) {
        let bindings = [
            source.block.binding(),
            source.entries.binding(),
            slots.binding(),
        ];
        dispatch(recorder, &self.rows, &bindings, params);
    }

    /// Values on cosets of the skip domain, with the `kernel` that `cosets.wgsl` describes.
    pub fn record_cosets(
        &self,
        recorder: &mut Recorder<'_>,
        source: Source<'_>,
        kernel: &Buffer<F>,
        slots: &Buffer<EF>,
        params: InputParams,
    ) {
        let bindings = [
            source.block.binding(),
            source.entries.binding(),
            slots.binding(),
            kernel.binding(),
        ];
        dispatch(recorder, &self.cosets, &bindings, params);
    }

    /// Values at a point, whose Lagrange `weights` are given.
    pub fn record_point(
        &self,
        recorder: &mut Recorder<'_>,
        source: Source<'_>,
        weights: &Buffer<EF>,
        folded: &Buffer<EF>,
        params: InputParams,
    ) {
        let bindings = [
            source.block.binding(),
            source.entries.binding(),
            folded.binding(),
            weights.binding(),
        ];
        dispatch(recorder, &self.point, &bindings, params);
    }
}

fn dispatch(
    recorder: &mut Recorder<'_>,
    pipeline: &Pipeline,
    bindings: &[crate::gpu::Binding],
    params: InputParams,
) {
    let n_threads = u64::from(params.n_entries) * u64::from(params.count);
    if n_threads > 0 {
        recorder.dispatch(
            pipeline,
            bindings,
            &params.words(),
            flat_grid(n_threads, WORKGROUP_SIZE),
        );
    }
}
