//! Arrays of fractions on the device.

use openvm_stark_backend::prover::fractional_sumcheck_gkr::Frac;
use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use crate::{
    gpu::{Buffer, Columns, Gpu, GpuError},
    MetalError,
};

/// Contiguous fractions in one binding each.
#[derive(Clone, Copy)]
pub struct FractionBlock<'a> {
    /// Numerators.
    pub p: &'a Buffer<EF>,
    /// Denominators.
    pub q: &'a Buffer<EF>,
}

/// `2^log_len` fractions in projective coordinates: numerators and denominators, each an array in
/// natural order that is cut into blocks of a power of two, the largest that fits into one binding.
///
/// A block is a column of [`Self::numerators`] or [`Self::denominators`], so that fraction `i` is
/// row `i % block_len` of column `i / block_len`.
#[derive(Clone, Debug)]
pub struct Fractions {
    log_len: u32,
    p: Columns<EF>,
    q: Columns<EF>,
}

/// Logarithm of the largest number of extension elements, a power of two, in one binding.
pub(super) fn log_max_block(max_binding_bytes: u64) -> u32 {
    (max_binding_bytes / size_of::<EF>() as u64).max(1).ilog2()
}

impl Fractions {
    /// `2^log_len` fractions with undefined contents.
    pub fn alloc(gpu: &Gpu, log_len: u32) -> Result<Self, GpuError> {
        let (height, width) = shape(gpu, log_len);
        Ok(Self {
            log_len,
            p: Columns::alloc(gpu, height, width, "numerators")?,
            q: Columns::alloc(gpu, height, width, "denominators")?,
        })
    }

    /// A copy of `fractions`.
    ///
    /// # Errors
    /// If their number is not a power of two.
    pub fn upload(gpu: &Gpu, fractions: &[Frac<EF>]) -> Result<Self, MetalError> {
        let len = fractions.len();
        if !len.is_power_of_two() {
            return Err(MetalError::FractionCount { len });
        }
        let log_len = len.ilog2();
        let (height, width) = shape(gpu, log_len);
        let p: Vec<EF> = fractions.iter().map(|fraction| fraction.p).collect();
        let q: Vec<EF> = fractions.iter().map(|fraction| fraction.q).collect();
        Ok(Self {
            log_len,
            p: Columns::upload(gpu, &p, height, width, "numerators")?,
            q: Columns::upload(gpu, &q, height, width, "denominators")?,
        })
    }

    /// Logarithm of their number.
    pub fn log_len(&self) -> u32 {
        self.log_len
    }

    /// The numerators.
    pub fn numerators(&self) -> &Columns<EF> {
        &self.p
    }

    /// The denominators.
    pub fn denominators(&self) -> &Columns<EF> {
        &self.q
    }

    /// Number of blocks.
    pub fn n_blocks(&self) -> usize {
        self.p.width()
    }

    /// Number of fractions in a block.
    pub fn block_len(&self) -> usize {
        self.p.height()
    }

    /// The block with number `i`.
    ///
    /// # Panics
    /// If there is no such block.
    pub fn block(&self, i: usize) -> FractionBlock<'_> {
        // A block is more than half of a binding, or there is only one.
        let ((p, _), (q, _)) = (self.p.locate(i), self.q.locate(i));
        FractionBlock { p, q }
    }
}

/// Length and number of the blocks.
fn shape(gpu: &Gpu, log_len: u32) -> (usize, usize) {
    let log_block = log_max_block(gpu.max_binding_bytes()).min(log_len);
    (1 << log_block, 1 << (log_len - log_block))
}
