//! The traces of a proof with what is known of them: plans, heights, degrees, interactions.

mod columns;

use std::sync::Arc;

use openvm_stark_backend::{
    calculate_n_logup, p3_field::PrimeCharacteristicRing, prover::stacked_pcs::StackedLayout,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use self::columns::upload_public_values;
pub use self::columns::{ColumnBlock, InputBlock, InputBuffers};
use super::air::AirPlan;
use crate::{
    gpu::{Columns, Gpu, View},
    kernels::rap::MAX_DEGREE,
    trace_part::TracePart,
    MetalError,
};

/// A trace as it comes, which fits its AIR.
#[derive(Clone, Debug)]
pub struct TraceInput<'a> {
    /// The compiled AIR.
    pub air: &'a AirPlan,
    /// The AIR's own degree.
    pub degree: usize,
    /// Whether rotations are opened.
    pub need_rot: bool,
    /// Logarithm of the number of rows.
    pub log_height: usize,
    /// Its parts, in the order of the openings.
    pub parts: Vec<(TracePart, &'a Columns<F>)>,
    /// Its public values.
    pub public_values: &'a [F],
}

/// What the stages of the batch constraints prove.
pub struct Statement<'a> {
    /// Logarithm of the size of the skip domain.
    pub l_skip: usize,
    /// The traces, tallest first.
    pub traces: Vec<Trace<'a>>,
    /// Largest degree of a constraint that the parameters allow.
    pub degree: usize,
    /// Largest degree of an AIR of the traces, at least 1: no sum of theirs has more.
    pub degree_of_traces: usize,
    /// Number of multilinear rounds.
    pub n_max: usize,
    /// Variables of the LogUp input layer beyond `l_skip`.
    pub n_logup: usize,
    /// Fractions of the input layer that stand for an interaction on a row.
    pub n_fractions: usize,
    /// By trace: where each of its interactions begins in the input layer.
    interaction_starts: Vec<Vec<usize>>,
}

/// One trace.
pub struct Trace<'a> {
    /// The compiled AIR.
    pub air: &'a AirPlan,
    /// Logarithm of the number of rows.
    pub log_height: usize,
    /// Variables beyond the skip domain, `log_height - l_skip` or 0.
    pub n_lift: usize,
    /// The AIR's own degree.
    pub degree: usize,
    /// Whether rotations are opened.
    pub need_rot: bool,
    /// Parts with their widths, in the order of the openings.
    pub parts: Vec<(TracePart, &'a Columns<F>)>,
    /// The public values.
    public_values: View<F>,
    /// Copies of the parts, if there are any.
    copies: Vec<View<F>>,
}

impl<'a> Statement<'a> {
    /// Uploads the public values of `traces`, which are sorted by descending height, and lays their
    /// interactions out; `degree` is the largest that the parameters allow.
    ///
    /// # Errors
    /// If the degree is larger than kernels have room for, or the device's memory is full.
    pub fn new(
        gpu: &Gpu,
        l_skip: usize,
        degree: usize,
        traces: Vec<TraceInput<'a>>,
    ) -> Result<Self, MetalError> {
        if !(1..=MAX_DEGREE).contains(&degree) {
            return Err(MetalError::Parameters {
                what: "max_constraint_degree",
                value: degree,
                max: MAX_DEGREE,
            });
        }
        let public_values = upload_public_values(gpu, &traces)?;
        let traces = traces.into_iter().zip(public_values);
        let traces = traces.map(|(input, public_values)| Trace {
            air: input.air,
            log_height: input.log_height,
            n_lift: input.log_height.saturating_sub(l_skip),
            degree: input.degree,
            need_rot: input.need_rot,
            parts: input.parts,
            public_values,
            copies: vec![],
        });
        let traces: Vec<_> = traces.collect();
        let shape = |t: &Trace<'_>| (t.air.n_interactions(), t.log_height.max(l_skip));
        let shapes: Vec<_> = traces.iter().map(shape).collect();
        let n_fractions: usize = shapes.iter().map(|(n, log_height)| n << log_height).sum();
        let n_logup = calculate_n_logup(l_skip, n_fractions as u64);
        let layout = StackedLayout::new(0, l_skip + n_logup, shapes);
        let layout = layout.map_err(|error| MetalError::Stacking(Arc::new(error)))?;
        let mut interaction_starts = vec![vec![]; traces.len()];
        for (trace, _, slice) in &layout.sorted_cols {
            interaction_starts[*trace].push(slice.row_idx);
        }
        Ok(Self {
            l_skip,
            degree,
            degree_of_traces: traces.iter().map(|t| t.degree).max().unwrap_or(0).max(1),
            n_max: traces.first().map_or(0, |trace| trace.n_lift),
            n_logup,
            n_fractions,
            interaction_starts,
            traces,
        })
    }

    /// Length of the LogUp input layer; 0 where there are no interactions.
    pub fn layer_len(&self) -> usize {
        match self.n_fractions {
            0 => 0,
            _ => 1 << (self.l_skip + self.n_logup),
        }
    }

    /// Where the interactions of a trace begin in the input layer.
    pub fn interaction_starts(&self, trace: usize) -> &[usize] {
        &self.interaction_starts[trace]
    }
}

impl Trace<'_> {
    /// The factor `2^n` of numerators for a trace that is `2^-n` times shorter than the skip
    /// domain, whose lift counts each row `2^-n` times.
    pub fn norm_factor(&self, l_skip: usize) -> F {
        F::ONE
            .halve()
            .exp_u64(l_skip.saturating_sub(self.log_height) as u64)
    }

    /// Openings of a column: with its rotation where rotations are opened.
    pub fn openings_per_column(&self) -> usize {
        1 + usize::from(self.need_rot)
    }

    /// Openings of all columns.
    pub fn n_openings(&self) -> usize {
        let widths = self.parts.iter().map(|(_, columns)| columns.width());
        widths.sum::<usize>() * self.openings_per_column()
    }
}
