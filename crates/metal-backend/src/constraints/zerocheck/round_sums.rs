//! The sums of all traces in a round of the batch sumcheck.

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use super::{
    batch_weights::BatchWeights,
    partial_sums::{PartialSums, PartialSumsPlan, SumShape},
};
use crate::{
    constraints::{
        air::Sliced,
        evaluation::{Batch, BatchBuffers, BatchPlan, RowShape},
        kernels::PlanKernels,
        statement::Statement,
    },
    gpu::{word, Buffer, Gpu, GpuError, JobRow, Kernel, Recorder},
    kernels::{
        jobs::{JobRange, JobTable},
        rap::{
            expressions::n_lane_groups, ReduceSums, ReduceSumsParams, RowSumsBindings, RowSumsJob,
        },
    },
};

/// What a trace contributes to a round.
#[derive(Clone, Copy, Debug)]
pub struct RoundShape {
    /// Rows that are summed over, and points at which the round polynomial is evaluated.
    pub rows: RowShape,
    /// Points at which the constraints are, the first of them.
    pub n_constraint_points: usize,
    /// Place of the sum at the first point, of the constraints, the numerators and the denominators.
    pub targets: [usize; 3],
}

/// A round's dispatches.
#[derive(Debug)]
pub struct Round<'a> {
    batches: Vec<(Batch<'a>, Vec<RoundBand>)>,
}

impl<'a> Round<'a> {
    /// The bands of all batches.
    pub fn bands(&self) -> impl Iterator<Item = (&Batch<'a>, &RoundBand)> {
        let batches = self.batches.iter();
        batches.flat_map(|(batch, bands)| bands.iter().map(move |band| (batch, band)))
    }
}

/// The dispatches that evaluate a band.
#[derive(Debug)]
pub struct RoundBand {
    /// Its first row.
    pub first_row: usize,
    columns: Vec<JobRange>,
    row_sums: JobRange,
    /// Adds up the partial sums of all batches since the last one that has this.
    reduction: Option<ReduceSumsParams>,
}

/// The rounds of a stage, while they are planned.
pub struct RoundPlan<'a> {
    gpu: &'a Gpu,
    statement: &'a Statement<'a>,
    weights: &'a BatchWeights,
    batches: BatchPlan<'a>,
    row_sums: JobTable<RowSumsJob>,
    partials: PartialSumsPlan,
}

/// What the rounds of a stage are evaluated with.
#[derive(Debug)]
pub struct RoundBuffers {
    batches: BatchBuffers,
    row_sums: Buffer<JobRow<RowSumsJob>>,
    partials: PartialSums,
}

impl RoundShape {
    /// The sums of a trace that is evaluated with `band_len` rows at a time, in slices of its plan.
    fn sums(&self, sliced: &Sliced, band_len: usize) -> SumShape {
        let n_points = self.rows.n_points;
        SumShape {
            n_slices: sliced.outputs.counts,
            n_points: [self.n_constraint_points, n_points, n_points],
            point_lanes: self.rows.point_lanes(band_len),
            targets: self.targets,
        }
    }
}

impl<'a> RoundPlan<'a> {
    /// No rounds.
    pub fn new(gpu: &'a Gpu, statement: &'a Statement<'a>, weights: &'a BatchWeights) -> Self {
        Self {
            gpu,
            statement,
            weights,
            batches: BatchPlan::new(gpu),
            row_sums: JobTable::default(),
            partials: PartialSumsPlan::new(gpu),
        }
    }

    /// Plans a round in which each trace has this shape, if it takes part.
    pub fn round(&mut self, shape: impl Fn(usize) -> Option<RoundShape>) -> Round<'a> {
        let statement = self.statement;
        let traces = statement.traces.iter().enumerate();
        let traces = traces.filter_map(|(i, trace)| {
            let (plan, shape) = (&trace.air.all, shape(i)?);
            let RowShape { n_rows, .. } = shape.rows;
            let sums = shape.sums(plan.sliced(shape.rows.n_lanes(n_rows)), n_rows);
            Some((i, plan, shape.rows, sums.n_partials()))
        });
        let mut batches: Vec<(Batch<'a>, Vec<RoundBand>)> = vec![];
        for batch in self.batches.batches(traces) {
            let members = batch.members.iter().zip(&batch.sliced);
            let members = members.filter_map(|(member, sliced)| {
                let shape = shape(member.trace)?;
                Some((shape, shape.sums(sliced, member.band_len)))
            });
            let (shapes, sums): (Vec<_>, Vec<_>) = members.unzip();
            if !self.partials.has_room(&sums) {
                self.end_reduction(&mut batches);
            }
            let starts: Vec<_> = sums.iter().map(|sums| self.partials.place(sums)).collect();
            let bands = batch.bands().map(|first_row| RoundBand {
                first_row,
                columns: self.batches.columns(&batch),
                row_sums: self.row_sums(&batch, &shapes, &starts, first_row),
                reduction: None,
            });
            let bands = bands.collect();
            batches.push((batch, bands));
        }
        self.end_reduction(&mut batches);
        Round { batches }
    }

    /// Ends the round's reduction with the last batch, if there is one.
    fn end_reduction(&mut self, batches: &mut [(Batch<'a>, Vec<RoundBand>)]) {
        let last_band = batches.last_mut().and_then(|(_, bands)| bands.last_mut());
        if let Some(band) = last_band {
            band.reduction = Some(self.partials.end_reduction());
        }
    }

    fn row_sums(
        &mut self,
        batch: &Batch<'_>,
        shapes: &[RoundShape],
        partial_starts: &[usize],
        first_row: usize,
    ) -> JobRange {
        let members = batch.members.iter().zip(&batch.sliced);
        for (((member, sliced), shape), &partial_start) in members.zip(shapes).zip(partial_starts) {
            let trace = &self.statement.traces[member.trace];
            let point_lanes = shape.rows.point_lanes(member.band_len);
            let [constraint_slices, numerator_slices, denominator_slices] =
                sliced.outputs.counts.map(word);
            let [constraint_weights, numerator_weights, denominator_weights] =
                self.weights.starts[member.trace].map(word);
            let eq_start = self.weights.eq_start(trace) + shape.rows.n_rows + first_row;
            self.row_sums.push(RowSumsJob {
                first_slice: word(sliced.outputs.slices.first),
                first_value: word(member.slots_start),
                n_lanes: word(member.n_lanes()),
                constraint_lanes: word(shape.n_constraint_points * point_lanes),
                constraint_slices,
                numerator_slices,
                denominator_slices,
                constraint_weights,
                numerator_weights,
                denominator_weights,
                log_point_lanes: point_lanes.ilog2(),
                n_rows: word(member.band_len),
                eq_start: word(eq_start),
                partial_start: word(partial_start),
                n_lane_groups: word(n_lane_groups(point_lanes)),
                is_first: (first_row == 0).into(),
            });
        }
        self.row_sums.end_dispatch()
    }

    /// Makes room for all rounds.
    pub fn upload(&self) -> Result<RoundBuffers, GpuError> {
        Ok(RoundBuffers {
            batches: self.batches.upload()?,
            row_sums: self.row_sums.upload(self.gpu)?,
            partials: self.partials.alloc(self.gpu)?,
        })
    }
}

impl RoundBuffers {
    /// The slots of a band of a batch.
    pub fn slots(&self) -> &Buffer<EF> {
        &self.batches.slots
    }

    /// Records the virtual columns and the partial sums of a band, whose inputs are in the slots.
    pub fn record_band(
        &self,
        recorder: &mut Recorder<'_>,
        kernels: &PlanKernels,
        weights: &BatchWeights,
        batch: &Batch<'_>,
        band: &RoundBand,
    ) {
        let columns = &kernels.virtual_columns;
        self.batches
            .record_columns(recorder, columns, batch, &band.columns);
        let bindings = RowSumsBindings {
            table: batch.table(),
            values: self.slots(),
            weights: &weights.values,
            eq: &weights.eq,
            partials: &self.partials.partials,
            jobs: &self.row_sums,
        };
        kernels.row_sums.record(recorder, bindings, band.row_sums);
    }

    /// Adds partial sums up to `sums` where the band is the last one before that must be.
    pub fn record_sums(
        &self,
        recorder: &mut Recorder<'_>,
        kernel: &Kernel<ReduceSums>,
        sums: &Buffer<EF>,
        band: &RoundBand,
    ) {
        if let Some(reduction) = band.reduction {
            self.partials.reduce(recorder, kernel, sums, reduction);
        }
    }
}
