//! All kernels of the batch-constraint stages.

use std::sync::Arc;

use crate::{
    gpu::{Gpu, GpuError, Kernel, KernelText, Multiply},
    kernels::{
        gkr,
        rap::{
            self,
            expressions::Form,
            inputs::{CosetInputs, RowInputs},
            ColumnFold, EqTree, InteractionFold, MleRound, NumeratorFold, OpenColumns,
            PadFractions, PlanWeights, ReduceSums, RowSums, TraceFold, VirtualColumns,
        },
    },
};

/// The kernels for one `l_skip`.
pub struct ConstraintKernels {
    /// Plans on base elements.
    pub base: PlanKernels,
    /// Plans on extension elements.
    pub extension: PlanKernels,
    /// From plans on base elements to the input layer's numerators.
    pub numerator_fold: Kernel<NumeratorFold>,
    /// From plans on base elements to its denominators.
    pub interaction_fold: Kernel<InteractionFold>,
    /// The rest of the input layer.
    pub pad_fractions: Kernel<PadFractions>,
    /// From traces to slots.
    pub row_inputs: Kernel<RowInputs>,
    /// From traces to slots, on cosets.
    pub coset_inputs: Kernel<CosetInputs>,
    /// Weights of the sums.
    pub plan_weights: Kernel<PlanWeights>,
    /// Values of eq.
    pub eq_tree: Kernel<EqTree>,
    /// Sums of partial sums.
    pub reduce_sums: Kernel<ReduceSums>,
    /// From traces to the slots of the first multilinear rounds.
    pub trace_fold: Kernel<TraceFold>,
    /// From kept rows to the slots of the others.
    pub column_fold: Kernel<ColumnFold>,
    /// The rounds' polynomials.
    pub mle_round: Kernel<MleRound>,
    /// Columns at the point the rounds end with.
    pub open_columns: Kernel<OpenColumns>,
}

/// The kernels that evaluate plans on one kind of elements.
pub struct PlanKernels {
    /// The slots that are computed from others.
    pub virtual_columns: Kernel<VirtualColumns>,
    /// The weighted sums over rows.
    pub row_sums: Kernel<RowSums>,
}

impl PlanKernels {
    fn new(gpu: &Gpu, form: Form) -> Result<Self, GpuError> {
        Ok(Self {
            virtual_columns: Kernel::variant(gpu, form)?,
            row_sums: Kernel::variant(gpu, form)?,
        })
    }
}

impl ConstraintKernels {
    /// The kernels, compiled unless they have been before.
    pub fn new(gpu: &Gpu, l_skip: usize) -> Result<Self, GpuError> {
        Ok(Self {
            base: PlanKernels::new(gpu, Form::Base)?,
            extension: PlanKernels::new(gpu, Form::Extension)?,
            numerator_fold: Kernel::new(gpu)?,
            interaction_fold: Kernel::variant(gpu, Form::Base)?,
            pad_fractions: Kernel::new(gpu)?,
            row_inputs: Kernel::new(gpu)?,
            coset_inputs: Kernel::variant(gpu, l_skip)?,
            plan_weights: Kernel::new(gpu)?,
            eq_tree: Kernel::new(gpu)?,
            reduce_sums: Kernel::new(gpu)?,
            trace_fold: Kernel::variant(gpu, l_skip)?,
            column_fold: Kernel::new(gpu)?,
            mle_round: Kernel::new(gpu)?,
            open_columns: Kernel::variant(gpu, l_skip)?,
        })
    }

    /// The kernels, looked up once for each `l_skip`.
    pub(super) fn of(gpu: &Gpu, l_skip: usize) -> Result<Arc<Self>, GpuError> {
        gpu.memo(l_skip, || Self::new(gpu, l_skip).map(Arc::new))
    }

    /// The texts of the kernels, those of the fractional sumcheck only `with_interactions`.
    pub(crate) fn texts(
        l_skip: usize,
        with_interactions: bool,
        multiply: Multiply,
    ) -> Vec<KernelText> {
        let mut texts = rap::texts_for(l_skip, multiply);
        if with_interactions {
            texts.extend(gkr::texts(multiply));
        }
        texts
    }
}
