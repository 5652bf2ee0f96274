//! The dispatches that fill the input layer: those of round 0, on rows as they are, with each interaction kept
//! by itself.

use std::ops::Range;

use super::{layer::by_block, weights::InteractionWeights};
use crate::{
    constraints::{
        air::{InteractionPlan, Slices},
        evaluation::{Batch, BatchPlan, Member, RowShape},
        kernels::ConstraintKernels,
        logup_gkr::Fractions,
        statement::{InputBuffers, Statement},
    },
    gpu::{word, Element, Gpu, GpuError, Recorder},
    kernels::{
        jobs::{JobGroups, JobRange, JobTable},
        rap::{
            expressions::Form,
            inputs::{RowInputsBindings, RowJob},
            InteractionFoldBindings, InteractionFoldJob, NumeratorFoldBindings,
        },
    },
};
use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

/// Numerators or denominators of a block of the layer.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Target {
    block: usize,
    is_denominators: bool,
}

/// The dispatches of a band.
struct InputBand {
    inputs: Vec<(InputBuffers, JobRange)>,
    columns: Vec<JobRange>,
    folds: Vec<(Target, JobRange)>,
}

/// The layer, while it is planned.
pub(super) struct InputLayerPlan<'a> {
    gpu: &'a Gpu,
    statement: &'a Statement<'a>,
    weights: &'a InteractionWeights,
    /// Fractions of a block of the layer.
    block_len: usize,
    batches: BatchPlan<'a>,
    inputs: JobTable<RowJob>,
    folds: JobTable<InteractionFoldJob>,
    planned: Vec<(Batch<'a>, Vec<InputBand>)>,
}

impl<'a> InputLayerPlan<'a> {
    /// Plans all traces that have interactions.
    pub fn new(
        gpu: &'a Gpu,
        statement: &'a Statement<'a>,
        weights: &'a InteractionWeights,
        block_len: usize,
    ) -> Self {
        let mut plan = Self {
            gpu,
            statement,
            weights,
            block_len,
            batches: BatchPlan::new(gpu),
            inputs: JobTable::default(),
            folds: JobTable::default(),
            planned: vec![],
        };
        let traces = statement.traces.iter().enumerate();
        let traces = traces.filter_map(|(i, trace)| {
            let interactions = trace.air.interactions.as_ref()?;
            let shape = RowShape {
                // The rows of the lifted trace.
                n_rows: 1 << trace.log_height.max(statement.l_skip),
                max_band_len: block_len,
                form: Form::Base,
                n_points: 1,
            };
            Some((i, &interactions.plan, shape, 0))
        });
        for batch in plan.batches.batches(traces) {
            let bands = batch.bands().map(|first_row| InputBand {
                inputs: plan.inputs(&batch, first_row),
                columns: plan.batches.columns(&batch),
                folds: plan.folds(&batch, first_row),
            });
            let bands = bands.collect();
            plan.planned.push((batch, bands));
        }
        plan
    }

    fn inputs(&mut self, batch: &Batch<'_>, first_row: usize) -> Vec<(InputBuffers, JobRange)> {
        let mut by_buffers = JobGroups::default();
        for member in &batch.members {
            let trace = &self.statement.traces[member.trace];
            let n_words = word(member.n_lanes() * EF::WORDS);
            for block in trace.input_blocks(&member.plan.inputs) {
                let job = RowJob {
                    source_start: word(block.start),
                    column_start: word(block.column_start),
                    height: 1 << trace.log_height,
                    first_entry: word(block.entries.start),
                    n_entries: word(block.entries.len()),
                    first: word(first_row),
                    count: n_words,
                    first_word: word(member.slots_start * EF::WORDS),
                    stride: n_words,
                };
                by_buffers.push(block.buffers, job);
            }
        }
        by_buffers.plan(&mut self.inputs)
    }

    fn folds(&mut self, batch: &Batch<'_>, first_row: usize) -> Vec<(Target, JobRange)> {
        let mut by_target = JobGroups::default();
        for member in &batch.members {
            let trace = &self.statement.traces[member.trace];
            let Some(interactions) = &trace.air.interactions else {
                continue;
            };
            let InteractionPlan {
                numerators,
                denominators,
                ..
            } = interactions;
            // The interactions of a trace follow each other.
            let start = self.statement.interaction_starts(member.trace)[0] + first_row;
            let height = member.shape.n_rows;
            for (block, interactions) in by_block(start, height, numerators.count, self.block_len) {
                let place = start + interactions.start * height;
                let kinds = [(numerators, false), (denominators, true)];
                for (slices, is_denominators) in kinds {
                    let job = InteractionFoldJob {
                        layer_start: word(place % self.block_len),
                        ..self.fold(member, slices, &interactions, is_denominators)
                    };
                    let target = Target {
                        block,
                        is_denominators,
                    };
                    by_target.push(target, job);
                }
            }
        }
        by_target.plan(&mut self.folds)
    }

    /// Some interactions, without their place in the block.
    fn fold(
        &self,
        member: &Member<'_>,
        slices: &Slices,
        interactions: &Range<usize>,
        is_denominators: bool,
    ) -> InteractionFoldJob {
        let kind = usize::from(is_denominators);
        InteractionFoldJob {
            first_slice: word(slices.first + interactions.start),
            n_slices: word(interactions.len()),
            first_value: word(member.slots_start),
            n_lanes: word(member.n_lanes()),
            n_rows: word(member.band_len),
            initial: kind as u32,
            first_weight: word(self.weights.starts[member.trace][kind]),
            layer_start: 0,
            height: word(member.shape.n_rows),
        }
    }

    /// Records all of it.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        kernels: &ConstraintKernels,
        layer: &Fractions,
    ) -> Result<(), GpuError> {
        let buffers = self.batches.upload()?;
        let (inputs, folds) = (self.inputs.upload(self.gpu)?, self.folds.upload(self.gpu)?);
        let bands = self.planned.iter();
        let bands = bands.flat_map(|(batch, bands)| bands.iter().map(move |band| (batch, band)));
        for (batch, band) in bands {
            for (InputBuffers { source, entries }, range) in &band.inputs {
                let bindings = RowInputsBindings {
                    source,
                    entries,
                    slots: &buffers.slots,
                    jobs: &inputs,
                };
                kernels.row_inputs.record(recorder, bindings, *range);
            }
            let columns = &kernels.base.virtual_columns;
            buffers.record_columns(recorder, columns, batch, &band.columns);
            for &(target, range) in &band.folds {
                let block = layer.block(target.block);
                let (table, values) = (batch.table(), &buffers.slots);
                let weights = &self.weights.values;
                match target.is_denominators {
                    false => {
                        let bindings = NumeratorFoldBindings {
                            table,
                            values,
                            weights,
                            layer: block.p,
                            jobs: &folds,
                        };
                        kernels.numerator_fold.record(recorder, bindings, range);
                    }
                    true => {
                        let bindings = InteractionFoldBindings {
                            table,
                            values,
                            weights,
                            layer: block.q,
                            jobs: &folds,
                        };
                        kernels.interaction_fold.record(recorder, bindings, range);
                    }
                }
            }
        }
        Ok(())
    }
}
