//! Slots and totals of one band of rows, shared by all traces of a stage.

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use super::air_plan::Footprint;
use crate::gpu::{Buffer, Gpu, GpuError};

/// Room for the slots, and as much for the totals: enough rows in a band to fill a GPU, little
/// beside the traces of a large proof.
const BUDGET_BYTES: u64 = 256 << 20;

/// More lanes than this do not fit into a grid.
const MAX_LANES: usize = 1 << 21;

/// The largest number of units in a band, a power of two or all of `n_units`, whose footprint is
/// within the budget; at least one unit.
pub fn band_len(gpu: &Gpu, n_units: usize, footprint: impl Fn(usize) -> Footprint) -> usize {
    let max_vectors = (BUDGET_BYTES.min(gpu.max_binding_bytes()) / size_of::<EF>() as u64) as usize;
    let mut len = n_units;
    let fits =
        |f: Footprint| f.slots <= max_vectors && f.totals <= max_vectors && f.n_lanes <= MAX_LANES;
    while len > 1 && !fits(footprint(len)) {
        len = len.div_ceil(2);
    }
    len
}

/// The room for one band at a time.
#[derive(Debug)]
pub struct Scratch {
    /// The values of the slots.
    pub slots: Buffer<EF>,
    /// Totals of a fold.
    pub totals: Buffer<EF>,
    /// Totals of another fold.
    pub more_totals: Buffer<EF>,
}

impl Scratch {
    /// Room for bands of `footprint`, with totals of two folds where `has_two_folds`.
    pub fn new(gpu: &Gpu, footprint: Footprint, has_two_folds: bool) -> Result<Self, GpuError> {
        let totals = |len: usize| gpu.alloc(len.max(1), "totals of constraints");
        Ok(Self {
            slots: gpu.alloc(footprint.slots.max(1), "slots of constraints")?,
            totals: totals(footprint.totals)?,
            more_totals: totals(if has_two_folds { footprint.totals } else { 0 })?,
        })
    }
}
