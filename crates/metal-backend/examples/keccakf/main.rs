//! Proves Keccak-f permutations and verifies the proof with upstream's verifier.
//!
//!     cargo run -p openvm-metal-backend --release --example keccakf

mod air;
mod log;
#[path = "../common/stdout.rs"]
mod stdout;

use std::{fmt, io::Write, process::ExitCode, sync::Arc};

use clap::{Parser, ValueEnum};
use openvm_metal_backend::{BabyBearPoseidon2MetalEngine, EngineOptions, GpuError, MetalError};
use openvm_stark_backend::{
    codec::Encode,
    p3_matrix::dense::RowMajorMatrix,
    prover::{
        AirProvingContext, ColMajorMatrix, DeviceDataTransporter, ProverBackend, ProvingContext,
    },
    StarkEngine, SystemParams,
};
use openvm_stark_sdk::config::{
    app_params_with_100_bits_security,
    baby_bear_poseidon2::{BabyBearPoseidon2Config, BabyBearPoseidon2CpuEngine, CpuTranscript, F},
    MAX_APP_LOG_STACKED_HEIGHT, WHIR_MAX_LOG_FINAL_POLY_LEN,
};
use p3_keccak_air::{generate_trace_rows, NUM_KECCAK_COLS};
use rand::{rngs::StdRng, Rng, SeedableRng};
use tracing::info_span;

use air::KeccakfAir;
use stdout::Stdout;

/// Prove Keccak-f permutations on the GPU and verify the proof.
///
/// Inputs are random from a fixed seed, so every run proves the same statement with 100 bits of
/// security.
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:\n  keccakf\n  keccakf --permutations 16 --adapter llvmpipe\n\n\
                  Environment:\n  \
                  OPENVM_METAL_ADAPTER              like --adapter\n  \
                  OPENVM_METAL_MULTIPLY             u64 or u32: form of the field multiplication\n  \
                  OPENVM_METAL_MAX_BINDING_BYTES    cut matrices into blocks of at most this size\n  \
                  OPENVM_METAL_MEMORY_BUDGET_BYTES  take at most this much device memory\n  \
                  OPENVM_METAL_PIPELINE_CACHE       directory to keep compiled kernels in (Vulkan)\n  \
                  OPENVM_METAL_KERNEL_TIMES         1: time every kernel\n  \
                  RUST_LOG                          which spans and events are printed\n\n\
                  Exit codes: 0 verified, 1 failed, 2 wrong usage or no usable GPU"
)]
struct Args {
    /// Number of permutations, a power of two
    #[arg(long, default_value_t = 1 << 10, value_parser = parse_permutations)]
    permutations: usize,

    /// How often to prove; all but the first proof find compiled kernels and pooled memory
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    proofs: u32,

    /// What to prove with
    #[arg(long, value_enum, default_value_t = Engine::Auto)]
    engine: Engine,

    /// Part of the name of the GPU to use; also takes a software adapter such as llvmpipe
    #[arg(long)]
    adapter: Option<String>,

    /// Logarithm of the stacked height: larger takes taller traces, and fewer, longer columns
    #[arg(long, default_value_t = 21, value_parser = parse_log_stacked_height)]
    log_stacked_height: usize,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Engine {
    /// The GPU if there is one, else the CPU
    Auto,
    /// The GPU, or an error
    Gpu,
    /// The CPU
    Cpu,
}

fn parse_permutations(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(n) if n.is_power_of_two() => Ok(n),
        Ok(_) => Err("must be a power of two".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn parse_log_stacked_height(text: &str) -> Result<usize, String> {
    let range = WHIR_MAX_LOG_FINAL_POLY_LEN + 1..=MAX_APP_LOG_STACKED_HEIGHT;
    match text.parse() {
        Ok(n) if range.contains(&n) => Ok(n),
        Ok(_) => Err(format!("must be from {} to {}", range.start(), range.end())),
        Err(error) => Err(error.to_string()),
    }
}

/// Why there is no verified proof.
enum Failure {
    /// The command cannot be carried out here as it was given.
    Usage(String),
    /// Something that should have worked did not.
    Proof(String),
}

impl Failure {
    fn proof(what: &str, error: impl fmt::Display) -> Self {
        Self::Proof(format!("{what}: {error}"))
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    log::start();
    match run(&args).and_then(|summary| say(&summary)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Usage(message)) => {
            eprintln!("error: {message}");
            ExitCode::from(2)
        }
        Err(Failure::Proof(message)) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Says a line of the result.
fn say(line: &str) -> Result<(), Failure> {
    writeln!(Stdout, "{line}").map_err(|error| Failure::proof("standard output", error))
}

fn run(args: &Args) -> Result<String, Failure> {
    let params = app_params_with_100_bits_security(args.log_stacked_height);
    check_size(args.permutations, &params)?;
    match gpu_engine(args, &params)? {
        Some(engine) => {
            let name = engine
                .device()
                .gpu()
                .map_err(|e| Failure::proof("GPU", e))?;
            let name = name.adapter().to_string();
            say(&format!("engine: GPU, {name}"))?;
            prove(&engine, args, &name, |trace| {
                let trace = ColMajorMatrix::from_row_major(trace);
                engine.device().transport_matrix_to_device(&trace)
            })
        }
        None => {
            say("engine: CPU, openvm-cpu-backend")?;
            let engine = BabyBearPoseidon2CpuEngine::<CpuTranscript>::new(params);
            prove(&engine, args, "the CPU", RowMajorMatrix::clone)
        }
    }
}

/// The statement's size against the parameters, before any work.
fn check_size(permutations: usize, params: &SystemParams) -> Result<(), Failure> {
    const ROUNDS: usize = 24;
    let log_stacked = params.log_stacked_height();
    let too_large = || {
        Failure::Usage(format!(
            "{permutations} permutations are too many for a stacked matrix of {} columns of \
             2^{log_stacked}: use fewer, or a larger --log-stacked-height",
            params.w_stack
        ))
    };
    let rows = permutations
        .checked_mul(ROUNDS)
        .and_then(usize::checked_next_power_of_two)
        .filter(|rows| *rows <= 1 << log_stacked)
        .ok_or_else(too_large)?;
    let stacked_width = (rows * NUM_KECCAK_COLS).div_ceil(1 << log_stacked);
    if stacked_width > params.w_stack {
        return Err(too_large());
    }
    Ok(())
}

/// The GPU engine, or `None` where the CPU is to be used.
fn gpu_engine(
    args: &Args,
    params: &SystemParams,
) -> Result<Option<BabyBearPoseidon2MetalEngine>, Failure> {
    if args.engine == Engine::Cpu {
        return Ok(None);
    }
    let mut options = EngineOptions::from_env().map_err(|e| Failure::Usage(e.to_string()))?;
    if args.adapter.is_some() {
        options.gpu.adapter.clone_from(&args.adapter);
    }
    match BabyBearPoseidon2MetalEngine::with_options(params.clone(), &options) {
        Ok(engine) => Ok(Some(engine)),
        Err(error @ MetalError::Gpu(GpuError::NoAdapter { .. })) if args.engine == Engine::Auto => {
            say(&format!("{error}"))?;
            say("proving on the CPU instead")?;
            Ok(None)
        }
        Err(error) => Err(Failure::Usage(error.to_string())),
    }
}

fn prove<E>(
    engine: &E,
    args: &Args,
    name: &str,
    to_device: impl Fn(&RowMajorMatrix<F>) -> <E::PB as ProverBackend>::Matrix,
) -> Result<String, Failure>
where
    E: StarkEngine<SC = BabyBearPoseidon2Config>,
{
    let (pk, vk) = info_span!("keygen").in_scope(|| engine.keygen(&[Arc::new(KeccakfAir)]));
    let mut rng = StdRng::seed_from_u64(42);
    let inputs = (0..args.permutations).map(|_| rng.random()).collect();
    let trace = info_span!("generate_trace").in_scope(|| generate_trace_rows::<F>(inputs, 0));

    let device_pk =
        info_span!("transport_pk").in_scope(|| engine.device().transport_pk_to_device(&pk));
    let prove_once = || {
        let trace = info_span!("transport_trace").in_scope(|| to_device(&trace));
        let ctx = ProvingContext::new(vec![(0, AirProvingContext::simple_no_pis(trace))]);
        let proof = engine.prove(&device_pk, ctx);
        proof.map_err(|error| Failure::proof("proving failed", error))
    };
    for _ in 1..args.proofs {
        prove_once()?;
    }
    let proof = prove_once()?;

    let verified = info_span!("verify").in_scope(|| engine.verify(&vk, &proof));
    verified.map_err(|error| Failure::proof("the proof does not verify", error))?;
    let bytes = proof
        .encode_to_vec()
        .map_err(|e| Failure::proof("encoding failed", e))?;
    say(&format!("proof size: {} bytes", bytes.len()))?;
    let permutations = args.permutations;
    Ok(format!(
        "proved and verified {permutations} Keccak-f permutations on {name}"
    ))
}
