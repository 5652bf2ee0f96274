//! What a proof can fail with.

mod compile;

use std::sync::Arc;

use openvm_stark_backend::prover::StackedPcsError;
use thiserror::Error;

pub use compile::CompileError;

use crate::gpu::GpuError;

/// Why the engine returned no proof.
///
/// Upstream's transport methods and `StarkEngine::new` cannot fail by signature; an error met there
/// is kept in what they return and comes out of the first operation that needs it.
///
/// No error spoils the engine but [`GpuError::DeviceLost`]: after it, a new engine opens the GPU again in
/// the same process, and keys, cached commitments and traces must be brought there with that engine.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum MetalError {
    /// The machine, the driver or device memory.
    #[error(transparent)]
    Gpu(#[from] GpuError),
    /// A trace whose height is zero or not a power of two.
    #[error("trace {trace} has {height} rows: the height must be a power of two")]
    TraceHeight {
        /// Position of the trace among those committed together.
        trace: usize,
        /// Its number of rows.
        height: usize,
    },
    /// A trace with more rows than the stacked matrix.
    #[error(
        "trace {trace} has 2^{log_height} rows, more than the stacked height of \
         2^{log_stacked_height}: choose parameters with a larger l_skip + n_stack"
    )]
    TraceTooTall {
        /// Position of the trace among those committed together.
        trace: usize,
        /// Logarithm of its number of rows.
        log_height: usize,
        /// Logarithm of the stacked height, `l_skip + n_stack`.
        log_stacked_height: usize,
    },
    /// A proving key of other system parameters than the engine's.
    #[error(
        "the key was made with {parameter} = {key}, and the engine has {engine}: make the engine with \
         the key's parameters"
    )]
    OtherParameters {
        /// The first parameter that differs.
        parameter: &'static str,
        /// Its value in the key.
        key: String,
        /// Its value in the engine.
        engine: String,
    },
    /// A trace of an AIR that the proving key does not have.
    #[error("a trace is of AIR {air}, and the key has {airs}")]
    UnknownAir {
        /// The AIR's position.
        air: usize,
        /// Number of AIRs in the key.
        airs: usize,
    },
    /// System parameters beyond what the field or the kernels allow.
    #[error("the parameter {what} is {value}, and may be at most {max}")]
    Parameters {
        /// Name of the parameter, or of a sum of parameters.
        what: &'static str,
        /// Its value.
        value: usize,
        /// The largest value allowed.
        max: usize,
    },
    /// Nothing to commit to: there is no trace with a column.
    #[error("no trace has a column: there is nothing to commit to")]
    NothingToCommit,
    /// The traces cannot be stacked.
    #[error("stacking: {0}")]
    Stacking(#[from] Arc<StackedPcsError>),
    /// A Merkle tree whose queries open more rows than there are.
    #[error("a query opens {rows_per_query} rows of a code matrix with {height}: lower k_whir")]
    RowsPerQuery {
        /// `2^k_whir`.
        rows_per_query: usize,
        /// Number of rows of the code matrix.
        height: usize,
    },
    /// Parameters without a WHIR round, for which upstream has no final polynomial, or whose rounds
    /// fold nothing.
    #[error("WHIR needs at least one round that folds: choose a smaller log_final_poly_len or a larger k")]
    NoWhirRounds,
    /// A commitment that was not made with the parameters of the proof.
    #[error(
        "commitment {commitment} has {height} rows of code, {rows_per_query} a query, instead of \
         {expected_height} and {expected_rows_per_query}: make it with the proof's parameters"
    )]
    CommitmentShape {
        /// Position of the commitment among those opened.
        commitment: usize,
        /// Rows of its code matrix.
        height: usize,
        /// Rows that its tree opens a query.
        rows_per_query: usize,
        /// `2^(l_skip + n_stack + log_blowup)`.
        expected_height: usize,
        /// `2^k_whir`.
        expected_rows_per_query: usize,
    },
    /// Nothing to open, or a point that is none of the stacked matrices'.
    #[error(
        "{commitments} commitments were to be opened at a point of {coordinates} coordinates: there \
         must be one commitment at least, and {expected_coordinates} coordinates"
    )]
    OpeningPoint {
        /// Number of commitments.
        commitments: usize,
        /// Coordinates of the point.
        coordinates: usize,
        /// `l_skip + n_stack`.
        expected_coordinates: usize,
    },
    /// A number of fractions that the fractional sumcheck has no protocol for.
    #[error("the fractional sumcheck got {len} fractions: it takes a power of two, at least 2")]
    FractionCount {
        /// The number of fractions.
        len: usize,
    },
    /// Interactions that do not balance: the fractions of LogUp do not sum up to zero.
    #[error("fractional sumcheck: the numerator of the sum is not zero: the interactions do not balance")]
    NonZeroRootSum,
    /// A proof that takes more device memory than there is.
    #[error(
        "the proof needs {} of device memory with everything that is there already, and {} are \
         available: choose a larger memory budget, shorter traces, or free other proofs' data",
        mebibytes(.needed),
        mebibytes(.available)
    )]
    NotEnoughMemory {
        /// Bytes in use at the proof's peak, with the policy that takes least.
        needed: u64,
        /// The budget, or the GPU's own memory.
        available: u64,
    },
    /// The constraints of an AIR that cannot be compiled.
    #[error("constraints of AIR {air}: {error}")]
    Compile {
        /// Name of the AIR.
        air: String,
        /// What is wrong with them.
        error: CompileError,
    },
    /// A trace that does not fit its AIR's verifying key.
    #[error("trace {trace} has {actual} {what}, where its AIR has {expected}")]
    TraceShape {
        /// Position of the trace among those of the proof, sorted by height.
        trace: usize,
        /// What there are too many or too few of.
        what: &'static str,
        /// The AIR's number.
        expected: usize,
        /// The trace's number.
        actual: usize,
    },
    /// A proof-of-work search that ended without a nonce. For up to 26 bits this happens with a
    /// probability of less than 2^-40; for more, the field may have no such element.
    #[error("no proof-of-work nonce was found: use parameters with fewer bits of proof-of-work")]
    NoNonce,
    /// A proof that upstream's verifier rejects, see [`EngineOptions::verify`](crate::EngineOptions::verify).
    #[error("the proof does not verify ({reason}), {again}")]
    WrongProof {
        /// The verifier's words.
        reason: String,
        /// What came of a second attempt, and where its transcript differs first from the first's.
        again: String,
    },
    /// The device's transcript is not what upstream's makes of the same values. This is a bug in
    /// this crate or in the driver.
    #[error("the device's transcript differs from the host's at event {event}")]
    TranscriptReplay {
        /// Number and kind of the first event of the stage that differs.
        event: String,
    },
}

fn mebibytes(bytes: &u64) -> String {
    format!("{:.1} MiB", *bytes as f64 / f64::from(1 << 20))
}
