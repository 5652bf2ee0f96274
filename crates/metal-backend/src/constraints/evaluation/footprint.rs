//! How many rows are evaluated together: what a band of one trace, or all rows of several, may take.

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use crate::gpu::{Buffer, Gpu, GpuError};

/// Room for the slots of a band: enough rows to fill a GPU, little beside the traces of a large
/// proof.
const BUDGET_BYTES: u64 = 192 << 20;

/// No more lanes than this at once, so that plans of few slots do not make dispatches of seconds.
const MAX_LANES: usize = 1 << 21;

/// Room for one band of rows, in vectors of 16 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Footprint {
    /// Lanes of a slot.
    pub n_lanes: usize,
    /// Vectors in all slots.
    pub slots: usize,
    /// Partial sums.
    pub partials: usize,
}

impl Footprint {
    /// The room in which either fits.
    pub fn max(self, other: Self) -> Self {
        Self {
            n_lanes: self.n_lanes.max(other.n_lanes),
            slots: self.slots.max(other.slots),
            partials: self.partials.max(other.partials),
        }
    }

    /// A buffer for the slots.
    pub fn alloc_slots(self, gpu: &Gpu) -> Result<Buffer<EF>, GpuError> {
        gpu.alloc(self.slots.max(1), "slots of constraints")
    }
}

/// The room for both beside each other.
impl std::ops::Add for Footprint {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            n_lanes: self.n_lanes + other.n_lanes,
            slots: self.slots + other.slots,
            partials: self.partials + other.partials,
        }
    }
}

/// Whether the footprint is within the budget.
pub fn fits(gpu: &Gpu, footprint: Footprint) -> bool {
    let max_vectors = (BUDGET_BYTES.min(gpu.max_binding_bytes()) / size_of::<EF>() as u64) as usize;
    footprint.slots <= max_vectors
        && footprint.partials <= max_vectors
        && footprint.n_lanes <= MAX_LANES
}

/// The largest number of units in a band, a power of two or all of `n_units`, whose footprint is
/// within the budget; at least one unit.
pub fn band_len(gpu: &Gpu, n_units: usize, footprint: impl Fn(usize) -> Footprint) -> usize {
    let mut len = n_units;
    while len > 1 && !fits(gpu, footprint(len)) {
        len = len.div_ceil(2);
    }
    len
}
