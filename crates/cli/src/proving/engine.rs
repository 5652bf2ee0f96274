//! What proves.

use openvm_metal_backend::{EngineOptions, GpuError, MetalDevice, MetalError};
use openvm_metal_sdk::{PipelineOptions, TraceKernels};
use openvm_stark_sdk::config::{app_params_with_100_bits_security, MAX_APP_LOG_STACKED_HEIGHT};

use crate::{
    arguments::{EngineChoice, ProverArgs, UPSTREAM_SEGMENT_MEMORY_BYTES},
    console::Console,
    error::Error,
};

/// What proves, opened.
pub enum Engine {
    /// A GPU, and what to use of the machine.
    Gpu {
        adapter: String,
        device: MetalDevice,
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
        if args.adapter.is_some() {
            options.gpu.adapter.clone_from(&args.adapter);
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
        // Keys bring their parameters.
        let params = app_params_with_100_bits_security(MAX_APP_LOG_STACKED_HEIGHT);
        let device = MetalDevice::new(params, &options);
        match device.adapter().map(ToString::to_string) {
            Ok(adapter) => Ok(Self::Gpu {
                adapter,
                device,
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
            Self::Gpu { adapter, .. } => adapter.clone(),
            Self::Cpu => "the CPU (openvm-cpu-backend)".to_owned(),
        }
    }

    /// The most GPU memory that was in use at once since the GPU was opened.
    pub fn device_peak_bytes(&self) -> Option<u64> {
        match self {
            Self::Gpu { device, .. } => Some(device.memory_use().ok()?.highest_bytes),
            Self::Cpu => None,
        }
    }

    /// How much memory the proof of a segment may take.
    pub fn segment_memory_bytes(&self, args: &ProverArgs) -> u64 {
        match self {
            Self::Gpu {
                device, pipeline, ..
            } => {
                let available = device.memory_use().ok();
                pipeline.segment_memory_bytes(available.and_then(|memory| memory.available_bytes))
            }
            Self::Cpu => args
                .segment_max_memory
                .map_or(UPSTREAM_SEGMENT_MEMORY_BYTES, |size| size.as_u64()),
        }
    }
}

fn refuse_gpu_options(args: &ProverArgs) -> Result<(), Error> {
    let options = [
        ("--adapter", args.adapter.is_some()),
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
