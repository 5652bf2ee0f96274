//! Guests, keys and provers that the tests share.

use std::{fs, path::Path, sync::Arc};

use openvm_circuit::arch::instructions::exe::VmExe;
use openvm_metal_backend::{GpuOptions, MetalDevice};
use openvm_metal_sdk::{AppProver, Event, Observer, PipelineOptions, F};
use openvm_sdk::{config::AppConfig, keygen::AppProvingKey, StdIn};
use openvm_sdk_config::{SdkVmConfig, SdkVmCpuBuilder, TranspilerConfig};
use openvm_transpiler::{elf::Elf, openvm_platform::memory::MEM_SIZE, FromElf};

pub use crate::toy_params::{aggregation_params, app_params};

/// The VM of `guests/config/NAME.toml`.
pub fn config(name: &str) -> SdkVmConfig {
    let path = guests().join("config").join(name).with_extension("toml");
    let toml = fs::read_to_string(path).unwrap();
    let config: AppConfig<SdkVmConfig> = toml::from_str(&toml).unwrap();
    config.app_vm_config
}

/// A guest for the VM `config`.
pub fn exe(name: &str, config: &SdkVmConfig) -> Arc<VmExe<F>> {
    let path = guests().join("elf").join(name).with_extension("elf");
    let elf = Elf::decode(&fs::read(path).unwrap(), MEM_SIZE as u32).unwrap();
    Arc::new(VmExe::from_elf(elf, config.transpiler()).unwrap())
}

/// Where the guests are.
pub fn guests() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guests")
}

pub fn input(n: u64) -> StdIn {
    let mut input = StdIn::default();
    input.write(&n);
    input
}

pub fn device() -> MetalDevice {
    device_with(&GpuOptions::from_env().unwrap())
}

pub fn device_with(options: &GpuOptions) -> MetalDevice {
    MetalDevice::new(app_params(), options)
}

pub fn key(config: SdkVmConfig) -> AppProvingKey<SdkVmConfig> {
    AppProvingKey::keygen(AppConfig::new(config, app_params())).unwrap()
}

/// A prover of a guest for the VM of `key`, with the tests' options.
pub fn prover(
    key: &AppProvingKey<SdkVmConfig>,
    guest: &str,
    options: &PipelineOptions,
) -> AppProver<SdkVmCpuBuilder> {
    let exe = exe(guest, key.vm_config());
    AppProver::new(SdkVmCpuBuilder, key, exe, &device(), options).unwrap()
}

/// Options that cut programs into short segments.
pub fn short_segments() -> PipelineOptions {
    PipelineOptions {
        segment_max_memory_bytes: Some(SHORT_SEGMENT_BYTES),
        ..PipelineOptions::default()
    }
}

/// Holds the tables and some 80,000 instructions.
pub const SHORT_SEGMENT_BYTES: u64 = 600_000_000;

/// Keeps what happens.
#[derive(Default)]
pub struct Log(pub Vec<Event>);

impl Observer for Log {
    fn on_event(&mut self, event: &Event) {
        self.0.push(event.clone());
    }
}

impl Log {
    pub fn count(&self, is: impl Fn(&Event) -> bool) -> usize {
        self.0.iter().filter(|event| is(event)).count()
    }
}
