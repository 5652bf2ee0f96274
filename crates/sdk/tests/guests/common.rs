//! Guests, keys and provers that the tests share.

use std::{fs, path::Path, sync::Arc};

use openvm_circuit::arch::instructions::exe::VmExe;
use openvm_metal_backend::{gpu::GpuOptions, MetalDevice};
use openvm_metal_sdk::{AppProver, Event, Observer, PipelineOptions, F};
use openvm_sdk::{
    config::{AggregationSystemParams, AppConfig},
    keygen::AppProvingKey,
    StdIn,
};
use openvm_sdk_config::{SdkVmConfig, SdkVmCpuBuilder, TranspilerConfig};
use openvm_stark_backend::SystemParams;
use openvm_stark_sdk::config::{
    app_params_with_100_bits_security, internal_params_with_100_bits_security,
    leaf_params_with_100_bits_security, WHIR_MAX_LOG_FINAL_POLY_LEN,
};
use openvm_transpiler::{elf::Elf, openvm_platform::memory::MEM_SIZE, FromElf};

/// The least stacked height that holds the tables of RV32M.
pub const LOG_STACKED_HEIGHT: usize = 19;

/// `params` with one query a round and no proof-of-work: sound enough to tell right from wrong by
/// accident, and fast enough for a software adapter.
pub fn toy(mut params: SystemParams) -> SystemParams {
    params.logup.pow_bits = 0;
    params.whir.mu_pow_bits = 0;
    params.whir.folding_pow_bits = 0;
    params.whir.query_phase_pow_bits = 0;
    for round in &mut params.whir.rounds {
        round.num_queries = 1;
    }
    params
}

pub fn app_params() -> SystemParams {
    toy(app_params_with_100_bits_security(LOG_STACKED_HEIGHT))
}

/// Those of production, for circuits that verify a query a round: fewer rows, and so a lower stack.
pub fn aggregation_params() -> AggregationSystemParams {
    AggregationSystemParams {
        leaf: lowered(leaf_params_with_100_bits_security(), 18),
        internal: lowered(internal_params_with_100_bits_security(), 17),
    }
}

fn lowered(mut params: SystemParams, log_stacked_height: usize) -> SystemParams {
    params.n_stack = log_stacked_height - params.l_skip;
    let n_folded = log_stacked_height - WHIR_MAX_LOG_FINAL_POLY_LEN;
    params
        .whir
        .rounds
        .truncate(n_folded.div_ceil(params.k_whir()));
    toy(params)
}

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

fn guests() -> std::path::PathBuf {
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
