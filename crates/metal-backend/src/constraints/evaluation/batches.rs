//! Which traces are evaluated together, and over which rows at a time.
//!
//! Short traces share dispatches, as long as their slots fit beside each other: a workgroup evaluates a
//! slice of one trace's plan, and finds out which in a table of jobs. A trace with more rows than fit is
//! evaluated by itself, a band of rows after the other. Both are the same work to the kernels.

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use super::footprint::{band_len, fits, Footprint};
use crate::{
    constraints::air::{DevicePlan, Sliced},
    gpu::{word, Buffer, Gpu, GpuError, JobRow, Kernel, Recorder},
    kernels::{
        jobs::{JobRange, JobTable},
        rap::{expressions::Form, VirtualColumns, VirtualColumnsBindings, VirtualColumnsJob},
    },
};

/// A plan in a batch is cut as if it had at least this part of the batch's lanes. With all of them, the
/// standard VM's `mle_rounds` take 44 ms on an H200, with an eighth or less 38.
const LANES_BESIDE_OTHERS: usize = 8;

/// The rows of a trace that are evaluated, and at how many points.
#[derive(Clone, Copy, Debug)]
pub struct RowShape {
    /// Rows, a power of two.
    pub n_rows: usize,
    /// The most rows of a band, a power of two.
    pub max_band_len: usize,
    /// The values of a slot.
    pub form: Form,
    /// Points at which each row is evaluated.
    pub n_points: usize,
}

/// A trace in a batch.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// Its number.
    pub trace: usize,
    /// Its plan.
    pub plan: &'a DevicePlan,
    /// What is evaluated.
    pub shape: RowShape,
    /// Rows of a band.
    pub band_len: usize,
    /// Place of its first slot's first value.
    pub slots_start: usize,
}

/// Traces that are evaluated together, a band of rows after the other, or one by itself.
#[derive(Debug)]
pub struct Batch<'a> {
    /// The traces.
    pub members: Vec<Member<'a>>,
    /// The slices of their plans.
    pub sliced: Vec<&'a Sliced>,
}

/// The batches of a stage, while they are planned.
#[derive(Debug)]
pub struct BatchPlan<'a> {
    gpu: &'a Gpu,
    columns: JobTable<VirtualColumnsJob>,
    room: Footprint,
}

/// What all batches of a stage share.
#[derive(Debug)]
pub struct BatchBuffers {
    /// The slots of a band of a batch.
    pub slots: Buffer<EF>,
    columns: Buffer<JobRow<VirtualColumnsJob>>,
}

impl RowShape {
    /// Lanes of a point, for as many rows.
    pub fn point_lanes(&self, n_rows: usize) -> usize {
        n_rows.div_ceil(self.form.rows_per_lane())
    }

    /// Lanes of all points.
    pub fn n_lanes(&self, n_rows: usize) -> usize {
        self.n_points * self.point_lanes(n_rows)
    }

    fn footprint(&self, plan: &DevicePlan, n_rows: usize) -> Footprint {
        let n_lanes = self.n_lanes(n_rows);
        Footprint {
            n_lanes,
            slots: plan.slots_len(n_lanes),
            partials: 0,
        }
    }
}

impl Member<'_> {
    /// Lanes of a slot: values from one to the next.
    pub fn n_lanes(&self) -> usize {
        self.shape.n_lanes(self.band_len)
    }

    fn is_whole(&self) -> bool {
        self.band_len == self.shape.n_rows
    }
}

impl Batch<'_> {
    /// What has the tables of all plans.
    pub fn table(&self) -> &Buffer<u32> {
        &self.members[0].plan.table
    }

    /// The first row of each band.
    pub fn bands(&self) -> impl Iterator<Item = usize> {
        // Several have one band: where a trace's rows do not fit, it is alone.
        let Member {
            shape, band_len, ..
        } = self.members[0];
        (0..shape.n_rows).step_by(band_len)
    }
}

impl<'a> BatchPlan<'a> {
    /// No batches.
    pub fn new(gpu: &'a Gpu) -> Self {
        Self {
            gpu,
            columns: JobTable::default(),
            room: Footprint::default(),
        }
    }

    /// Puts neighbouring traces together, as long as all their rows fit. They come by number, with their
    /// plan and what `partials` that has all rows at once would take.
    pub fn batches(
        &mut self,
        traces: impl Iterator<Item = (usize, &'a DevicePlan, RowShape, usize)>,
    ) -> Vec<Batch<'a>> {
        let mut batches: Vec<Vec<Member<'a>>> = vec![];
        let mut taken = Footprint::default();
        for (trace, plan, shape, partials) in traces {
            let needed = Footprint {
                partials,
                ..shape.footprint(plan, shape.n_rows)
            };
            let band_len = band_len(self.gpu, shape.n_rows, |len| shape.footprint(plan, len));
            let member = |slots_start| Member {
                trace,
                plan,
                shape,
                band_len: band_len.min(shape.max_band_len),
                slots_start,
            };
            let last = batches.last_mut().filter(|batch| {
                let are_whole = batch[0].is_whole() && member(0).is_whole();
                are_whole && batch[0].plan.table == plan.table && fits(self.gpu, taken + needed)
            });
            match last {
                Some(batch) => {
                    batch.push(member(taken.slots));
                    taken = taken + needed;
                }
                None => {
                    batches.push(vec![member(0)]);
                    taken = needed;
                }
            }
            self.room = self.room.max(match member(0).is_whole() {
                true => taken,
                false => shape.footprint(plan, member(0).band_len),
            });
        }
        let batches = batches.into_iter();
        batches
            .map(|members| Batch {
                sliced: sliced(&members),
                members,
            })
            .collect()
    }

    /// Plans the virtual columns of a batch: the dispatches, one for each pass.
    pub fn columns(&mut self, batch: &Batch<'_>) -> Vec<JobRange> {
        let sliced = &batch.sliced;
        let n_passes = sliced.iter().map(|sliced| sliced.column_passes.len()).max();
        let mut passes = vec![];
        for pass in 0..n_passes.unwrap_or(0) {
            for (member, sliced) in batch.members.iter().zip(sliced) {
                if let Some(slices) = sliced.column_passes.get(pass) {
                    self.columns.push(VirtualColumnsJob {
                        first_slice: word(slices.first),
                        n_slices: word(slices.count),
                        first_value: word(member.slots_start),
                        n_lanes: word(member.n_lanes()),
                    });
                }
            }
            passes.push(self.columns.end_dispatch());
        }
        passes
    }

    /// Makes room for all batches.
    pub fn upload(&self) -> Result<BatchBuffers, GpuError> {
        Ok(BatchBuffers {
            slots: self.room.alloc_slots(self.gpu)?,
            columns: self.columns.upload(self.gpu)?,
        })
    }
}

impl BatchBuffers {
    /// Records the virtual columns of a band, whose inputs are in the slots.
    pub fn record_columns(
        &self,
        recorder: &mut Recorder<'_>,
        kernel: &Kernel<VirtualColumns>,
        batch: &Batch<'_>,
        passes: &[JobRange],
    ) {
        for &range in passes {
            let bindings = VirtualColumnsBindings {
                table: batch.table(),
                values: &self.slots,
                jobs: &self.columns,
            };
            kernel.record(recorder, bindings, range);
        }
    }
}

/// The slices of each plan: the fewer the more lanes all have together, but enough for a plan of few
/// lanes not to be what a dispatch waits for.
fn sliced<'a>(members: &[Member<'a>]) -> Vec<&'a Sliced> {
    let n_lanes: usize = members.iter().map(Member::n_lanes).sum();
    let least = n_lanes / LANES_BESIDE_OTHERS;
    let members = members.iter();
    members
        .map(|member| member.plan.sliced(member.n_lanes().max(least)))
        .collect()
}
