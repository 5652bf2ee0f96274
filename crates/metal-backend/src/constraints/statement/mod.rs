//! The traces of a proof with what is known of them: plans, heights, degrees, interactions.

mod columns;

use std::sync::Arc;

use openvm_stark_backend::{
    calculate_n_logup,
    p3_field::PrimeCharacteristicRing,
    prover::{
        stacked_pcs::StackedLayout, DeviceMultiStarkProvingKey, MatrixDimensions, ProvingContext,
    },
};
use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use self::columns::upload_public_values;
pub use self::columns::{ColumnBlock, InputBlock, InputBuffers};
use super::{
    air::{parts, AirPlan},
    compile::Part,
};
use crate::{
    gpu::{Columns, Gpu, View},
    kernels::rap::MAX_DEGREE,
    MetalBackend, MetalError, MetalMatrix,
};

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
    pub parts: Vec<(Part, &'a Columns<F>)>,
    /// The public values.
    public_values: View<F>,
    /// Copies of the parts, if there are any.
    copies: Vec<View<F>>,
}

impl<'a> Statement<'a> {
    /// Brings key and traces together, and checks that they fit.
    pub fn new(
        gpu: &Gpu,
        mpk: &'a DeviceMultiStarkProvingKey<MetalBackend>,
        ctx: &'a ProvingContext<MetalBackend>,
    ) -> Result<Self, MetalError> {
        let (l_skip, degree) = (mpk.params.l_skip, mpk.max_constraint_degree);
        if !(1..=MAX_DEGREE).contains(&degree) {
            return Err(MetalError::Parameters {
                what: "max_constraint_degree",
                value: degree,
                max: MAX_DEGREE,
            });
        }
        let public_values = upload_public_values(gpu, ctx)?.into_iter().enumerate();
        let traces = public_values.map(|(i, public_values)| Trace::new(mpk, ctx, i, public_values));
        let traces = traces.collect::<Result<Vec<_>, _>>()?;
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

impl<'a> Trace<'a> {
    fn new(
        mpk: &'a DeviceMultiStarkProvingKey<MetalBackend>,
        ctx: &'a ProvingContext<MetalBackend>,
        index: usize,
        public_values: View<F>,
    ) -> Result<Self, MetalError> {
        let (air_id, trace) = &ctx.per_trace[index];
        let pk = &mpk.per_air[*air_id];
        let mismatch = |what, expected, actual| MetalError::TraceShape {
            trace: index,
            what,
            expected,
            actual,
        };
        let params = &pk.vk.params;
        let expected = [params.num_public_values, params.width.cached_mains.len()];
        let actual = [trace.public_values.len(), trace.cached_mains.len()];
        for (i, what) in ["public values", "cached parts"].into_iter().enumerate() {
            if expected[i] != actual[i] {
                return Err(mismatch(what, expected[i], actual[i]));
            }
        }
        let matrix = |part| -> Option<&'a MetalMatrix> {
            match part {
                Part::Common => Some(&trace.common_main),
                Part::Preprocessed => pk.preprocessed_data.as_ref().map(|data| &data.trace),
                Part::Cached(i) => trace.cached_mains.get(i as usize).map(|data| &data.trace),
            }
        };
        let height = trace.common_main.height();
        if !height.is_power_of_two() {
            return Err(MetalError::TraceHeight {
                trace: index,
                height,
            });
        }
        let mut columns = vec![];
        for (part, width) in parts(params) {
            let matrix = matrix(part).ok_or(mismatch("preprocessed parts", 1, 0))?;
            if matrix.width() != width {
                return Err(mismatch("columns of a part", width, matrix.width()));
            }
            if matrix.height() != height {
                return Err(mismatch("rows of a part", height, matrix.height()));
            }
            columns.push((part, matrix.columns()?));
        }
        let log_height = height.ilog2() as usize;
        Ok(Self {
            air: pk.other_data.plan()?,
            log_height,
            n_lift: log_height.saturating_sub(mpk.params.l_skip),
            degree: pk.vk.max_constraint_degree.into(),
            need_rot: params.need_rot,
            parts: columns,
            public_values,
            copies: vec![],
        })
    }

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
