//! The clocks and the power of the machine at one moment, and whether it was busy.
//!
//! Nothing here is ever required: what a system does not tell, or tells to administrators only, is absent.

mod busy;
mod nvidia;
mod powermetrics;
mod sysfs;

pub(crate) use busy::{cpu_clock, gpu_clock};
pub use busy::{reasons, BUSY_CLOCK};

use serde::{Deserialize, Serialize};
use std::path::Path;
use sysinfo::{CpuRefreshKind, System};

/// Clocks and power at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MachineState {
    /// The clock of the slowest processor, in MHz.
    pub cpu_min_mhz: Option<f64>,
    /// The clock of the fastest processor, in MHz.
    pub cpu_max_mhz: Option<f64>,
    /// The GPU's clock, in MHz.
    pub gpu_mhz: Option<f64>,
    /// The power that the GPU takes, in watts.
    pub gpu_watts: Option<f64>,
}

/// Where to ask for a GPU's clock and power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum GpuSource {
    Nvidia,
    Sysfs,
    Powermetrics,
    Nowhere,
}

/// Looks at the machine.
#[derive(Debug)]
pub struct Probe {
    system: System,
    gpu: GpuSource,
}

impl Default for Probe {
    fn default() -> Self {
        Probe::new()
    }
}

impl Probe {
    /// Finds out once which sources there are, so that runs do not wait for those that there are not.
    pub fn new() -> Probe {
        let gpu = if nvidia::read().is_some() {
            GpuSource::Nvidia
        } else if sysfs::read(Path::new(sysfs::ROOT)).is_some() {
            GpuSource::Sysfs
        } else if cfg!(target_os = "macos") && powermetrics::read().is_some() {
            GpuSource::Powermetrics
        } else {
            GpuSource::Nowhere
        };
        Probe {
            system: System::new(),
            gpu,
        }
    }

    /// The machine as it is now.
    pub fn read(&mut self) -> MachineState {
        let processors = CpuRefreshKind::nothing().with_frequency();
        self.system.refresh_cpu_specifics(processors);
        let clocks = self.system.cpus().iter().map(|cpu| cpu.frequency() as f64);
        // Systems that do not tell say 0.
        let clocks: Vec<f64> = clocks.filter(|mhz| *mhz > 0.0).collect();
        let gpu = match self.gpu {
            GpuSource::Nvidia => nvidia::read(),
            GpuSource::Sysfs => sysfs::read(Path::new(sysfs::ROOT)),
            GpuSource::Powermetrics => powermetrics::read(),
            GpuSource::Nowhere => None,
        };
        let gpu = gpu.unwrap_or_default();
        MachineState {
            cpu_min_mhz: clocks.iter().copied().reduce(f64::min),
            cpu_max_mhz: clocks.iter().copied().reduce(f64::max),
            gpu_mhz: gpu.mhz,
            gpu_watts: gpu.watts,
        }
    }
}

/// One GPU's clock and power.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct GpuState {
    mhz: Option<f64>,
    watts: Option<f64>,
}

impl GpuState {
    /// Nothing, if neither is known.
    fn if_any(self) -> Option<GpuState> {
        (self.mhz.is_some() || self.watts.is_some()).then_some(self)
    }

    /// The faster one, with the power of both.
    fn beside(self, other: GpuState) -> GpuState {
        let either = |a: Option<f64>, b: Option<f64>, both: fn(f64, f64) -> f64| match (a, b) {
            (Some(a), Some(b)) => Some(both(a, b)),
            (a, b) => a.or(b),
        };
        GpuState {
            mhz: either(self.mhz, other.mhz, f64::max),
            watts: either(self.watts, other.watts, |a, b| a + b),
        }
    }
}

/// What a program prints, if it is there and succeeds.
fn output_of(program: &str, arguments: &[&str]) -> Option<String> {
    let output = std::process::Command::new(program)
        .args(arguments)
        .stdin(std::process::Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
