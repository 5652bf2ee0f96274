//! What can go wrong between this program and a GPU.

use thiserror::Error;

/// A condition of the machine, the driver or device memory that a caller cannot foresee.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum GpuError {
    /// No hardware GPU was found.
    #[error(
        "no usable GPU found ({}); install its Vulkan or Metal driver, or name a software adapter \
         with OPENVM_METAL_ADAPTER (for example llvmpipe)",
        list("adapters present", .present)
    )]
    NoAdapter {
        /// Every adapter the system reports, software ones included.
        present: Vec<String>,
    },
    /// The adapter that was asked for does not exist.
    #[error(
        "no adapter's name contains {wanted:?}, nor is it an adapter's index or PCI address ({})",
        list("adapters present", .present)
    )]
    UnknownAdapter {
        /// The text that was looked for.
        wanted: String,
        /// Every adapter the system reports.
        present: Vec<String>,
    },
    /// The text that was to name an adapter is part of different names.
    #[error(
        "{wanted:?} is part of different adapters' names ({}): name one by its index, its PCI address or more \
         of its name",
        list("those", .matching)
    )]
    AmbiguousAdapter {
        /// The text that was looked for.
        wanted: String,
        /// The adapters whose names contain it.
        matching: Vec<String>,
    },
    /// Several adapters where only one can be used.
    #[error(
        "{wanted:?} names several adapters ({}), and an engine is on one: name one of them",
        list("those", .chosen)
    )]
    SeveralAdapters {
        /// The text that names them.
        wanted: String,
        /// The adapters.
        chosen: Vec<String>,
    },
    /// The adapter lacks something that the kernels cannot do without.
    #[error("adapter {adapter} cannot run the prover: {missing}")]
    Unsupported {
        /// Name of the adapter.
        adapter: String,
        /// The missing feature, or the limit with its required and actual value.
        missing: String,
    },
    /// An environment variable holds a value that is not understood.
    #[error("environment variable {variable}={value:?}: expected {expected}")]
    BadVariable {
        /// Name of the variable.
        variable: &'static str,
        /// Its value.
        value: String,
        /// The values it may have.
        expected: &'static str,
    },
    /// The driver refused to open the adapter.
    #[error("adapter {adapter} could not be opened: {reason}")]
    RequestDevice {
        /// Name of the adapter.
        adapter: String,
        /// The driver's words.
        reason: String,
    },
    /// A single buffer larger than the adapter or [`super::GpuOptions::max_binding_bytes`] allows.
    #[error("{what} needs a buffer of {bytes} bytes, more than the {limit} that one may have")]
    TooLarge {
        /// What the buffer was for.
        what: &'static str,
        /// Its size.
        bytes: u64,
        /// The largest size allowed in one binding or buffer.
        limit: u64,
    },
    /// Device memory is exhausted.
    #[error(
        "out of device memory: {what} needs {bytes} bytes more, {in_use} bytes are in use by this \
         process"
    )]
    OutOfMemory {
        /// What the buffer was for.
        what: &'static str,
        /// Its size.
        bytes: u64,
        /// Bytes that this process already holds in live buffers.
        in_use: u64,
    },
    /// The driver rejected a buffer, for another reason than a lack of memory. This is a bug in this
    /// crate or in the driver.
    #[error("a buffer of {bytes} bytes for {what} was rejected: {reason}")]
    Buffer {
        /// What the buffer was for.
        what: &'static str,
        /// Its size.
        bytes: u64,
        /// The driver's words.
        reason: String,
    },
    /// A key, a trace or a commitment that is not on the GPU that is to use it: on another adapter, on
    /// the same one opened apart, with other options, or on one that was lost and opened again.
    #[error(
        "stage {stage} got a key, a trace or a commitment that is on another GPU, {adapter}{}: bring \
         keys and traces to the GPU with the engine that proves",
        if *.was_lost { ", which was lost" } else { "" }
    )]
    OtherGpu {
        /// Name of the stage.
        stage: &'static str,
        /// The GPU that it is on.
        adapter: String,
        /// Whether that was lost.
        was_lost: bool,
    },
    /// A kernel did not compile. This is a bug in this crate or in the driver.
    #[error("kernel {kernel} was rejected: {reason}")]
    Shader {
        /// Name of the kernel.
        kernel: String,
        /// The compiler's words.
        reason: String,
    },
    /// The driver rejected recorded work. This is a bug in this crate or in the driver.
    #[error("stage {stage} was rejected: {reason}")]
    Validation {
        /// Name of the stage that was being recorded.
        stage: &'static str,
        /// The driver's words.
        reason: String,
    },
    /// The device stopped answering: it was removed, reset, a kernel ran too long, or nothing was done
    /// for longer than [`super::GpuOptions::wait_limit`].
    ///
    /// What was on it is gone, and everything that uses it fails with this error. A new engine opens the
    /// adapter again, in the same process; keys and traces must be brought there with that engine.
    #[error(
        "the GPU was lost: {reason}: make a new engine, and bring keys and traces to the GPU again with it"
    )]
    DeviceLost {
        /// The driver's words.
        reason: String,
    },
}

fn list(label: &str, names: &[String]) -> String {
    match names {
        [] => format!("{label}: none"),
        names => format!("{label}: {}", names.join("; ")),
    }
}
