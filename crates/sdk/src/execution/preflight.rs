//! Execution with records.

use openvm_circuit::{
    arch::{
        execution_mode::PreflightCtx, interpreter_preflight::PreflightInterpretedInstance, Arena,
        ExecutionError, ExecutionState, PreflightExecutionOutput, PreflightExecutor, VmExecState,
        VmState,
    },
    system::{memory::online::TracingMemory, SystemRecords},
};

use crate::{
    program::DeviceKey,
    vm::{ChipRecords, TraceSource},
    F,
};

/// Arenas for a segment's records, of each AIR of `key` for where its trace is made.
pub(super) fn arenas<H: Arena>(
    key: &DeviceKey,
    sources: &[TraceSource],
    heights: &[u32],
) -> Vec<ChipRecords<H>> {
    let airs = key.per_air.iter().zip(sources).zip(heights);
    airs.map(|((air, source), &height)| {
        source.arena(height as usize, air.vk.params.width.main_width())
    })
    .collect()
}

/// Executes so many instructions from `state`, and leaves the records in `arenas`, which are of the VM's AIRs in
/// the order of its key.
///
/// This is upstream's `VirtualMachine::execute_preflight`, but for who makes the arenas: upstream's are all of one
/// kind.
pub(super) fn execute_preflight<E, RA>(
    interpreter: &mut PreflightInterpretedInstance<F, E>,
    state: VmState<F>,
    n_instructions: u64,
    arenas: Vec<RA>,
) -> Result<PreflightExecutionOutput<F, RA>, ExecutionError>
where
    E: PreflightExecutor<F, RA>,
    RA: Arena,
{
    let ctx = PreflightCtx {
        arenas,
        instret_left: n_instructions,
    };
    let state = with_memory(state, TracingMemory::from_image);
    let from_state = ExecutionState::new(state.pc(), state.memory.timestamp());
    let mut execution = VmExecState::new(state, ctx);
    interpreter.reset_execution_frequencies();
    interpreter.execute_from_state(&mut execution)?;

    let exit_code = execution.exit_code?;
    let (mut state, ctx) = (execution.vm_state, execution.ctx);
    let touched_memory = state.memory.finalize();
    let to_state = ExecutionState::new(state.pc(), state.memory.timestamp());
    Ok(PreflightExecutionOutput {
        system_records: SystemRecords {
            from_state,
            to_state,
            exit_code,
            filtered_exec_frequencies: interpreter.filtered_execution_frequencies(),
            touched_memory,
        },
        record_arenas: ctx.arenas,
        to_state: with_memory(state, |memory| memory.data),
    })
}

/// The state with another form of its memory.
fn with_memory<M, N>(state: VmState<F, M>, form: impl FnOnce(M) -> N) -> VmState<F, N> {
    const SEED: u64 = 0;
    let pc = state.pc();
    let mut result = VmState::new_with_defaults(pc, form(state.memory), state.streams, SEED);
    result.rng = state.rng;
    result
}
