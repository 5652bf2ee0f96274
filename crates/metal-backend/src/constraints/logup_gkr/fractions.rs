//! Arrays of fractions on the device.

use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};

use crate::{
    gpu::{Buffer, Gpu, GpuError},
    kernels::gkr::{tiled, Numerators, TILE},
    MetalError,
};

/// Fractions of consecutive numbers in one binding each.
#[derive(Clone, Copy)]
pub struct FractionBlock<'a> {
    /// Numerators, of as many words each as their field has.
    pub p: &'a Buffer<F>,
    /// Denominators.
    pub q: &'a Buffer<EF>,
}

/// `2^log_len` fractions in projective coordinates: numerators and denominators, each an array that is
/// cut into blocks of a power of two, the largest that fits into one binding, and at least a tile.
///
/// Fraction `i` is in block `i / block_len`, at the place [`tiled`] has for it there.
#[derive(Clone, Debug)]
pub struct Fractions {
    log_len: u32,
    block_len: usize,
    field: Numerators,
    /// Numerators and denominators of each block.
    blocks: Vec<(Buffer<F>, Buffer<EF>)>,
}

/// Logarithm of the largest number of extension elements, a power of two, in one binding; of a tile at
/// least.
pub(super) fn log_max_block(max_binding_bytes: u64) -> u32 {
    let len = max_binding_bytes / size_of::<EF>() as u64;
    len.max(TILE as u64).ilog2()
}

impl Fractions {
    /// `2^log_len` fractions with undefined contents.
    pub fn alloc(gpu: &Gpu, log_len: u32, numerators: Numerators) -> Result<Self, GpuError> {
        let (block_len, n_blocks) = shape(gpu, log_len);
        let block = |_| {
            let p = gpu.alloc(block_len * numerators.words(), "numerators")?;
            Ok((p, gpu.alloc(block_len, "denominators")?))
        };
        Ok(Self {
            log_len,
            block_len,
            field: numerators,
            blocks: (0..n_blocks).map(block).collect::<Result<_, _>>()?,
        })
    }

    /// A copy of fractions with these numerators and denominators, as many of either.
    ///
    /// # Errors
    /// If their number is not a power of two.
    pub fn upload(gpu: &Gpu, numerators: &[F], denominators: &[EF]) -> Result<Self, MetalError> {
        let len = numerators.len();
        if !len.is_power_of_two() || denominators.len() != len {
            return Err(MetalError::FractionCount { len });
        }
        let log_len = len.ilog2();
        let (block_len, _) = shape(gpu, log_len);
        let (p, q) = (in_tiles(numerators), in_tiles(denominators));
        let blocks = p
            .chunks(block_len)
            .zip(q.chunks(block_len))
            .map(|(p, q)| Ok((gpu.upload(p, "numerators")?, gpu.upload(q, "denominators")?)));
        Ok(Self {
            log_len,
            block_len,
            field: Numerators::Base,
            blocks: blocks.collect::<Result<_, GpuError>>()?,
        })
    }

    /// Logarithm of their number.
    pub fn log_len(&self) -> u32 {
        self.log_len
    }

    /// The numerators' field.
    pub fn field(&self) -> Numerators {
        self.field
    }

    /// Number of blocks.
    pub fn n_blocks(&self) -> usize {
        self.blocks.len()
    }

    /// Places of a block, of which fewer than a tile's may be used.
    pub fn block_len(&self) -> usize {
        self.block_len
    }

    /// The block with number `i`.
    ///
    /// # Panics
    /// If there is no such block.
    pub fn block(&self, i: usize) -> FractionBlock<'_> {
        let (p, q) = &self.blocks[i];
        FractionBlock { p, q }
    }
}

/// Length and number of the blocks.
fn shape(gpu: &Gpu, log_len: u32) -> (usize, usize) {
    let log_block = log_max_block(gpu.max_binding_bytes()).min(log_len);
    ((1 << log_block).max(TILE), 1 << (log_len - log_block))
}

/// The values at their places, with as many more as fill a tile.
fn in_tiles<T: Copy + Default>(values: &[T]) -> Vec<T> {
    let mut places = vec![T::default(); values.len().max(TILE)];
    for (i, value) in values.iter().enumerate() {
        places[tiled(i)] = *value;
    }
    places
}
