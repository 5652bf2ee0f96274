//! Rounds 1 to `n_stack`: a product sumcheck over pairs, and the second pass over the stacked matrices.

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use super::{
    input::StackedReductionInput,
    levels::levels,
    pairs::SumcheckPairs,
    round0::Round0Output,
    slice_values::SliceValues,
    univariate::{has_step, Term},
};
use crate::{
    gpu::{word, Buffer, GpuError, Recorder},
    kernels::stacked_reduction::{SkipFoldBindings, SkipFoldGroup, SkipFoldParams, NO_TERM},
    MetalError,
};

/// Records all rounds but round 0, and the openings.
pub fn record(
    recorder: &mut Recorder<'_>,
    input: &StackedReductionInput<'_>,
    round0: Round0Output,
) -> Result<(), MetalError> {
    let levels = levels(input.plan);
    let mut pairs = SumcheckPairs::new(recorder.gpu(), input.plan, &levels)?;
    record_skip_fold(recorder, input, &round0, pairs.current())?;
    let mut done = 0;
    for level in &levels {
        pairs.record_rounds(recorder, input, done..level.n_vars, 0);
        done = level.n_vars;
        let values = SliceValues::record(recorder, input, &round0, level)?;
        pairs.record_extend(recorder, input, level, &round0.powers, &values)?;
    }
    let n_openings = input.plan.n_openings();
    pairs.record_rounds(recorder, input, done..input.plan.n_stack, n_openings);
    Ok(())
}

/// Records the first pairs: the groups' combinations and kernels at `u_0`.
fn record_skip_fold(
    recorder: &mut Recorder<'_>,
    input: &StackedReductionInput<'_>,
    round0: &Round0Output,
    pairs: &Buffer<EF>,
) -> Result<(), GpuError> {
    let plan = input.plan;
    let number = |term: Term| {
        let number = round0.terms.iter().position(|t| *t == term);
        number.map_or(NO_TERM, word)
    };
    let groups = plan.groups.iter().map(|group| SkipFoldGroup {
        first_pair: word(group.start >> plan.log_skip),
        n_pairs: 1 << group.n_vars,
        kernel_term: number(Term::of_group(plan, group)),
        rotation_term: match has_step(group) {
            true => number(Term::Step),
            false => NO_TERM,
        },
    });
    let groups: Vec<SkipFoldGroup> = groups.collect();
    let groups = recorder.gpu().upload(&groups, "groups")?;
    for band in &round0.combined {
        let bindings = SkipFoldBindings {
            combined: &band.values,
            eq_table: &round0.eq_table,
            scalars: &round0.scalars,
            groups: &groups,
            pairs,
        };
        let params = SkipFoldParams {
            n_pairs: word(band.rows.len() >> plan.log_skip),
            first_pair: word(band.rows.start >> plan.log_skip),
            log_skip: word(plan.log_skip),
            n_groups: word(plan.groups.len()),
        };
        input.kernels.skip_fold.record(recorder, bindings, params);
    }
    Ok(())
}
