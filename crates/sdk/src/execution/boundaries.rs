//! The states that segments start from, by pure execution, which is many times as fast as proving.

use openvm_circuit::arch::{
    execution_mode::ExecutionCtx, interpreter::InterpretedInstance, VmState,
};
use openvm_sdk::StdIn;

use crate::{vm::memory::copy_state, Error, F};

/// A program's execution that stops wherever a segment starts.
pub(crate) struct Boundaries<'a> {
    interpreter: InterpretedInstance<'a, F, ExecutionCtx>,
    state: VmState<F>,
    /// Instructions executed so far.
    executed: u64,
}

impl<'a> Boundaries<'a> {
    /// The interpreter's program with this input, before its first instruction.
    pub(crate) fn new(interpreter: InterpretedInstance<'a, F, ExecutionCtx>, input: StdIn) -> Self {
        Self {
            state: interpreter.create_initial_vm_state(input),
            interpreter,
            executed: 0,
        }
    }

    /// Executes to the state after `instructions` from the program's start. If that lies before the last state,
    /// it is executed with `input` from its start again.
    ///
    /// # Errors
    /// [`Error::Execution`] if it does not get there.
    pub(crate) fn go_to(mut self, instructions: u64, input: &StdIn) -> Result<Self, Error> {
        if instructions < self.executed {
            self = Self::new(self.interpreter, input.clone());
        }
        let more = instructions - self.executed;
        if more > 0 {
            self.state = self
                .interpreter
                .execute_from_state(self.state, Some(more))?;
            self.executed = instructions;
        }
        Ok(self)
    }

    /// Instructions from the program's start to the state.
    pub(crate) fn executed(&self) -> u64 {
        self.executed
    }

    /// Goes to another state of the same execution, after so many instructions.
    pub(crate) fn put_at(&mut self, executed: u64, state: VmState<F>) {
        self.state = state;
        self.executed = executed;
    }

    /// A copy of the state.
    pub(crate) fn state(&self) -> VmState<F> {
        copy_state(&self.state)
    }
}
