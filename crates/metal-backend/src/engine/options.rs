//! How an engine is made, from code or from the environment.

use crate::gpu::{AdapterSummary, GpuError, GpuOptions};

/// Whether an engine looks at its proofs before it hands them out.
///
/// A GPU that is short of memory, or that gave up a kernel that ran too long, may go on as if nothing had
/// happened. What of that shows at once is an error in any case; what does not, upstream's verifier finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verify {
    /// Proofs are handed out as the GPU made them.
    Off,
    /// Each proof is verified on the host. One that does not verify is made once more.
    On,
    /// [`Verify::On`] where the GPU is reached through Metal, which does not report work that it gave up
    /// (wgpu issue 9545); else [`Verify::Off`].
    #[default]
    Auto,
}

/// Choices made when an engine is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EngineOptions {
    /// The GPU, and how it is used.
    pub gpu: GpuOptions,
    /// Whether proofs are verified.
    pub verify: Verify,
}

impl Verify {
    pub(crate) fn is_on(self, adapter: &AdapterSummary) -> bool {
        match self {
            Self::Off => false,
            Self::On => true,
            Self::Auto => adapter.backend == "metal",
        }
    }
}

const VERIFY: &str = "OPENVM_METAL_VERIFY";

impl EngineOptions {
    /// Options from the environment: those of [`GpuOptions::from_env`], and `OPENVM_METAL_VERIFY` (`off`,
    /// `on` or `auto`). Unset and empty variables leave the default.
    pub fn from_env() -> Result<Self, GpuError> {
        Ok(Self {
            gpu: GpuOptions::from_env()?,
            verify: verify(
                &std::env::var_os(VERIFY)
                    .unwrap_or_default()
                    .to_string_lossy(),
            )?,
        })
    }
}

impl From<GpuOptions> for EngineOptions {
    fn from(gpu: GpuOptions) -> Self {
        let verify = Verify::default();
        Self { gpu, verify }
    }
}

impl From<&GpuOptions> for EngineOptions {
    fn from(gpu: &GpuOptions) -> Self {
        gpu.clone().into()
    }
}

impl From<&EngineOptions> for EngineOptions {
    fn from(options: &EngineOptions) -> Self {
        options.clone()
    }
}

fn verify(value: &str) -> Result<Verify, GpuError> {
    match value {
        "" | "auto" => Ok(Verify::Auto),
        "off" => Ok(Verify::Off),
        "on" => Ok(Verify::On),
        value => Err(GpuError::BadVariable {
            variable: VERIFY,
            value: value.to_owned(),
            expected: "off, on or auto",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_has_three_values_and_names_itself_in_an_error() {
        for (value, expected) in [
            ("", Verify::Auto),
            ("auto", Verify::Auto),
            ("off", Verify::Off),
            ("on", Verify::On),
        ] {
            assert_eq!(verify(value), Ok(expected));
        }
        let message = verify("1").unwrap_err().to_string();
        assert!(message.contains(VERIFY) && message.contains("on or auto"));
    }

    #[test]
    fn proofs_are_verified_on_metal_unless_told_otherwise() {
        let adapter = |backend: &str| AdapterSummary {
            index: 0,
            name: "any".to_owned(),
            pci_address: None,
            driver: "any".to_owned(),
            backend: backend.to_owned(),
            is_software: false,
        };
        for (verify, on_metal, elsewhere) in [
            (Verify::Off, false, false),
            (Verify::On, true, true),
            (Verify::Auto, true, false),
        ] {
            assert_eq!(verify.is_on(&adapter("metal")), on_metal);
            assert_eq!(verify.is_on(&adapter("vulkan")), elsewhere);
        }
    }
}
