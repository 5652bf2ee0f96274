//! What proves.

use openvm_metal_backend::{AdapterSummary, EngineOptions, GpuError, MetalDevice, MetalError};
use openvm_metal_sdk::{PipelineOptions, TraceKernels};
use openvm_stark_sdk::config::{app_params_with_100_bits_security, MAX_APP_LOG_STACKED_HEIGHT};

use crate::{
    arguments::{EngineChoice, ProverArgs, UPSTREAM_SEGMENT_MEMORY_BYTES},
    console::Console,
    error::Error,
};

/// What proves, opened.
pub enum Engine {
    /// One GPU or several, and what to use of the machine.
    Gpu {
        adapters: Vec<AdapterSummary>,
        devices: Vec<MetalDevice>,
        pipeline: PipelineOptions,
    },
    /// Upstream's CPU prover.
    Cpu,
}

impl Engine {
    /// The engine that is asked for.
    ///
    /// # Errors
    /// [`Error::Gpu`] if it has to be a GPU and there is none, and [`Error::Usage`] for options that
    /// the CPU has no use for.
    pub fn open(args: &ProverArgs, console: &Console) -> Result<Self, Error> {
        if args.engine == EngineChoice::Cpu {
            refuse_gpu_options(args)?;
            return Ok(Self::Cpu);
        }
        let mut options = EngineOptions::from_env()?;
        if !args.adapter.is_empty() {
            options.gpu.adapter = Some(args.adapter.join(","));
        }
        if let Some(budget) = args.memory_budget {
            options.gpu.memory_budget_bytes = Some(budget.as_u64());
        }
        let pipeline = PipelineOptions {
            workers: args.workers,
            host_memory_bytes: args.host_memory.map(|size| size.as_u64()),
            segment_max_memory_bytes: args.segment_max_memory.map(|size| size.as_u64()),
            trace_kernels: match args.host_traces {
                true => TraceKernels::none(),
                false => TraceKernels::default(),
            },
            ..PipelineOptions::default()
        };
        match open_devices(&options) {
            Ok((adapters, devices)) => Ok(Self::Gpu {
                adapters,
                devices,
                pipeline,
            }),
            Err(error @ MetalError::Gpu(GpuError::NoAdapter { .. }))
                if args.engine == EngineChoice::Auto =>
            {
                console.note(&format!(
                    "{error}\nproving on the CPU instead, with upstream's prover"
                ));
                Ok(Self::Cpu)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// What it is called.
    pub fn name(&self) -> String {
        match self {
            Self::Gpu { .. } => match self.adapters() {
                [adapter] => adapter.to_string(),
                adapters => {
                    let listings: Vec<_> = adapters.iter().map(AdapterSummary::listing).collect();
                    listings.join(" and ")
                }
            },
            Self::Cpu => "the CPU (openvm-cpu-backend)".to_owned(),
        }
    }

    /// Its GPUs, in the order that events number them; none for the CPU.
    pub fn adapters(&self) -> &[AdapterSummary] {
        match self {
            Self::Gpu { adapters, .. } => adapters,
            Self::Cpu => &[],
        }
    }

    /// The most memory of one GPU that was in use at once since it was opened.
    pub fn device_peak_bytes(&self) -> Option<u64> {
        match self {
            Self::Gpu { devices, .. } => {
                let memory = devices.iter().filter_map(|device| device.memory_use().ok());
                memory.map(|memory| memory.highest_bytes).max()
            }
            Self::Cpu => None,
        }
    }

    /// How much memory the proof of a segment may take.
    pub fn segment_memory_bytes(&self, args: &ProverArgs) -> u64 {
        match self {
            Self::Gpu {
                devices, pipeline, ..
            } => {
                let of_device = |device: &MetalDevice| {
                    let available = device.memory_use().ok();
                    let available = available.and_then(|memory| memory.available_bytes);
                    pipeline.segment_memory_bytes(available)
                };
                let bytes = devices.iter().map(of_device).min();
                bytes.unwrap_or(UPSTREAM_SEGMENT_MEMORY_BYTES)
            }
            Self::Cpu => args
                .segment_max_memory
                .map_or(UPSTREAM_SEGMENT_MEMORY_BYTES, |size| size.as_u64()),
        }
    }
}

/// The GPUs that `options` name, opened.
fn open_devices(
    options: &EngineOptions,
) -> Result<(Vec<AdapterSummary>, Vec<MetalDevice>), MetalError> {
    let (mut adapters, mut devices) = (vec![], vec![]);
    for gpu in options.gpu.for_each_adapter()? {
        let verify = options.verify;
        // Keys bring their parameters.
        let params = app_params_with_100_bits_security(MAX_APP_LOG_STACKED_HEIGHT);
        let device = MetalDevice::new(params, EngineOptions { gpu, verify });
        adapters.push(device.adapter()?.clone());
        devices.push(device);
    }
    Ok((adapters, devices))
}

fn refuse_gpu_options(args: &ProverArgs) -> Result<(), Error> {
    let options = [
        ("--adapter", !args.adapter.is_empty()),
        ("--memory-budget", args.memory_budget.is_some()),
        ("--host-memory", args.host_memory.is_some()),
        ("--workers", args.workers.is_some()),
        ("--host-traces", args.host_traces),
    ];
    match options.into_iter().find(|(_, is_given)| *is_given) {
        None => Ok(()),
        Some((option, _)) => Err(Error::Usage(format!(
            "{option} is for proofs on the GPU, and --engine cpu makes none there: leave one out"
        ))),
    }
}
