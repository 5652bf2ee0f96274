//! What can go wrong between a program and its proof.

use openvm_circuit::arch::{
    ExecutionError, GenerationError, StaticProgramError, VirtualMachineError,
};
use openvm_metal_backend::MetalError;
use thiserror::Error;

/// Why there is no proof.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The program ended with an exit code other than zero; a guest that panics ends with 1.
    #[error("the guest program failed with exit code {code} after {instructions} instructions, in segment {segment}")]
    GuestFailed {
        /// The program's exit code.
        code: u32,
        /// The segment it ended in, counted from 0.
        segment: usize,
        /// Instructions it executed, to the nearest thousand below.
        instructions: u64,
    },
    /// The program cannot be executed: an instruction that the VM does not have, a read past the end of
    /// the input, an access out of bounds.
    #[error("executing the guest program: {0}")]
    Execution(ExecutionError),
    /// The program has instructions that the VM configuration lacks, or none at all.
    #[error(
        "the guest program does not fit the VM configuration: {0}: enable the extension that the \
         guest was built for in openvm.toml"
    )]
    Program(#[from] StaticProgramError),
    /// The VM cannot be built from its configuration.
    #[error("building the VM: {0}")]
    Vm(#[source] VirtualMachineError),
    /// The traces of a segment exceed what can be proven at once.
    #[error("making the traces of segment {segment}: {error}")]
    Traces {
        /// Number of the segment, from 0.
        segment: usize,
        /// What is exceeded.
        error: GenerationError,
    },
    /// A kernel that does not fit the chip that it was registered for.
    #[error(
        "the trace kernel for {air} is for {expected} {what}, and the chip has {found}: make it for \
         the chip's trace and records"
    )]
    TraceKernel {
        /// Name of the chip's AIR.
        air: String,
        /// `columns` or `words in a record`.
        what: &'static str,
        /// What the kernel was made for.
        expected: usize,
        /// What the chip has.
        found: usize,
    },
    /// The engine made no proof.
    #[error("proving {what}: {error}")]
    Prover {
        /// The segment or node of the aggregation tree.
        what: String,
        /// Why not.
        error: MetalError,
    },
    /// The engine cannot be used at all.
    #[error(transparent)]
    Engine(#[from] MetalError),
    /// Code of upstream's or of this crate panicked at work for this proof.
    #[error("{what} stopped with a panic: {message}")]
    Panicked {
        /// What was being done.
        what: String,
        /// The panic's message.
        message: String,
    },
    /// Deferred computations, which are not supported yet.
    #[error(
        "the input defers computations, which this prover does not support yet: prove it with \
         `cargo openvm`"
    )]
    Deferrals,
    /// A tree that never ends in one proof, or that the circuits have no room for.
    #[error("the aggregation tree has {children} children a {node}: it can have {min} to {max}")]
    Tree {
        /// `leaf` or `internal node`.
        node: &'static str,
        /// The number asked for.
        children: usize,
        /// The least that makes a tree.
        min: usize,
        /// The most that the circuit verifies.
        max: usize,
    },
    /// An option that cannot be.
    #[error("{option} is {value}: {reason}")]
    Option {
        /// Name of the option.
        option: &'static str,
        /// Its value.
        value: u64,
        /// What it must be.
        reason: &'static str,
    },
    /// No device to prove on.
    #[error("no GPU was given to prove on: name at least one")]
    NoDevice,
    /// A proof that was checked is not what was asked for.
    #[error("a proof is not right: {0}")]
    NotVerified(String),
    /// A node was to be proven by a prover of segments alone.
    #[error("this prover has no aggregation circuits")]
    NoAggregation,
    /// Bytes that are of no state of the execution.
    #[error("a stored state cannot be read: {0}")]
    StoredState(&'static str),
    /// The operating system refused a thread.
    #[error("starting a thread: {0}")]
    Thread(String),
}

impl From<VirtualMachineError> for Error {
    fn from(error: VirtualMachineError) -> Self {
        match error {
            VirtualMachineError::Execution(error) => error.into(),
            VirtualMachineError::StaticProgram(error) => Self::Program(error),
            error => Self::Vm(error),
        }
    }
}

impl From<ExecutionError> for Error {
    fn from(error: ExecutionError) -> Self {
        match error {
            ExecutionError::Static(error) => Self::Program(error),
            error => Self::Execution(error),
        }
    }
}
