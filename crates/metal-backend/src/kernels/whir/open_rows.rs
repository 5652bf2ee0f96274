//! `open_rows.wgsl`: the rows that queries open.

use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use crate::gpu::kernel;

kernel! {
    /// Copies what a block of columns has of the rows that queries open: by query, by row, by column.
    pub struct OpenRows("whir open_rows");
    text(_multiply) = [include_str!("open_rows.wgsl")];
    workgroup_size = [256, 1, 1];
    bindings OpenRowsBindings {
        /// The block of columns.
        columns: Read<F>,
        /// The tape.
        tape: Read<F>,
        /// Where the rows go.
        opened: Write<F>,
    }
    params OpenRowsParams {
        /// Number of queries.
        n_queries,
        /// Logarithm of the number of rows of a query.
        log_rows,
        /// Logarithm of the distance between them.
        log_stride,
        /// Columns of the block.
        n_columns,
        /// Columns of the matrix.
        width,
        /// Columns before the block.
        first_column,
        /// Place of the indices on the tape.
        place,
        /// Where the rows go, in words.
        offset,
    }
    grid(params) = {
        let n_cells = u64::from(params.n_queries) * u64::from(params.n_columns);
        threads(n_cells << params.log_rows)
    };
}
