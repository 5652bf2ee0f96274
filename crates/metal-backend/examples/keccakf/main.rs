//! Proves Keccak-f permutations and verifies the proof with upstream's verifier.
//!
//!     cargo run -p openvm-metal-backend --release --example keccakf

mod air;
mod args;
mod failure;
mod log;
mod prove;
#[path = "../common/stdout.rs"]
mod stdout;

use std::{io::Write, process::ExitCode};

use clap::Parser;
use openvm_metal_backend::{BabyBearPoseidon2MetalEngine, EngineOptions, GpuError, MetalError};
use openvm_stark_backend::{
    p3_matrix::{dense::RowMajorMatrix, Matrix},
    StarkEngine, SystemParams,
};
use openvm_stark_sdk::config::{
    app_params_with_100_bits_security,
    baby_bear_poseidon2::{BabyBearPoseidon2CpuEngine, CpuTranscript},
};
use p3_keccak_air::NUM_KECCAK_COLS;

use args::{Args, Engine};
use failure::Failure;
use prove::prove;
use stdout::Stdout;

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
    let name = match gpu_engine(args, &params)? {
        Some(engine) => {
            let device = engine.device();
            let adapter = device.adapter().map_err(|e| Failure::proof("GPU", e))?;
            say(&format!("engine: GPU, {adapter}"))?;
            let to_device =
                |trace: &RowMajorMatrix<_>| device.upload_row_major(&trace.values, trace.width());
            prove(&engine, args, to_device, || device.memory_use().ok(), true)?;
            adapter.to_string()
        }
        None => {
            say("engine: CPU, openvm-cpu-backend")?;
            let engine = BabyBearPoseidon2CpuEngine::<CpuTranscript>::new(params);
            // Its proof-of-work is searched by threads, of which any may be the first.
            prove(&engine, args, RowMajorMatrix::clone, || None, false)?;
            "the CPU".to_owned()
        }
    };
    let permutations = args.permutations;
    Ok(format!(
        "proved and verified {permutations} Keccak-f permutations on {name}"
    ))
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
