//! How long it takes until a proving key's kernels are ready: `transport_pk_to_device`, cold and warm.
//!
//! Each line is a process of its own, with the drivers' own caches on disk switched off as far as
//! they can be: NVIDIA's and Mesa's by their variables, Metal's not at all.
//!
//! - `cold` is the first transport of the process, `warm` the second, which only makes the AIRs'
//!   tables.
//! - `first use` is what drivers leave for later: by how much the first proof of a small statement
//!   with the same kernels takes longer than the second. llvmpipe makes machine code only then.
//! - The last column says whether the process finds a pipeline cache on disk that another has written.
//!
//! A software adapter gets parameters for smaller traces, as its proofs are slow; run as a test, the
//! bench transports each key in one process and proves nothing.

use std::{path::Path, process::Command, time::Instant};

use openvm_metal_backend::internals::{
    gpu::{Gpu, GpuOptions},
    BabyBearPoseidon2MetalEngine,
};
use openvm_stark_backend::{
    prover::DeviceDataTransporter,
    test_utils::{FibFixture, InteractionsFixture11, TestFixture},
    StarkEngine, SystemParams,
};
use openvm_stark_sdk::config::{
    app_params_with_100_bits_security, baby_bear_poseidon2::BabyBearPoseidon2Config,
};

#[allow(dead_code, reason = "the tests use all of it")]
#[path = "../tests/constraint_compiler/airs.rs"]
mod airs;
#[path = "proving_key/mod.rs"]
mod proving_key;

use proving_key::proving_key;

/// Tells a process that it is to measure, and what.
const STATEMENT: &str = "OPENVM_METAL_BENCH_STATEMENT";
const STATEMENTS: [&str; 2] = ["keccak", "standard-vm"];

fn main() {
    match std::env::var(STATEMENT) {
        Ok(statement) => measure(&statement),
        Err(_) => measure_all(),
    }
}

fn is_test() -> bool {
    !std::env::args().any(|argument| argument == "--bench")
}

fn measure_all() {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-pipeline-cache");
    println!(
        "{:<12} {:>8} {:>8} {:>8} {:>8} {:>13}  pipeline cache",
        "AIRs", "kernels", "open ms", "cold ms", "warm ms", "first use ms"
    );
    for statement in STATEMENTS {
        if cache.exists() {
            std::fs::remove_dir_all(&cache).expect("removal of an old cache");
        }
        run(statement, None, "none");
        if !is_test() {
            run(statement, Some(&cache), "written");
            run(statement, Some(&cache), "found");
        }
    }
}

fn run(statement: &str, cache: Option<&Path>, note: &str) {
    let mut command = Command::new(std::env::current_exe().expect("the path of this program"));
    command
        .args(std::env::args().skip(1))
        .env(STATEMENT, statement)
        .env("__GL_SHADER_DISK_CACHE", "0")
        .env("MESA_SHADER_CACHE_DISABLE", "true")
        .env("MESA_GLSL_CACHE_DISABLE", "true");
    match cache {
        Some(directory) => command.env("OPENVM_METAL_PIPELINE_CACHE", directory),
        None => command.env_remove("OPENVM_METAL_PIPELINE_CACHE"),
    };
    let output = command.output().expect("a process");
    let (stdout, stderr) = (output.stdout, output.stderr);
    let text = String::from_utf8_lossy(&stdout);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&stderr)
    );
    println!("{}  {note}", text.trim_end());
}

fn measure(statement: &str) {
    let options = GpuOptions::from_env().expect("options");
    let start = Instant::now();
    let gpu = Gpu::shared(&options).expect("a GPU, or OPENVM_METAL_ADAPTER=llvmpipe");
    let open = start.elapsed().as_millis();
    let params = params(if gpu.adapter().is_software { 12 } else { 21 });
    let engine = BabyBearPoseidon2MetalEngine::with_options(params.clone(), &options)
        .expect("an engine on the GPU");
    let airs = match statement {
        "keccak" => vec![airs::keccak()],
        _ => airs::standard_vm(),
    };
    let pk = proving_key(airs, params);

    let transport = || {
        let start = Instant::now();
        let pk = engine.device().transport_pk_to_device(&pk);
        let elapsed = start.elapsed().as_millis();
        for air in &pk.per_air {
            air.other_data.plan().expect("plan");
        }
        elapsed
    };
    let [cold, warm] = [transport(), transport()];
    let kernels = gpu.pipelines_compiled();
    let first_use = match statement {
        _ if is_test() => "-".to_owned(),
        "keccak" => first_use_ms(&engine, &FibFixture::new(0, 1, 32)).to_string(),
        _ => first_use_ms(&engine, &InteractionsFixture11).to_string(),
    };
    assert_eq!(
        gpu.pipelines_compiled(),
        kernels,
        "the small statement has the same kernels"
    );
    println!("{statement:<12} {kernels:>8} {open:>8} {cold:>8} {warm:>8} {first_use:>13}");
}

/// By how much the first proof takes longer than the second.
fn first_use_ms(
    engine: &BabyBearPoseidon2MetalEngine,
    fixture: &impl TestFixture<BabyBearPoseidon2Config>,
) -> u128 {
    let (pk, _) = fixture.keygen(engine);
    let pk = engine.device().transport_pk_to_device(&pk);
    let prove = || {
        let context = fixture.generate_proving_ctx();
        let context = engine.device().transport_proving_ctx_to_device(&context);
        let start = Instant::now();
        engine.prove(&pk, context).expect("proof");
        start.elapsed()
    };
    let [first, second] = [prove(), prove()];
    first.saturating_sub(second).as_millis()
}

/// Those of applications, without proof-of-work, whose searches would take most of a small proof.
fn params(log_stacked_height: usize) -> SystemParams {
    let mut params = app_params_with_100_bits_security(log_stacked_height);
    params.logup.pow_bits = 0;
    params.whir.mu_pow_bits = 0;
    params.whir.folding_pow_bits = 0;
    params.whir.query_phase_pow_bits = 0;
    params
}
