//! Traces with their keys, as the batch constraints take them.

use openvm_stark_backend::prover::{DeviceMultiStarkProvingKey, MatrixDimensions, ProvingContext};

use crate::{
    constraints::statement::TraceInput, trace_part::TracePart, MetalBackend, MetalError,
    MetalMatrix,
};

/// The traces of `ctx` with their AIRs, checked against each other.
pub fn trace_inputs<'a>(
    mpk: &'a DeviceMultiStarkProvingKey<MetalBackend>,
    ctx: &'a ProvingContext<MetalBackend>,
) -> Result<Vec<TraceInput<'a>>, MetalError> {
    let numbers = 0..ctx.per_trace.len();
    numbers
        .map(|number| trace_input(mpk, ctx, number))
        .collect()
}

fn trace_input<'a>(
    mpk: &'a DeviceMultiStarkProvingKey<MetalBackend>,
    ctx: &'a ProvingContext<MetalBackend>,
    number: usize,
) -> Result<TraceInput<'a>, MetalError> {
    let (air_id, trace) = &ctx.per_trace[number];
    let pk = &mpk.per_air[*air_id];
    let mismatch = |what, expected, actual| MetalError::TraceShape {
        trace: number,
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
    let height = trace.common_main.height();
    if !height.is_power_of_two() {
        return Err(MetalError::TraceHeight {
            trace: number,
            height,
        });
    }
    let matrix = |part| -> Option<&'a MetalMatrix> {
        match part {
            TracePart::Common => Some(&trace.common_main),
            TracePart::Preprocessed => pk.preprocessed_data.as_ref().map(|data| &data.trace),
            TracePart::Cached(i) => trace.cached_mains.get(i as usize).map(|data| &data.trace),
        }
    };
    let mut columns = vec![];
    for (part, width) in TracePart::of_air(params) {
        let matrix = matrix(part).ok_or(mismatch("preprocessed parts", 1, 0))?;
        if matrix.width() != width {
            return Err(mismatch("columns of a part", width, matrix.width()));
        }
        if matrix.height() != height {
            return Err(mismatch("rows of a part", height, matrix.height()));
        }
        columns.push((part, matrix.columns()?));
    }
    Ok(TraceInput {
        air: pk.other_data.plan()?,
        degree: pk.vk.max_constraint_degree.into(),
        need_rot: params.need_rot,
        log_height: height.ilog2() as usize,
        parts: columns,
        public_values: &trace.public_values,
    })
}
