//! How a GPU is chosen and used, from code or from the environment.

use std::{ffi::OsString, path::PathBuf, time::Duration};

use super::GpuError;

/// Buffers up to this size are allowed whatever [`GpuOptions::max_binding_bytes`] says: tables of the
/// kernels, what queries open, and the like, which do not grow with the height of a matrix.
pub const SMALL_BUFFER_BYTES: u64 = 1 << 20;

/// The form of the 32-bit x 32-bit multiplication inside the field kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Multiply {
    /// 64-bit integers in the shader (`SHADER_INT64`); the faster form where it exists.
    U64,
    /// 32-bit integers only.
    U32,
}

/// Choices made when a GPU is opened. The default is the fastest one found, used to its limits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GpuOptions {
    /// The adapter: its index among those of the machine, its PCI address, or part of its name, in any case;
    /// of several of one name it is the first. `None`: the first discrete, else integrated GPU; a software
    /// adapter is only used when it is named. For several, see [`Self::for_each_adapter`].
    pub adapter: Option<String>,
    /// `None`: [`Multiply::U64`] where the adapter has it.
    pub multiply: Option<Multiply>,
    /// Largest block of a matrix in bytes, where it is to be smaller than what the adapter can bind.
    /// Other buffers are held to it where they are larger than 1 MiB.
    pub max_binding_bytes: Option<u64>,
    /// Most bytes of device memory to take. `None`: nearly all of a discrete GPU's own memory, where
    /// the driver tells how much that is (Vulkan), two thirds of the machine's for a GPU that shares
    /// it, else as many as the driver gives.
    ///
    /// It counts for all who have opened the adapter in this process together: with different budgets,
    /// each takes no more than its own, and all of them no more than the largest.
    pub memory_budget_bytes: Option<u64>,
    /// Compile kernels with bounds checks and bounded loops: slow, for debugging.
    pub runtime_checks: bool,
    /// Time every kernel and log it with each stage, as one `gpu_kernel` event for each kernel. The
    /// stages themselves become a little slower. Without effect where the adapter has no timestamps.
    pub kernel_times: bool,
    /// A directory to keep compiled kernels in from process to process, where the adapter has
    /// pipeline caches (Vulkan); elsewhere nothing is written. `None`: no files, beside those of the
    /// driver's own cache.
    ///
    /// There is one file for each kind of GPU; drivers trust what is in it, so the directory must
    /// be the user's own. A file that is broken, or another driver's, is ignored and replaced.
    pub pipeline_cache: Option<PathBuf>,
    /// How long to wait for the GPU while nothing that was submitted to it is done; then it counts as
    /// lost, and the error names the stage. `None`: a minute, and a hundred times what the work should take
    /// by the GPU's rate of multiplications; an hour for a software adapter.
    pub wait_limit: Option<Duration>,
    /// Field multiplications that the GPU is taken to do in a millisecond, for the limit on what one
    /// dispatch may do, and for how long it is waited for. `None`: as many as it does when it is opened, and no limit for a software adapter.
    pub multiplications_per_ms: Option<u64>,
}

const ADAPTER: &str = "OPENVM_METAL_ADAPTER";
const MULTIPLY: &str = "OPENVM_METAL_MULTIPLY";
const MAX_BINDING: &str = "OPENVM_METAL_MAX_BINDING_BYTES";
const BUDGET: &str = "OPENVM_METAL_MEMORY_BUDGET_BYTES";
const CHECKS: &str = "OPENVM_METAL_RUNTIME_CHECKS";
const KERNEL_TIMES: &str = "OPENVM_METAL_KERNEL_TIMES";
const PIPELINE_CACHE: &str = "OPENVM_METAL_PIPELINE_CACHE";
const WAIT_SECONDS: &str = "OPENVM_METAL_WAIT_SECONDS";
const MULTIPLICATIONS: &str = "OPENVM_METAL_MULTIPLICATIONS_PER_MS";

impl GpuOptions {
    /// Options from the environment: `OPENVM_METAL_ADAPTER` (a name, an index or a PCI address),
    /// `OPENVM_METAL_MULTIPLY` (`u64` or `u32`), `OPENVM_METAL_MAX_BINDING_BYTES` and
    /// `OPENVM_METAL_MEMORY_BUDGET_BYTES` (numbers), `OPENVM_METAL_RUNTIME_CHECKS` and
    /// `OPENVM_METAL_KERNEL_TIMES` (`0` or `1`), `OPENVM_METAL_PIPELINE_CACHE` (a directory),
    /// `OPENVM_METAL_WAIT_SECONDS` and `OPENVM_METAL_MULTIPLICATIONS_PER_MS` (numbers). Unset and empty variables leave the default.
    pub fn from_env() -> Result<Self, GpuError> {
        Self::from_lookup(std::env::var_os)
    }

    fn from_lookup(lookup: impl Fn(&'static str) -> Option<OsString>) -> Result<Self, GpuError> {
        let lookup_os = |name| lookup(name).filter(|value| !value.is_empty());
        let lookup = |name| match lookup_os(name).map(OsString::into_string) {
            None => Ok(None),
            Some(Ok(value)) => Ok(Some(value)),
            Some(Err(value)) => Err(bad(name, &value.to_string_lossy(), "text in UTF-8")),
        };
        let multiply = match lookup(MULTIPLY)?.as_deref() {
            None => None,
            Some("u64") => Some(Multiply::U64),
            Some("u32") => Some(Multiply::U32),
            Some(value) => return Err(bad(MULTIPLY, value, "u64 or u32")),
        };
        let number = |name, of| match lookup(name)?.map(|value| (value.parse(), value)) {
            None => Ok(None),
            Some((Ok(number), _)) => Ok(Some(number)),
            Some((Err(_), value)) => Err(bad(name, &value, of)),
        };
        let bytes = |name| number(name, "a number of bytes");
        let flag = |name| match lookup(name)?.as_deref() {
            None | Some("0") => Ok(false),
            Some("1") => Ok(true),
            Some(value) => Err(bad(name, value, "0 or 1")),
        };
        Ok(Self {
            adapter: lookup(ADAPTER)?,
            multiply,
            max_binding_bytes: bytes(MAX_BINDING)?,
            memory_budget_bytes: bytes(BUDGET)?,
            runtime_checks: flag(CHECKS)?,
            kernel_times: flag(KERNEL_TIMES)?,
            pipeline_cache: lookup_os(PIPELINE_CACHE).map(PathBuf::from),
            wait_limit: number(WAIT_SECONDS, "a number of seconds")?.map(Duration::from_secs),
            multiplications_per_ms: number(MULTIPLICATIONS, "a number of multiplications")?,
        })
    }
}

fn bad(variable: &'static str, value: &str, expected: &'static str) -> GpuError {
    GpuError::BadVariable {
        variable,
        value: value.to_owned(),
        expected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unset_and_empty_variables_leave_the_default() {
        assert_eq!(GpuOptions::from_lookup(|_| None), Ok(GpuOptions::default()));
        let empty = GpuOptions::from_lookup(|_| Some(OsString::new()));
        assert_eq!(empty, Ok(GpuOptions::default()));
    }

    #[test]
    fn every_variable_is_read() {
        let options = GpuOptions::from_lookup(|name| {
            let value = match name {
                ADAPTER => "radeon",
                MULTIPLY => "u32",
                MAX_BINDING => "4096",
                BUDGET => "65536",
                PIPELINE_CACHE => "cache",
                WAIT_SECONDS => "7",
                MULTIPLICATIONS => "1000",
                _ => "1",
            };
            Some(value.into())
        });
        let expected = GpuOptions {
            adapter: Some("radeon".to_owned()),
            multiply: Some(Multiply::U32),
            max_binding_bytes: Some(4096),
            memory_budget_bytes: Some(65536),
            runtime_checks: true,
            kernel_times: true,
            pipeline_cache: Some(PathBuf::from("cache")),
            wait_limit: Some(Duration::from_secs(7)),
            multiplications_per_ms: Some(1000),
        };
        assert_eq!(options, Ok(expected));
    }

    #[test]
    fn a_bad_value_names_its_variable() {
        for variable in [
            MULTIPLY,
            MAX_BINDING,
            BUDGET,
            CHECKS,
            KERNEL_TIMES,
            WAIT_SECONDS,
            MULTIPLICATIONS,
        ] {
            let error = GpuOptions::from_lookup(|name| (name == variable).then(|| "u128".into()));
            let message = error.unwrap_err().to_string();
            assert!(
                message.contains(variable) && message.contains("u128"),
                "{message}"
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn only_a_directory_may_have_a_name_that_is_not_text() {
        use std::os::unix::ffi::OsStringExt;
        let value = || OsString::from_vec(vec![b'a', 0xff]);
        for variable in [ADAPTER, MULTIPLY, MAX_BINDING, CHECKS] {
            let error = GpuOptions::from_lookup(|name| (name == variable).then(value));
            assert!(error.unwrap_err().to_string().contains(variable));
        }
        let options = GpuOptions::from_lookup(|name| (name == PIPELINE_CACHE).then(value));
        assert_eq!(options.unwrap().pipeline_cache, Some(value().into()));
    }
}
