//! A polynomial over the extension in device memory.

use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use crate::gpu::Buffer;

/// Coefficients over the extension as four base columns of equal length: the first two in one buffer
/// and the others in another, or all four in one.
///
/// The batched polynomial is in two buffers, so that none is longer than a column of the code matrix;
/// one that a fold has made is in one.
#[derive(Clone, Debug)]
pub struct Polynomial {
    /// The buffers, the same twice where one has all columns.
    pub halves: [Buffer<F>; 2],
}

impl Polynomial {
    /// The polynomial whose four columns are in `columns`.
    pub fn in_one_buffer(columns: Buffer<F>) -> Self {
        Self {
            halves: [columns.clone(), columns],
        }
    }

    /// The buffer that has all four columns.
    ///
    /// # Panics
    /// If there are two.
    pub fn columns(&self) -> &Buffer<F> {
        let [first, second] = &self.halves;
        assert!(first == second, "columns in two buffers");
        first
    }

    /// Where the third column of `len` coefficients begins in the second buffer.
    pub fn third_column(&self, len: usize) -> usize {
        let [first, second] = &self.halves;
        match first == second {
            true => 2 * len,
            false => 0,
        }
    }
}
