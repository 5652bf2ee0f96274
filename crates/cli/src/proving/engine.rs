//! What proves.

use std::sync::Arc;

use openvm_metal_backend::gpu::{Gpu, GpuError, GpuOptions};
use openvm_metal_sdk::PipelineOptions;

use crate::{
    arguments::{EngineChoice, ProverArgs, UPSTREAM_SEGMENT_MEMORY_BYTES},
    console::Console,
    error::Error,
};

/// What proves, opened.
pub enum Engine {
    /// A GPU, and what to use of the machine.
    Gpu {
        gpu: Arc<Gpu>,
        options: GpuOptions,
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
        let mut options = GpuOptions::from_env()?;
        if args.adapter.is_some() {
            options.adapter.clone_from(&args.adapter);
        }
        if let Some(budget) = args.memory_budget {
            options.memory_budget_bytes = Some(budget.as_u64());
        }
        let pipeline = PipelineOptions {
            workers: args.workers,
            host_memory_bytes: args.host_memory.map(|size| size.as_u64()),
            segment_max_memory_bytes: args.segment_max_memory.map(|size| size.as_u64()),
            ..PipelineOptions::default()
        };
        match Gpu::shared(&options) {
            Ok(gpu) => Ok(Self::Gpu {
                gpu,
                options,
                pipeline,
            }),
            Err(error @ GpuError::NoAdapter { .. }) if args.engine == EngineChoice::Auto => {
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
            Self::Gpu { gpu, .. } => gpu.adapter().to_string(),
            Self::Cpu => "the CPU (openvm-cpu-backend)".to_owned(),
        }
    }

    /// The most GPU memory that was in use at once since the GPU was opened.
    pub fn device_peak_bytes(&self) -> Option<u64> {
        match self {
            Self::Gpu { gpu, .. } => Some(gpu.highest_bytes()),
            Self::Cpu => None,
        }
    }

    /// How much memory the proof of a segment may take.
    pub fn segment_memory_bytes(&self, args: &ProverArgs) -> u64 {
        match self {
            Self::Gpu { gpu, pipeline, .. } => pipeline.segment_memory_bytes(gpu.memory_bytes()),
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
    ];
    match options.into_iter().find(|(_, is_given)| *is_given) {
        None => Ok(()),
        Some((option, _)) => Err(Error::Usage(format!(
            "{option} is for proofs on the GPU, and --engine cpu makes none there: leave one out"
        ))),
    }
}
