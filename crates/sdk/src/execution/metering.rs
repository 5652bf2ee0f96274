//! Metered execution: where a program is cut into segments.

use openvm_circuit::arch::{
    execution_mode::Segment, instructions::exe::VmExe, ExecutionError, ExitCode, MeteredExecutor,
    VirtualMachine, VmBuilder, VmExecState, VmExecutionConfig, VmState,
};
use openvm_sdk::StdIn;
use openvm_stark_backend::StarkEngine;

use crate::{Error, F, SC};

/// Executes the program to its end, and hands over each segment as soon as it is known, with the instructions executed
/// so far, some more than end the segment, and the state after them if the program goes on. Stops early if `on_segment`
/// returns false.
///
/// # Errors
/// [`Error::GuestFailed`] and [`Error::Execution`].
pub(crate) fn find_segments<E, VB>(
    vm: &VirtualMachine<E, VB>,
    exe: &VmExe<F>,
    input: StdIn,
    mut on_segment: impl FnMut(Segment, u64, Option<&VmState<F>>) -> bool,
) -> Result<(), Error>
where
    E: StarkEngine<SC = SC>,
    VB: VmBuilder<E, VmConfig: VmExecutionConfig<F, Executor: MeteredExecutor<F>>>,
{
    let interpreter = vm.metered_interpreter(exe)?;
    let ctx = vm.build_metered_ctx(exe).with_suspend_on_segment(true);
    let mut state = VmExecState::new(interpreter.create_initial_vm_state(input), ctx);
    let mut n_found = 0;
    loop {
        state = interpreter.execute_metered_until_suspend(state)?;
        let exit_code = match &state.exit_code {
            Ok(exit_code) => *exit_code,
            Err(_) => None,
        };
        if let Some(code) = exit_code.filter(|&code| code != ExitCode::Success as u32) {
            return Err(Error::GuestFailed {
                code,
                segment: state.ctx.segments().len().saturating_sub(1),
                instructions: state.ctx.segmentation_ctx.instret,
            });
        }
        // Execution is suspended before an instruction, where it has just counted.
        let instructions = state.ctx.segmentation_ctx.instret;
        let goes_on = matches!(state.exit_code, Ok(None)).then_some(&state.vm_state);
        for segment in &state.ctx.segments()[n_found..] {
            if !on_segment(segment.clone(), instructions, goes_on) {
                return Ok(());
            }
        }
        n_found = state.ctx.segments().len();
        match state.exit_code {
            Ok(None) => state.exit_code = Ok(None),
            Ok(Some(_)) => return Ok(()),
            Err(error) => return Err(ExecutionError::into(error)),
        }
    }
}
