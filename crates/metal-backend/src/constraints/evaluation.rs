//! The sums of all traces in a round: which traces are evaluated together, and over which rows at a time.
//!
//! Short traces share dispatches, as long as their slots fit beside each other: a workgroup evaluates a
//! slice of one trace's plan, and finds out which in a table of jobs. A trace with more rows than fit is
//! evaluated by itself, a band of rows after the other. Both are the same work to the kernels.

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use super::{
    air_plan::DevicePlan,
    partial_sums::{PartialSums, PartialSumsPlan, SumShape},
    plan_tables::Sliced,
    scratch::{band_len, fits, Footprint},
    statement::Statement,
    weights::BatchWeights,
};
use crate::{
    gpu::{Buffer, Gpu, GpuError, Recorder},
    kernels::{
        jobs::{JobRange, JobTable},
        rap::{
            expressions::{
                ColumnJob, Expressions, PlanJobs, ReductionBuffers, ReductionJob, SlotPlace,
            },
            sums::{ReduceParams, Sums},
        },
    },
};

/// A plan in a batch is cut as if it had at least this part of the batch's lanes. With all of them, the
/// standard VM's `mle_rounds` take 44 ms on an H200, with an eighth or less 38.
const LANES_BESIDE_OTHERS: usize = 8;

/// What a trace contributes to a round.
#[derive(Clone, Copy, Debug)]
pub struct RoundShape {
    /// Rows that are summed over, a power of two.
    pub n_rows: usize,
    /// Rows of a lane.
    pub rows_per_lane: usize,
    /// Points at which the round polynomial is evaluated.
    pub n_points: usize,
    /// Those at which the constraints are, the first of them.
    pub n_constraint_points: usize,
    /// Place of the sum at the first point, of the constraints, the numerators and the denominators.
    pub targets: [usize; 3],
}

/// A round's dispatches.
#[derive(Debug)]
pub struct Round {
    batches: Vec<Batch>,
}

impl Round {
    /// The bands of all batches.
    pub fn bands(&self) -> impl Iterator<Item = (&Batch, &Band)> {
        let batches = self.batches.iter();
        batches.flat_map(|batch| batch.bands.iter().map(move |band| (batch, band)))
    }
}

/// Traces that are evaluated together, or one by itself.
#[derive(Debug)]
pub struct Batch {
    /// The traces.
    pub members: Vec<Member>,
    /// The rows of one, one after the other; all rows of several.
    pub bands: Vec<Band>,
    plans: Buffer<u32>,
}

/// A trace in a batch.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// Its number.
    pub trace: usize,
    /// What it contributes.
    pub shape: RoundShape,
    /// Rows of a band.
    pub band_len: usize,
    /// Its slots for a band.
    pub slots: SlotPlace,
}

/// The dispatches that evaluate a band.
#[derive(Debug)]
pub struct Band {
    /// Its first row.
    pub first_row: usize,
    columns: Vec<JobRange>,
    reduction: JobRange,
    /// Adds up the partial sums of all batches since the last one that has this.
    sums: Option<ReduceParams>,
}

/// The rounds of a stage, while they are planned.
pub struct EvaluationPlan<'a> {
    gpu: &'a Gpu,
    statement: &'a Statement<'a>,
    weights: &'a BatchWeights,
    columns: JobTable,
    reductions: JobTable,
    partials: PartialSumsPlan,
    room: Footprint,
}

/// What the rounds of a stage are evaluated with.
#[derive(Debug)]
pub struct Evaluation {
    /// The slots of a band of a batch.
    pub slots: Buffer<EF>,
    columns: Buffer<u32>,
    reductions: Buffer<u32>,
    partials: PartialSums,
}

impl RoundShape {
    fn n_lanes(&self, n_rows: usize) -> usize {
        self.n_points * self.point_lanes(n_rows)
    }

    fn point_lanes(&self, n_rows: usize) -> usize {
        n_rows.div_ceil(self.rows_per_lane)
    }

    fn footprint(&self, plan: &DevicePlan, n_rows: usize) -> Footprint {
        let n_lanes = self.n_lanes(n_rows);
        Footprint {
            n_lanes,
            slots: plan.slots_len(n_lanes),
            totals: 0,
        }
    }

    /// The sums of a trace that is evaluated with `band_len` rows at a time, in slices of its plan.
    fn sums(&self, sliced: &Sliced, band_len: usize) -> SumShape {
        SumShape {
            n_slices: sliced.outputs.counts,
            n_points: [self.n_constraint_points, self.n_points, self.n_points],
            point_lanes: self.point_lanes(band_len),
            targets: self.targets,
        }
    }
}

impl<'a> EvaluationPlan<'a> {
    /// No rounds.
    pub fn new(gpu: &'a Gpu, statement: &'a Statement<'a>, weights: &'a BatchWeights) -> Self {
        Self {
            gpu,
            statement,
            weights,
            columns: JobTable::default(),
            reductions: JobTable::default(),
            partials: PartialSumsPlan::new(gpu),
            room: Footprint::default(),
        }
    }

    /// Plans a round of the traces that come with their shapes.
    pub fn round(&mut self, shapes: impl Iterator<Item = (usize, RoundShape)>) -> Round {
        let mut batches: Vec<Batch> = vec![];
        for members in self.batches(shapes) {
            let sliced = self.sliced(&members);
            let sums = members.iter().zip(&sliced);
            let sums = sums.map(|(member, sliced)| member.shape.sums(sliced, member.band_len));
            let sums: Vec<_> = sums.collect();
            if !self.partials.has_room(&sums) {
                self.end_reduction(&mut batches);
            }
            let starts: Vec<_> = sums.iter().map(|sums| self.partials.place(sums)).collect();
            batches.push(self.batch(members, &sliced, &starts));
        }
        self.end_reduction(&mut batches);
        Round { batches }
    }

    /// Ends the round's reduction with the last batch, if there is one.
    fn end_reduction(&mut self, batches: &mut [Batch]) {
        let last_band = batches.last_mut().and_then(|batch| batch.bands.last_mut());
        if let Some(band) = last_band {
            band.sums = Some(self.partials.end_reduction());
        }
    }

    fn plan(&self, trace: usize) -> &'a DevicePlan {
        &self.statement.traces[trace].air.all
    }

    /// Puts neighbouring traces together, as long as all their rows fit.
    fn batches(&mut self, shapes: impl Iterator<Item = (usize, RoundShape)>) -> Vec<Vec<Member>> {
        let mut batches: Vec<Vec<Member>> = vec![];
        let mut taken = Footprint::default();
        for (trace, shape) in shapes {
            let plan = self.plan(trace);
            let of_all_rows = shape.footprint(plan, shape.n_rows);
            let sums = shape.sums(plan.sliced(of_all_rows.n_lanes), shape.n_rows);
            let needed = Footprint {
                totals: sums.n_partials(),
                ..of_all_rows
            };
            let last = batches.last_mut().filter(|batch| {
                let has_table = self.plan(batch[0].trace).table == plan.table;
                has_table && fits(self.gpu, taken + needed)
            });
            let band_len = band_len(self.gpu, shape.n_rows, |len| shape.footprint(plan, len));
            let member = |start| Member {
                trace,
                shape,
                band_len,
                slots: SlotPlace {
                    start,
                    n_lanes: shape.n_lanes(band_len),
                },
            };
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
            self.room = self.room.max(match band_len == shape.n_rows {
                true => taken,
                false => shape.footprint(plan, band_len),
            });
        }
        batches
    }

    /// The slices of each plan: the fewer the more lanes all have together, but enough for a plan of few
    /// lanes not to be what a dispatch waits for.
    fn sliced(&self, members: &[Member]) -> Vec<&'a Sliced> {
        let n_lanes: usize = members.iter().map(|member| member.slots.n_lanes).sum();
        let least = n_lanes / LANES_BESIDE_OTHERS;
        let of_trace = |member: &Member| {
            let n_lanes = member.slots.n_lanes.max(least);
            self.plan(member.trace).sliced(n_lanes)
        };
        members.iter().map(of_trace).collect()
    }

    fn batch(
        &mut self,
        members: Vec<Member>,
        sliced: &[&Sliced],
        partial_starts: &[usize],
    ) -> Batch {
        // Several have one band: where a trace's rows do not fit, they do not fit beside others either.
        let n_bands = members[0].shape.n_rows / members[0].band_len;
        let bands = (0..n_bands).map(|band| self.band(&members, sliced, partial_starts, band));
        Batch {
            bands: bands.collect(),
            plans: self.plan(members[0].trace).table.clone(),
            members,
        }
    }

    fn band(
        &mut self,
        members: &[Member],
        sliced: &[&Sliced],
        partial_starts: &[usize],
        band: usize,
    ) -> Band {
        let n_passes = sliced.iter().map(|sliced| sliced.column_passes.len()).max();
        let mut columns = vec![];
        for pass in 0..n_passes.unwrap_or(0) {
            for (member, sliced) in members.iter().zip(sliced) {
                if let Some(&slices) = sliced.column_passes.get(pass) {
                    let slots = member.slots;
                    self.columns.push(&ColumnJob { slices, slots });
                }
            }
            columns.push(self.columns.end_dispatch());
        }
        for ((member, sliced), &partial_start) in members.iter().zip(sliced).zip(partial_starts) {
            let (shape, trace) = (&member.shape, &self.statement.traces[member.trace]);
            let first_row = band * member.band_len;
            self.reductions.push(&ReductionJob {
                outputs: sliced.outputs,
                slots: member.slots,
                weight_starts: self.weights.starts[member.trace],
                eq_start: self.weights.eq_start(trace) + shape.n_rows + first_row,
                point_lanes: shape.point_lanes(member.band_len),
                n_rows: member.band_len,
                n_constraint_points: shape.n_constraint_points,
                partial_start,
                is_first: band == 0,
            });
        }
        Band {
            first_row: band * members[0].band_len,
            columns,
            reduction: self.reductions.end_dispatch(),
            sums: None,
        }
    }

    /// Makes room for all rounds.
    pub fn upload(&self) -> Result<Evaluation, GpuError> {
        Ok(Evaluation {
            slots: self.room.alloc_slots(self.gpu)?,
            columns: self.columns.upload(self.gpu)?,
            reductions: self.reductions.upload(self.gpu)?,
            partials: self.partials.alloc(self.gpu)?,
        })
    }
}

impl Evaluation {
    /// Records the virtual columns and the partial sums of a band, whose slots are filled.
    pub fn record_band(
        &self,
        recorder: &mut Recorder<'_>,
        kernels: &Expressions,
        weights: &BatchWeights,
        batch: &Batch,
        band: &Band,
    ) {
        let jobs = |jobs, range| PlanJobs {
            plans: &batch.plans,
            slots: &self.slots,
            jobs,
            range,
        };
        for &range in &band.columns {
            kernels.record_column_jobs(recorder, jobs(&self.columns, range));
        }
        let buffers = ReductionBuffers {
            weights: &weights.values,
            eq: &weights.eq,
            partials: &self.partials.partials,
        };
        kernels.record_reductions(recorder, jobs(&self.reductions, band.reduction), buffers);
    }

    /// Adds partial sums up to `sums` where the band is the last one before that must be.
    pub fn record_sums(
        &self,
        recorder: &mut Recorder<'_>,
        kernels: &Sums,
        sums: &Buffer<EF>,
        band: &Band,
    ) {
        if let Some(reduction) = band.sums {
            self.partials
                .record_reduce(recorder, kernels, sums, reduction);
        }
    }
}
